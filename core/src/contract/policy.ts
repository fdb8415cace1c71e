import type { GpuClass } from '../base/names.ts';
import type { Ms } from '../base/time.ts';
import { edgesWith } from '../signals/sample.ts';
import type { Contract, RolloutPolicy } from './contract.ts';

/** Where releases run: bounds that contracts choose inside of. Kept in Git. */
export type Environment = {
  readonly environment: 'conch/v1';
  readonly name: string;
  readonly gpuClass: GpuClass;
  /** Servers that may run at one time, all arms and kept pools of one model together. */
  readonly serversMax: number;
  /** Runtimes that may stand in for the one a release pins; each use is written into status, journal and evidence. */
  readonly substitutions: readonly { readonly from: string; readonly to: string }[];
  /** Time between looks at an active rollout. */
  readonly lookMs: Ms;
  /** How long a gateway sends traffic to an unfinished rollout's candidate without hearing from control. */
  readonly leaseMs: Ms;
};

/** The contract's choices inside the environment's bounds, frozen into each rollout. */
export type Policy = RolloutPolicy & {
  readonly gpuClass: GpuClass;
  readonly serversMax: number;
  readonly lookMs: Ms;
  readonly leaseMs: Ms;
  readonly substitutions: readonly string[];
  /** Histogram edges; the p99 limits are among them. */
  readonly edgesMs: readonly number[];
  readonly load: { readonly rate: number; readonly requests: number; readonly arrival: 'poisson' | 'constant'; readonly limitMs: Ms };
  readonly loadMs: Ms;
};

/** The load test lasts at least three seconds and never has fewer requests than the p99 gate needs. */
const loadTestSeconds = 3;

export function resolvePolicy(contract: Contract, environment: Environment): Policy {
  const { rollout, performance, resources } = contract;
  return {
    ...rollout,
    gpuClass: environment.gpuClass,
    serversMax: environment.serversMax,
    lookMs: environment.lookMs,
    leaseMs: environment.leaseMs,
    substitutions: environment.substitutions.map(({ from, to }) => `${to} for ${from}`),
    edgesMs: edgesWith([rollout.gates.p99.limitMs, performance.p99Ms]),
    load: {
      rate: performance.rate,
      requests: Math.max(rollout.gates.p99.requestsMin, Math.ceil(performance.rate * loadTestSeconds)),
      arrival: performance.arrival,
      limitMs: performance.p99Ms,
    },
    loadMs: resources.loadMs,
  };
}
