import { type Share, shareInterval, shareOf, zAtLook } from '../stats/interval.ts';
import type { Gate } from './gate.ts';

export type SampleRatioState = { readonly looks: number; readonly seen: Share; readonly weight: number };

const alpha = 0.001;
const requestsMin = 100;
/** A share this near the weight is right, whatever the interval says: rounding and requests under way. */
const slack = 0.02;

/** Is the observed share of the candidate the intended one? If not, the arms do not get the same kind of traffic. */
export const sampleRatio: Gate<SampleRatioState> = {
  name: 'sample-ratio',
  begin: { looks: 0, seen: { bad: 0, of: 0 }, weight: 0 },
  gather(state, look) {
    const arms = [look.candidate, look.baseline, look.stable].map((arm) => (arm === 'absent' ? 0 : arm.requests));
    return {
      looks: state.looks + 1,
      seen: { bad: state.seen.bad + look.candidate.requests, of: state.seen.of + arms.reduce((sum, count) => sum + count, 0) },
      weight: look.weight,
    };
  },
  judge({ looks, seen, weight }) {
    const says = `${(shareOf(seen) * 100).toFixed(1)} % of ${seen.of} requests, ${(weight * 100).toFixed(0)} % intended`;
    if (seen.of < requestsMin) return { says: 'continue', because: says };
    const { lower, upper } = shareInterval(seen, zAtLook(looks, alpha));
    const isRight = weight >= lower - slack && weight <= upper + slack;
    return isRight ? { says: 'pass', because: says } : { says: 'invalid', because: `${says}: traffic is not split as decided` };
  },
  nextStep: (state) => ({ ...state, looks: 0, seen: { bad: 0, of: 0 } }),
};
