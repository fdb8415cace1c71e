import type { Digest } from '../base/digest.ts';
import type { GpuClass, ModelName } from '../base/names.ts';
import type { Reason } from '../base/reason.ts';
import type { Ms } from '../base/time.ts';
import type { GateStates, Verdicts } from '../gates/all.ts';
import type { GoldenScore } from '../gates/gate.ts';
import type { Entry } from '../journal/chain.ts';
import type { ClassParts } from '../release/release.ts';
import type { PoolId } from '../signals/sample.ts';
import type { Marks } from '../signals/window.ts';
import type { Capacity, ReleaseFacts } from './known.ts';

/** Who can get traffic: a pool, and all that its servers are made of, so that each part can be verified later without the registry. */
export type Arm = {
  readonly release: Digest;
  readonly serving: Digest;
  readonly gpuClass: GpuClass;
  readonly parts: ClassParts;
  readonly pool: PoolId;
  readonly servers: number;
  readonly loadMs: Ms;
  readonly edgesMs: readonly number[];
};

/** A previous arm that stays warm, so that going back to it builds and downloads nothing. */
export type Kept = { readonly arm: Arm; readonly until: Ms };

/** The journey of one desired generation. `deadline` bounds the stage (or step) that began at `since`. */
export type Trip = {
  readonly desired: number;
  readonly release: Digest;
  readonly from: Arm | 'none';
  readonly began: Ms;
  readonly since: Ms;
  readonly deadline: Ms;
};

/** A trip whose release is known in every part; the policy is frozen from here on. */
export type Planned = Trip & { readonly facts: ReleaseFacts };

/** A trip with pools of its own: the candidate's, and the baseline's where there is a stable to compare with. */
export type Armed = Planned & { readonly candidate: Arm; readonly baseline: Arm | 'none' };

/** What Warmup is about: labels first, then the load test; both again on another attempt. `marks`: the counters when it began. */
export type Warming = Armed & { readonly attempt: number; readonly marks: Marks };

/** A trip with client traffic. `opened`: since when the route was seen in force, so that looks count. */
export type Live = Armed & {
  readonly reference: GoldenScore | 'absent';
  readonly step: number;
  readonly opened: Ms | 'no';
  readonly lookedAt: Ms;
  /** Observed healthy time in this step: each look adds what it saw, never more than a look or two. */
  readonly healthyMs: Ms;
  readonly marks: Marks;
  readonly gates: GateStates;
  /** Golden requests of a step are sent again when nothing came of them. */
  readonly goldenTry: number;
};

/** Going back: what to, and what from. Rejected trips go back without having had traffic. */
export type Return = {
  readonly desired: number;
  readonly release: Digest;
  readonly good: Arm | 'none';
  readonly bad: readonly Arm[];
  readonly began: Ms;
  readonly since: Ms;
  readonly deadline: Ms;
  readonly why: Reason;
  readonly end: End;
  /** A gateway that was silent for so long has let go of the old pools by itself; 'none': it has not, whatever time passes. */
  readonly leaseMs: Ms | 'none';
};

export type Rollout =
  | (Trip & { readonly stage: 'build' })
  | (Planned & { readonly stage: 'validate' })
  | (Armed & { readonly stage: 'canary' })
  | (Warming & { readonly stage: 'warmup' })
  | (Live & { readonly stage: 'small-traffic' | 'expand' | 'full-traffic' })
  | (Return & { readonly stage: 'rollback' })
  | (Return & { readonly stage: 'previous-good' })
  | (Return & { readonly stage: 'rejected' });

export type Stage = Rollout['stage'];

export type End = 'done' | 'rejected' | 'rolled-back' | 'aborted' | 'superseded';

/** How a desired generation ended. It is tried again only when desired changes or a person says retry. */
export type Ended = {
  readonly desired: number;
  readonly release: Digest;
  readonly end: End;
  readonly why: Reason;
  readonly began: Ms;
  readonly at: Ms;
};

/** All that is decided about one model. Never commands, and nothing that can be derived. */
export type ModelState = {
  readonly model: ModelName;
  /** Ours: one more whenever the targets change. Every write carries it; receivers refuse older ones. */
  readonly generation: number;
  readonly stable: Arm | 'none';
  readonly capacity: Capacity;
  readonly kept: readonly Kept[];
  readonly rollout: Rollout | 'none';
  readonly paused: Reason | 'no';
  readonly tried: readonly Ended[];
  readonly obeyed: readonly { readonly id: string; readonly expiry: Ms }[];
  /** The latest verdicts, for people; decisions are made from the gates' own states. */
  readonly verdicts: Verdicts | 'none';
  readonly journal: { readonly seq: number; readonly head: Digest | 'none'; readonly pending: readonly Entry[] };
};

export function emptyState(model: ModelName): ModelState {
  return {
    model,
    generation: 0,
    stable: 'none',
    capacity: { min: 1, max: 1 },
    kept: [],
    rollout: 'none',
    paused: 'no',
    tried: [],
    obeyed: [],
    verdicts: 'none',
    journal: { seq: 0, head: 'none', pending: [] },
  };
}

export type LiveRollout = Live & { readonly stage: 'small-traffic' | 'expand' | 'full-traffic' };
export type ReturningRollout = Return & { readonly stage: 'rollback' | 'previous-good' | 'rejected' };

export function isLive(rollout: Rollout): rollout is LiveRollout {
  return rollout.stage === 'small-traffic' || rollout.stage === 'expand' || rollout.stage === 'full-traffic';
}

export function isReturning(rollout: Rollout): rollout is Rollout & ReturningRollout {
  return rollout.stage === 'rollback' || rollout.stage === 'previous-good' || rollout.stage === 'rejected';
}

/** The candidate's share in per cent: that of the step, or everything. */
export function weightOf(live: LiveRollout): number {
  return live.stage === 'full-traffic' ? 100 : (live.facts.policy.steps[live.step] ?? 0);
}
