import { short } from '../base/digest.ts';
import type { TrialTarget } from '../ports/targets.ts';
import type { TrialResult } from './known.ts';
import { type Arm, isLive, type Rollout } from './state.ts';

/** A trial that a stage needs, by what it is for. */
export type StageTrials = {
  readonly golden: TrialTarget;
  /** The same golden requests to the baseline: stable's own score. */
  readonly reference: TrialTarget | 'none';
  readonly load: TrialTarget | 'none';
  /** The same load test of the baseline at the same time, once a first one was missed. */
  readonly referenceLoad: TrialTarget | 'none';
};

/** The trials of a stage, derived from it alone, so that decision and targets always mean the same ones. */
export function trialsOf(rollout: Rollout | 'none'): StageTrials | 'none' {
  if (rollout === 'none') return 'none';
  if (rollout.stage === 'warmup') {
    const { candidate, baseline, attempt, since, facts } = rollout;
    const load = (to: Arm, of: Arm): TrialTarget => ({ ...about(to, of, `load ${attempt} ${since}`), kind: 'load', ...facts.policy.load });
    const isOnStablePool = rollout.from !== 'none' && rollout.from.pool === candidate.pool;
    return {
      golden: golden(candidate, candidate, `warmup ${attempt} ${since}`),
      reference: baseline === 'none' ? 'none' : golden(baseline, candidate, `warmup ${attempt} ${since}`),
      load: isOnStablePool ? 'none' : load(candidate, candidate),
      referenceLoad: isOnStablePool || baseline === 'none' || attempt === 1 ? 'none' : load(baseline, candidate),
    };
  }
  if (isLive(rollout)) {
    const { candidate, stage, step, since, goldenTry } = rollout;
    return {
      golden: golden(candidate, candidate, `${stage} ${step} ${since} ${goldenTry}`),
      reference: 'none',
      load: 'none',
      referenceLoad: 'none',
    };
  }
  return 'none';
}

export function resultOf(trial: TrialTarget | 'none', results: readonly TrialResult[]): TrialResult | 'none' {
  if (trial === 'none') return 'none';
  return results.find(({ id }) => id === trial.id) ?? 'none';
}

function golden(to: Arm, of: Arm, attempt: string): TrialTarget {
  return { ...about(to, of, attempt), kind: 'golden' };
}

/** The id says what is sent, where to, and which attempt it is: the same trial asked for twice is one trial. */
function about(to: Arm, of: Arm, attempt: string): { id: string; model: string; pool: string; release: Arm['release'] } {
  const model = to.pool.slice(0, to.pool.lastIndexOf('~'));
  return { id: `${to.pool} ${short(of.release)} ${attempt}`, model, pool: to.pool, release: of.release };
}
