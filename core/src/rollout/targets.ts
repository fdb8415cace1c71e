import type { ArmName, PoolTarget, RouteTarget, Targets } from '../ports/targets.ts';
import { edgesWith } from '../signals/sample.ts';
import { type Arm, isLive, type ModelState, weightOf } from './state.ts';
import { trialsOf } from './trials.ts';

/** What the committed state asks of the world. Pure, and never stored: after a crash it is derived again. */
export function targets(state: ModelState): Targets {
  const trials = trialsOf(state.rollout);
  return {
    pools: poolsOf(state),
    trials:
      trials === 'none' ? [] : [trials.golden, trials.reference, trials.load, trials.referenceLoad].filter((trial) => trial !== 'none'),
    route: routeOf(state),
  };
}

function poolsOf(state: ModelState): PoolTarget[] {
  const { stable, kept, rollout } = state;
  const arms = [stable, ...kept.map(({ arm }) => arm)];
  if (rollout !== 'none') {
    // While traffic goes back, the pools it leaves stay until their last request has ended; a rejected one had none.
    if (rollout.stage === 'rollback') arms.push(...rollout.bad);
    if (rollout.stage === 'canary' || rollout.stage === 'warmup' || isLive(rollout)) arms.push(rollout.candidate, rollout.baseline);
  }
  const pools = new Map<string, PoolTarget>();
  for (const arm of arms) if (arm !== 'none' && !pools.has(arm.pool)) pools.set(arm.pool, poolOf(state, arm));
  return [...pools.values()];
}

function poolOf({ model }: ModelState, { pool, release, serving, gpuClass, servers, loadMs }: Arm): PoolTarget {
  return { pool, model, release, serving, gpuClass, servers, loadMs };
}

function routeOf(state: ModelState): RouteTarget | 'none' {
  const { stable, rollout, model, generation } = state;
  const named: [ArmName, Arm][] = stable === 'none' ? [] : [['stable', stable]];
  if (rollout !== 'none' && isLive(rollout)) {
    named.push(['candidate', rollout.candidate]);
    if (rollout.baseline !== 'none') named.push(['baseline', rollout.baseline]);
    return {
      model,
      generation,
      arms: armsOf(named),
      edgesMs: edgesOf(state),
      split: splitOf(state),
      leaseMs: rollout.facts.policy.leaseMs,
    };
  }
  // A model that anything is known of has a route, so that clients hear 503 and why, and not 404.
  if (stable === 'none' && rollout === 'none' && state.tried.length === 0) return 'none';
  const split = stable === 'none' ? 'none' : { stable: 100 };
  return { model, generation, arms: armsOf(named), edgesMs: edgesOf(state), split, leaseMs: 'none' };
}

function splitOf({ rollout, stable }: ModelState): RouteTarget['split'] {
  if (rollout === 'none' || !isLive(rollout)) return 'none';
  const candidate = weightOf(rollout);
  if (candidate === 100) return { candidate: 100 };
  const baseline = rollout.baseline === 'none' ? 0 : candidate;
  const split = { stable: 100 - candidate - baseline, candidate, baseline };
  return stable === 'none' ? { candidate: 100 } : split;
}

function armsOf(named: readonly [ArmName, Arm][]): RouteTarget['arms'] {
  return named.map(([arm, { pool, release }]) => ({ arm, pool, release }));
}

/** The candidate's limit is an edge from the day its pool is born: warm-up too is read from what gateways count by these. */
function edgesOf({ stable, rollout }: ModelState): readonly number[] {
  if (rollout !== 'none' && 'candidate' in rollout) return rollout.candidate.edgesMs;
  return stable === 'none' ? edgesWith([]) : stable.edgesMs;
}
