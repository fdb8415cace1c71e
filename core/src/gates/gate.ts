import type { GateRules } from '../contract/contract.ts';
import type { Ms } from '../base/time.ts';

/** How many golden cases were answered with the right label, in all and per label. Unanswered ones count as wrong. */
export type GoldenScore = {
  readonly cases: number;
  readonly right: number;
  readonly perClass: Readonly<Record<string, { readonly cases: number; readonly right: number }>>;
  readonly unanswered: number;
};

/** What an open-loop load test saw. `late`: answered after the limit, or not at all. Times from the intended start, in ms. */
export type LoadScore = {
  readonly sent: number;
  readonly errors: number;
  readonly late: number;
  readonly firstMs: Ms;
  readonly p50Ms: Ms;
  readonly p99Ms: Ms;
  readonly seconds: number;
  /** The first few different errors, in the server's words. */
  readonly examples: readonly string[];
};

/** What one look saw of one arm: differences since the look before, never totals. */
export type ArmLook = {
  readonly requests: number;
  readonly errors: number;
  readonly late: number;
  readonly succeeded: number;
  readonly queueMs: number;
  readonly pending: number;
  readonly serversWanted: number;
  readonly serversProven: number;
  readonly restarts: number;
};

export type Look = {
  readonly ms: Ms;
  readonly candidate: ArmLook;
  readonly baseline: ArmLook | 'absent';
  readonly stable: ArmLook | 'absent';
  /** The candidate's intended share of requests, 0 to 1. */
  readonly weight: number;
  /** Latest golden score of the candidate in this step, and stable's own. */
  readonly golden: GoldenScore | 'none';
  readonly reference: GoldenScore | 'absent';
};

/** What a gate says at one look. */
export type Verdict = { readonly says: 'pass' | 'fail' | 'invalid' | 'continue'; readonly because: string };

/**
 * A gate is a value: it gathers looks into a state that can be stored, and judges that state alone, so that anyone who has the
 * state and the rules comes to the same verdict. `nextStep` forgets what only this step may use.
 */
export type Gate<S> = {
  readonly name: string;
  readonly begin: S;
  gather(state: S, look: Look, rules: GateRules): S;
  judge(state: S, rules: GateRules): Verdict;
  nextStep(state: S): S;
};
