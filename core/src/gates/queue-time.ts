import { meanInterval, noSums, plus, type Sums, zAtLook } from '../stats/interval.ts';
import type { ArmLook, Gate, Verdict } from './gate.ts';

export type QueueState = {
  readonly looks: number;
  readonly requests: number;
  readonly step: Sums;
  readonly all: Sums;
  /** Candidate minus baseline, look by look, where both had requests. */
  readonly difference: Sums;
  readonly against: 'baseline' | 'limits';
  readonly streak: number;
};

const alphaFail = 0.005;
const zPass = 1.645;
const streakMin = 8;

/**
 * Queue time rises before latency does. Triton gives its sum and count only, so each look's mean is one observation, and looks are
 * compared in pairs with the baseline's. A look in which requests wait and none finishes counts as a wait of the whole look.
 */
export const queueTime: Gate<QueueState> = {
  name: 'queue',
  begin: { looks: 0, requests: 0, step: noSums, all: noSums, difference: noSums, against: 'limits', streak: 0 },

  gather(state, look, { queue }): QueueState {
    const mean = meanQueueMs(look.candidate, look.ms);
    const baseline = look.baseline === 'absent' ? undefined : meanQueueMs(look.baseline, look.ms);
    return {
      looks: state.looks + 1,
      requests: state.requests + look.candidate.succeeded,
      step: mean === undefined ? state.step : plus(state.step, mean),
      all: mean === undefined ? state.all : plus(state.all, mean),
      difference: mean === undefined || baseline === undefined ? state.difference : plus(state.difference, mean - baseline),
      against: look.baseline === 'absent' ? 'limits' : 'baseline',
      streak: mean === undefined ? state.streak : mean > queue.limitMs ? state.streak + 1 : 0,
    };
  },

  judge(state, { queue }): Verdict {
    const z = zAtLook(state.looks, alphaFail);
    const { n, sum } = state.step;
    const says = `mean queue time ${n === 0 ? 'unknown' : `${(sum / n).toFixed(1)} ms`}, allowed ${queue.limitMs} ms`;
    const isOver = meanInterval(state.step, z).lower > queue.limitMs || meanInterval(state.all, z).lower > queue.limitMs;
    if (isOver && state.against === 'limits' && state.streak >= streakMin) {
      return { says: 'fail', because: `${says}, for ${state.streak} looks in a row` };
    }
    if (isOver && state.against === 'baseline') {
      return meanInterval(state.difference, z).lower > 0
        ? { says: 'fail', because: `${says}, and longer than the baseline's` }
        : { says: 'invalid', because: `${says}: the baseline's is no shorter, so this says nothing about the candidate` };
    }
    if (state.requests < queue.requestsMin)
      return { says: 'continue', because: `${says}: ${state.requests} of ${queue.requestsMin} requests` };
    if (meanInterval(state.step, zPass).upper > queue.limitMs) return { says: 'continue', because: `${says}: more cannot be excluded yet` };
    return { says: 'pass', because: says };
  },

  nextStep: (state) => ({ ...state, requests: 0, step: noSums, streak: 0 }),
};

function meanQueueMs(arm: ArmLook, lookMs: number): number | undefined {
  if (arm.succeeded > 0) return arm.queueMs / arm.succeeded;
  return arm.pending > 0 ? lookMs : undefined;
}
