import * as z from 'zod';
import { isDigest } from '../base/digest.ts';
import { isModelName } from '../base/names.ts';
import type { Endpoint } from '../ports/agent.ts';
import type { RouteTarget } from '../ports/targets.ts';
import type { GatewaySample, PoolId } from '../signals/sample.ts';
import type { RouteOffer } from './table.ts';

/** What gateways, agents and control hand each other: over the admin port and in files. Read once, at the edge. */

const model = z.string().refine(isModelName, 'not a model name');
const pool = z.string().min(1).max(300);
const release = z.custom<`sha256:${string}`>(isDigest, 'not a digest');
const armName = z.enum(['stable', 'candidate', 'baseline']);
const generation = z.int().nonnegative();

const routeTarget: z.ZodType<RouteTarget> = z
  .strictObject({
    model,
    generation,
    arms: z.array(z.strictObject({ arm: armName, pool, release })).max(3),
    split: z.union([z.literal('none'), z.partialRecord(armName, z.number().min(0).max(100))]),
    leaseMs: z.union([z.literal('none'), z.number().positive()]),
    edgesMs: z.array(z.number().positive()).min(1).max(200),
  })
  .superRefine(({ arms, split, edgesMs }, context) => {
    const complain = (message: string): void => context.addIssue({ code: 'custom', message });
    if (new Set(arms.map(({ arm }) => arm)).size !== arms.length) complain('an arm is there twice');
    if (edgesMs.some((edge, index) => index > 0 && edge <= (edgesMs[index - 1] ?? 0))) complain('edgesMs must rise');
    if (split === 'none') return;
    const weights = Object.entries(split);
    const sum = weights.reduce((total, [, weight]) => total + weight, 0);
    if (Math.abs(sum - 100) > 1e-6) complain(`weights sum to ${sum}, not to 100`);
    for (const [name, weight] of weights) {
      if (weight > 0 && !arms.some(({ arm }) => arm === name)) complain(`${name} has weight ${weight} and no pool`);
    }
  });

/** `PUT /v1/routes/<model>`, and the file that keeps it. */
export const routeOffer: z.ZodType<RouteOffer> = z
  .strictObject({ route: z.union([z.literal('none'), routeTarget]), generation })
  .refine(({ route, generation }) => route === 'none' || route.generation === generation, 'route and offer differ in generation');

const endpoint: z.ZodType<Endpoint> = z.strictObject({
  server: z.string().min(1),
  incarnation: z.string(),
  model,
  pool,
  http: z.url({ protocol: /^http$/ }),
});

/** `run/endpoints/<agent>.json`: the whole list of one agent, replaced by one rename. */
export type EndpointsFile = { readonly agent: string; readonly incarnation: string; readonly endpoints: readonly Endpoint[] };

export const endpointsFile: z.ZodType<EndpointsFile> = z.object({
  agent: z.string(),
  incarnation: z.string(),
  endpoints: z.array(endpoint),
});

/** `run/gateway-<id>.json`: how others find a gateway. URLs without a slash at the end. */
export type GatewayAnnounced = {
  readonly kind: 'gateway';
  readonly id: string;
  readonly incarnation: string;
  readonly pid: number;
  readonly client: string;
  readonly admin: string;
  readonly startedAt: number;
};

export const gatewayAnnounced: z.ZodType<GatewayAnnounced> = z.object({
  kind: z.literal('gateway'),
  id: z.string().min(1),
  incarnation: z.string().min(1),
  pid: z.int().positive(),
  client: z.url(),
  admin: z.url(),
  startedAt: z.number(),
});

/** `GET /v1/models/<model>`: what a gateway says of itself about one model (`GatewaySeen`, less when it was heard), and its counts. */
export type ModelReport = {
  readonly seen: {
    readonly gateway: string;
    readonly incarnation: string;
    readonly accepted: number;
    readonly inFlight: Readonly<Record<PoolId, number>>;
  };
  readonly samples: readonly GatewaySample[];
};

const count = z.number().nonnegative();

export const modelReport: z.ZodType<ModelReport> = z.object({
  seen: z.object({ gateway: z.string(), incarnation: z.string(), accepted: generation, inFlight: z.record(z.string(), count) }),
  samples: z.array(
    z.object({
      source: z.literal('gateway'),
      reader: z.string(),
      incarnation: z.string(),
      model,
      pool,
      at: z.number(),
      requests: count,
      errors: count,
      mistakes: count,
      diverted: count,
      trials: count,
      inFlight: count,
      durations: z.object({ edgesMs: z.array(z.number()), counts: z.array(count) }),
    }),
  ),
});

/** How errors begin that the gateway itself answers to a trial: then no server has. */
export const ownWords = 'gateway: ';

/** `GET /v1/changes?after=<n>`: models for which something changed since the n-th change, other than plain counting. */
export type Changes = { readonly incarnation: string; readonly upTo: number; readonly models: readonly string[] };

export const changes: z.ZodType<Changes> = z.object({ incarnation: z.string(), upTo: count, models: z.array(model) });

/**
 * Every answer of the admin port carries the gateway's own time in the header `conch-clock`; who puts a route sends the last one it
 * has seen. A lease counts from there, so that a late write cannot prolong it.
 */
export type GatewayClock = { readonly incarnation: string; readonly ms: number };

export function formatClock({ incarnation, ms }: GatewayClock): string {
  return `${incarnation} ${Math.floor(ms)}`;
}

export function parseClock(header: string | readonly string[] | undefined): GatewayClock | 'none' {
  const [, incarnation, ms] = /^(\S+) (\d+)$/.exec(String(header)) ?? [];
  return incarnation === undefined || ms === undefined ? 'none' : { incarnation, ms: Number(ms) };
}
