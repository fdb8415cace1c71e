import type { Policy } from '../contract/policy.ts';
import { differenceInterval, type Share, shareInterval, shareOf } from '../stats/interval.ts';
import type { LoadScore, Verdict } from './gate.ts';

/** A single test is judged once: one-sided 99 % for a fail, 95 % for a pass. */
const zFail = 2.326;
const zPass = 1.645;
/** A pass must exclude so many times what is allowed. */
const seriousTimes = 4;
/** With half of its requests late or failed it need not be tried again: no hiccup of a machine does that to a whole test. */
const grossShare = 0.5;

/**
 * Warmup's load test against the contract: shares of late and of failed requests at the rate that one server must sustain. `reference`
 * is the same test of the baseline at the same time: what the baseline misses as well is the machine's fault, and says nothing.
 */
export function judgeLoad(
  score: LoadScore,
  { load, gates }: Pick<Policy, 'load' | 'gates'>,
  reference: LoadScore | 'absent',
): Verdict & { readonly isGross: boolean } {
  const says = `load test of ${score.sent} requests at ${load.rate}/s: p99 ${ms(score.p99Ms)} (limit ${load.limitMs} ms), ${score.late} late, ${score.errors} errors`;
  const shares = (of: LoadScore): [Share, Share] => [
    { bad: of.late, of: of.sent },
    { bad: of.errors, of: of.sent },
  ];
  const allowed = [gates.p99.allowed, gates.errors.allowed] as const;
  const own = shares(score);
  const over = own.findIndex((share, index) => shareInterval(share, zFail).lower > (allowed[index] ?? 0));
  if (over >= 0) {
    const [candidate, baseline] = [own[over], reference === 'absent' ? undefined : shares(reference)[over]];
    const example = score.examples[0] ? `; ${score.examples[0]}` : '';
    if (candidate && baseline && differenceInterval({ candidate, baseline }, zFail).lower <= 0) {
      return { says: 'invalid', because: `${says}; the baseline has ${baseline.bad} of ${baseline.of} at the same time`, isGross: false };
    }
    return { says: 'fail', because: `${says}${example}`, isGross: own.some((share) => shareInterval(share, zFail).lower > grossShare) };
  }
  if (score.sent < load.requests) return { says: 'continue', because: `${says}; ${load.requests} requests were asked`, isGross: false };
  const isExcluded = own.every((share, index) => {
    const limit = allowed[index] ?? 0;
    return shareInterval(share, zPass).upper <= limit * seriousTimes && shareOf(share) <= limit * 2;
  });
  return isExcluded
    ? { says: 'pass', because: says, isGross: false }
    : { says: 'continue', because: `${says}; not clear enough`, isGross: false };
}

function ms(value: number): string {
  return Number.isFinite(value) ? `${value.toFixed(value < 10 ? 1 : 0)} ms` : 'beyond measure';
}
