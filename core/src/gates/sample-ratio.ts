import { type Share, shareInterval, shareOf, zAtLook } from '../stats/interval.ts';
import type { Gate } from './gate.ts';

export type SampleRatioState = {
  readonly looks: number;
  /** The candidate's requests of all requests, for each of the last looks: an old mishap must not spoil the evidence for ever. */
  readonly recent: readonly Share[];
  readonly weight: number;
};

const alpha = 0.001;
const requestsMin = 100;
const recentMax = 16;
/** A share this near the weight is right, whatever the interval says: rounding and requests under way. */
const slack = 0.02;

/** Is the observed share of the candidate the intended one? If not, the arms do not get the same kind of traffic. */
export const sampleRatio: Gate<SampleRatioState> = {
  name: 'sample-ratio',
  begin: { looks: 0, recent: [], weight: 0 },
  gather(state, look) {
    const arms = [look.candidate, look.baseline, look.stable].map((arm) => (arm === 'absent' ? 0 : arm.requests));
    const seen = { bad: look.candidate.requests, of: arms.reduce((sum, count) => sum + count, 0) };
    return { looks: state.looks + 1, recent: [...state.recent, seen].slice(-recentMax), weight: look.weight };
  },
  judge({ looks, recent, weight }) {
    const seen = { bad: recent.reduce((sum, { bad }) => sum + bad, 0), of: recent.reduce((sum, { of }) => sum + of, 0) };
    const says = `${(shareOf(seen) * 100).toFixed(1)} % of the last ${seen.of} requests, ${(weight * 100).toFixed(0)} % intended`;
    if (seen.of < requestsMin) return { says: 'continue', because: says };
    const { lower, upper } = shareInterval(seen, zAtLook(looks, alpha));
    const isRight = weight >= lower - slack && weight <= upper + slack;
    return isRight ? { says: 'pass', because: says } : { says: 'invalid', because: `${says}: traffic is not split as decided` };
  },
  nextStep: (state) => ({ ...state, looks: 0, recent: [] }),
};
