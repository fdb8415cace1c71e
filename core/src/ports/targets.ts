import type { Digest } from '../base/digest.ts';
import type { GpuClass, ModelName } from '../base/names.ts';
import type { Ms } from '../base/time.ts';
import type { TrialId } from '../rollout/known.ts';
import type { PoolId } from '../signals/sample.ts';

/** Servers that should run: all alike, made of one serving digest. */
export type PoolTarget = {
  readonly pool: PoolId;
  readonly model: ModelName;
  readonly release: Digest;
  readonly serving: Digest;
  readonly gpuClass: GpuClass;
  readonly servers: number;
  /** How long one load may take before it counts as failed. */
  readonly loadMs: Ms;
};

/** Requests that we send ourselves, through a gateway, to a named pool, whatever its weight. They never count as client traffic. */
export type TrialTarget = {
  readonly id: TrialId;
  readonly model: ModelName;
  readonly pool: PoolId;
  /** Whose golden set gives the requests. */
  readonly release: Digest;
} & (
  | { readonly kind: 'golden' }
  | {
      readonly kind: 'load';
      readonly rate: number;
      readonly requests: number;
      readonly arrival: 'poisson' | 'constant';
      readonly limitMs: Ms;
    }
);

export type ArmName = 'stable' | 'candidate' | 'baseline';

/** Who gets a model's traffic. `split` sums to 100, or is 'none': then clients get a clear 503. */
export type RouteTarget = {
  readonly model: ModelName;
  readonly generation: number;
  readonly arms: readonly { readonly arm: ArmName; readonly pool: PoolId; readonly release: Digest }[];
  readonly split: Readonly<Partial<Record<ArmName, number>>> | 'none';
  /**
   * An unfinished rollout's candidate holds its share on a lease: a gateway that has not heard from control for so long (on its own
   * clock) sends everything to stable, or answers 503 where there is no stable. 'none': the split holds for ever.
   */
  readonly leaseMs: Ms | 'none';
  readonly edgesMs: readonly number[];
};

/** Everything that one committed generation of a model asks of the world. Each list is complete: what is not in it should go. */
export type Targets = {
  readonly pools: readonly PoolTarget[];
  readonly trials: readonly TrialTarget[];
  readonly route: RouteTarget | 'none';
};
