import type { Backoff } from '#core/base/backoff.ts';
import type { Ms } from '#core/base/time.ts';

/** What an agent waits for, how long, and how many at a time. */
export type AgentSettings = {
  /** What stands in for the runtime that releases pin, or 'none'. */
  readonly substitution: string | 'none';
  /** How often a starting server is asked whether it answers yet. */
  readonly startPollMs: Ms;
  /** How long one golden request, sent for proof, may take. */
  readonly proofPatienceMs: Ms;
  readonly proofConcurrency: number;
  /** How often a proven server is looked at again; its files and configuration are compared every so many of these looks. */
  readonly freshMs: Ms;
  readonly driftEvery: number;
  /** How often counters are read while something happens, and at the most while nothing does. */
  readonly sampleMs: Ms;
  readonly idleSampleMs: Ms;
  readonly retry: Backoff;
  /** So many failures within `crashWindowMs` are a crash loop: nobody should wait for this server. */
  readonly crashesMax: number;
  readonly crashWindowMs: Ms;
  /** How long a withdrawn server still takes what gateways have sent before they knew; then it is asked to end. */
  readonly withdrawMs: Ms;
  readonly stopGraceMs: Ms;
  /** How long a trial waits for a server of its pool, and how long that server must have been published. */
  readonly trialStartMs: Ms;
  readonly trialSettleMs: Ms;
  readonly trialPatienceMs: Ms;
  readonly goldenConcurrency: number;
  /** Load test requests under way at one time; one that is due beyond that counts as late and as an error. */
  readonly loadOutstandingMax: number;
};

export const agentDefaults: AgentSettings = {
  substitution: 'none',
  startPollMs: 100,
  proofPatienceMs: 10_000,
  proofConcurrency: 8,
  freshMs: 2000,
  driftEvery: 15,
  sampleMs: 200,
  idleSampleMs: 2000,
  retry: { first: 500, most: 30_000 },
  crashesMax: 5,
  crashWindowMs: 120_000,
  withdrawMs: 300,
  stopGraceMs: 10_000,
  trialStartMs: 10_000,
  trialSettleMs: 300,
  trialPatienceMs: 5000,
  goldenConcurrency: 4,
  loadOutstandingMax: 256,
};
