import type { Policy } from '../contract/policy.ts';
import { shareInterval, shareOf } from '../stats/interval.ts';
import type { LoadScore, Verdict } from './gate.ts';

/** A single test is judged once: one-sided 99 % for a fail, 95 % for a pass. */
const zFail = 2.326;
const zPass = 1.645;
const seriousTimes = 4;
/** So far over the limit, it need not be tried again: no hiccup of a machine does that to a whole test. */
const grossTimes = 10;

/** Warmup's load test against the contract: shares of late and of failed requests at the rate that one server must sustain. */
export function judgeLoad(score: LoadScore, { load, gates }: Policy): Verdict & { readonly isGross: boolean } {
  const says = `load test of ${score.sent} requests at ${load.rate}/s: p99 ${ms(score.p99Ms)} (limit ${load.limitMs} ms), ${score.late} late, ${score.errors} errors`;
  const shares = [
    { share: { bad: score.late, of: score.sent }, allowed: gates.p99.allowed },
    { share: { bad: score.errors, of: score.sent }, allowed: gates.errors.allowed },
  ];
  const examples = score.examples.length > 0 ? `; ${score.examples[0]}` : '';
  if (shares.some(({ share, allowed }) => shareInterval(share, zFail).lower > allowed)) {
    const isGross = shares.some(({ share, allowed }) => shareInterval(share, zFail).lower > allowed * grossTimes);
    return { says: 'fail', because: `${says}${examples}`, isGross };
  }
  if (score.sent < load.requests) return { says: 'continue', because: `${says}; ${load.requests} requests were asked`, isGross: false };
  const isExcluded = shares.every(
    ({ share, allowed }) => shareInterval(share, zPass).upper <= allowed * seriousTimes && shareOf(share) <= allowed * 2,
  );
  return isExcluded
    ? { says: 'pass', because: says, isGross: false }
    : { says: 'continue', because: `${says}; not clear enough`, isGross: false };
}

function ms(value: number): string {
  return Number.isFinite(value) ? `${value.toFixed(value < 10 ? 1 : 0)} ms` : 'beyond measure';
}
