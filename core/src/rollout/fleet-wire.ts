import * as z from 'zod';
import { type Digest, isDigest } from '../base/digest.ts';
import { isModelName } from '../base/names.ts';
import type { Reason } from '../base/reason.ts';
import type { GoldenScore, LoadScore } from '../gates/gate.ts';
import type { AcceptedTargets } from '../ports/agent.ts';
import type { PoolTarget, TrialTarget } from '../ports/targets.ts';
import type { PartDigest } from '../release/release.ts';
import type { ServerSample } from '../signals/sample.ts';
import type { Observed, Server, ServerState, TrialResult } from './known.ts';

/** What agents and control hand each other over the agent's port, and what an agent keeps of it. Read once, at the edge. */

const model = z.string().refine(isModelName, 'not a model name');
const pool = z.string().min(1).max(300);
const digest = z.custom<Digest>(isDigest, 'not a digest');
const part = z.custom<PartDigest>((value) => value === 'absent' || isDigest(value), 'neither a digest nor absent');
const gpuClass = z.string().min(1);
const generation = z.int().nonnegative();
const count = z.number().nonnegative();
const ms = z.number();

const poolTarget: z.ZodType<PoolTarget> = z.strictObject({
  pool,
  model,
  gpuClass,
  release: digest,
  serving: digest,
  servers: z.int().nonnegative().max(1e3),
  loadMs: z.number().positive(),
});

const aboutTrial = { id: z.string().min(1), model, pool, release: digest };

const trialTarget: z.ZodType<TrialTarget> = z.discriminatedUnion('kind', [
  z.strictObject({ ...aboutTrial, kind: z.literal('golden') }),
  z.strictObject({
    ...aboutTrial,
    kind: z.literal('load'),
    rate: z.number().positive(),
    requests: z.int().positive(),
    arrival: z.enum(['poisson', 'constant']),
    limitMs: z.number().positive(),
  }),
]);

/** `PUT /v1/pools/<model>`. */
export type PoolsOffer = { readonly generation: number; readonly pools: readonly PoolTarget[] };
export const poolsOffer: z.ZodType<PoolsOffer> = z.strictObject({ generation, pools: z.array(poolTarget).max(100) });

/** `PUT /v1/trials/<model>`. */
export type TrialsOffer = { readonly generation: number; readonly trials: readonly TrialTarget[] };
export const trialsOffer: z.ZodType<TrialsOffer> = z.strictObject({ generation, trials: z.array(trialTarget).max(100) });

/** What an agent keeps of one model. */
export const acceptedTargets: z.ZodType<AcceptedTargets> = z.strictObject({
  model,
  poolsGeneration: generation,
  pools: z.array(poolTarget).max(100),
});

const why: z.ZodType<Reason> = z.object({ code: z.templateLiteral([z.string(), '/', z.string()]), says: z.string() });

const observed: z.ZodType<Observed> = z.object({
  artifact: part,
  config: part,
  runtime: z.object({ name: z.string(), version: z.string() }),
  engine: part,
  processing: part,
  versions: z.array(z.string()),
});

const serverState: z.ZodType<ServerState> = z.discriminatedUnion('is', [
  z.object({ is: z.literal('starting'), says: z.string() }),
  z.object({ is: z.literal('proven'), at: ms, observed }),
  z.object({ is: z.literal('failed'), kind: z.enum(['fetch', 'load', 'proof', 'crash']), why, isFinal: z.boolean() }),
]);

const server: z.ZodType<Server> = z.object({
  model,
  pool,
  gpuClass,
  id: z.string(),
  incarnation: z.string(),
  node: z.string(),
  serving: digest,
  state: serverState,
  restarts: count,
  http: z.string(),
  substitution: z.string(),
});

const serverSample: z.ZodType<ServerSample> = z.object({
  model,
  pool,
  gpuClass,
  source: z.literal('server'),
  reader: z.string(),
  incarnation: z.string(),
  server: z.string(),
  at: ms,
  succeeded: count,
  failed: count,
  queueUs: count,
  pending: count,
  probes: count,
});

const goldenScore: z.ZodType<GoldenScore> = z.object({
  cases: count,
  right: count,
  unanswered: count,
  perClass: z.record(
    z.string(),
    z.object({
      cases: count,
      right: count,
    }),
  ),
});

const loadScore: z.ZodType<LoadScore> = z.object({
  sent: count,
  errors: count,
  late: count,
  firstMs: ms,
  p50Ms: ms,
  p99Ms: ms,
  seconds: count,
  examples: z.array(z.string()),
});

const trialResult: z.ZodType<TrialResult> = z.object({
  model,
  pool,
  id: z.string(),
  sent: count,
  at: ms,
  outcome: z.discriminatedUnion('is', [
    z.object({ is: z.literal('running') }),
    z.object({
      is: z.literal('golden'),
      score: goldenScore,
    }),
    z.object({
      is: z.literal('load'),
      score: loadScore,
    }),
    z.object({
      is: z.literal('broken'),
      why,
    }),
  ]),
});

/** `GET /v1/models/<model>`. */
export type AgentReport = {
  readonly servers: readonly Server[];
  readonly samples: readonly ServerSample[];
  readonly results: readonly TrialResult[];
};

export const agentReport: z.ZodType<AgentReport> = z.object({
  servers: z.array(server),
  samples: z.array(serverSample),
  results: z.array(trialResult),
});

/** One line of `GET /v1/changes`: models that look different. An empty one, every second, says that the agent is there. */
export type ChangesLine = { readonly changed: readonly string[] };
export const changesLine: z.ZodType<ChangesLine> = z.object({ changed: z.array(model) });

/** `run/agent-<id>.json`: how others find an agent. */
export type AgentAnnounced = {
  readonly kind: 'agent';
  readonly id: string;
  readonly incarnation: string;
  readonly pid: number;
  readonly url: string;
  readonly startedAt: number;
};

export const agentAnnounced: z.ZodType<AgentAnnounced> = z.object({
  kind: z.literal('agent'),
  id: z.string().min(1),
  incarnation: z.string().min(1),
  pid: z.int().positive(),
  url: z.url(),
  startedAt: z.number(),
});
