/** So many bad ones of so many. */
export type Share = { readonly bad: number; readonly of: number };

export type Interval = { readonly lower: number; readonly upper: number };

/** Wilson's score interval for a share. Without any observation it is all of [0, 1]. (Wilson 1927; Newcombe 1998, method 3.) */
export function shareInterval({ bad, of }: Share, z: number): Interval {
  if (of === 0) return { lower: 0, upper: 1 };
  const share = bad / of;
  const spread = (z * z) / of;
  const centre = (share + spread / 2) / (1 + spread);
  const half = (z * Math.sqrt((share * (1 - share)) / of + spread / (4 * of))) / (1 + spread);
  return { lower: bad === 0 ? 0 : Math.max(0, centre - half), upper: bad === of ? 1 : Math.min(1, centre + half) };
}

/**
 * Interval for `candidate - baseline`, two independent shares, from their score intervals (Newcombe 1998, method 10).
 * `spread` (at least 1) is how many times the variance exceeds that of independent requests: the interval widens by its root.
 */
export function differenceInterval(arms: { candidate: Share; baseline: Share }, z: number, spread = 1): Interval {
  const wide = z * Math.sqrt(Math.max(1, spread));
  const [candidate, baseline] = [shareInterval(arms.candidate, wide), shareInterval(arms.baseline, wide)];
  const [one, two] = [shareOf(arms.candidate), shareOf(arms.baseline)];
  return {
    lower: one - two - Math.hypot(one - candidate.lower, baseline.upper - two),
    upper: one - two + Math.hypot(candidate.upper - one, two - baseline.lower),
  };
}

export function shareOf({ bad, of }: Share): number {
  return of === 0 ? 0 : bad / of;
}

/**
 * How many standard deviations one look may claim, so that all looks together claim wrongly with at most `alpha` (one-sided):
 * look k spends alpha * 6 / (pi * k)^2, which sums to alpha over any number of looks. A union bound: honest, not the sharpest.
 */
export function zAtLook(look: number, alpha: number): number {
  return -quantileOfNormal((alpha * 6) / (Math.PI * Math.max(1, look)) ** 2);
}

/** Running sums of a series; enough for its mean and the error of that. */
export type Sums = { readonly n: number; readonly sum: number; readonly squares: number };

export const noSums: Sums = { n: 0, sum: 0, squares: 0 };

export function plus(sums: Sums, value: number): Sums {
  return { n: sums.n + 1, sum: sums.sum + value, squares: sums.squares + value * value };
}

/** Normal interval for the mean of looks; all of the line with fewer than `lookMin` of them, where it would not hold. */
export function meanInterval({ n, sum, squares }: Sums, z: number, lookMin = 10): Interval {
  if (n < Math.max(2, lookMin)) return { lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY };
  const mean = sum / n;
  const variance = Math.max(0, (squares - n * mean * mean) / (n - 1));
  const half = z * Math.sqrt(variance / n);
  return { lower: mean - half, upper: mean + half };
}

/** Pearson's chi-square between two arms that should be alike, gathered look by look, given each look's total of bad ones. */
export type Spread = { readonly chi: number; readonly looks: number };

export const noSpread: Spread = { chi: 0, looks: 0 };

export function spreadWith(spread: Spread, one: Share, two: Share): Spread {
  const [all, bad] = [one.of + two.of, one.bad + two.bad];
  if (all < 2 || bad === 0 || bad === all || one.of === 0 || two.of === 0) return spread;
  const expected = (bad * one.of) / all;
  const variance = (bad * (one.of / all) * (two.of / all) * (all - bad)) / (all - 1);
  return { chi: spread.chi + (one.bad - expected) ** 2 / variance, looks: spread.looks + 1 };
}

/** How many times the variance exceeds the binomial one; drawn towards 1 as if five ordinary looks had been seen before. */
export function spreadFactor({ chi, looks }: Spread): number {
  return Math.max(1, (chi + 5) / (looks + 5));
}

/** The z below which a standard normal falls with probability p (Acklam's rational approximation, relative error under 1.2e-9). */
export function quantileOfNormal(p: number): number {
  if (p <= 0 || p >= 1) return p <= 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const a = [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239];
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1];
  const c = [-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
  const polynomial = (terms: readonly number[], x: number): number => terms.reduce((sum, term) => sum * x + term, 0);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(c, q) / polynomial(d, q);
  }
  if (p > 1 - 0.02425) return -quantileOfNormal(1 - p);
  const q = p - 0.5;
  return (polynomial(a, q * q) * q) / polynomial(b, q * q);
}
