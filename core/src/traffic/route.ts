/** What each arm is owed, in requests times 100; sums to zero. Begins as zeros and is forgotten when the weights change. */
export type Credits = readonly number[];

export const noCredits = (arms: number): Credits => new Array<number>(arms).fill(0);

/**
 * Whose turn it is. The counts stay within one request of the weights after every single request, for any number of arms (Tijdeman's
 * solution of the chairman assignment problem: of the arms that may be served, the one whose deadline is nearest). Plain smooth
 * weighted round robin keeps this promise for two arms only.
 */
export function takeTurn(weights: readonly number[], credits: Credits): { chosen: number; credits: Credits } {
  if (weights.length === 1) return { chosen: 0, credits };
  const slack = 100 / (2 * weights.length - 2);
  const owed = weights.map((weight, index) => (credits[index] ?? 0) + weight);
  let chosen = 0;
  let nearest = Number.POSITIVE_INFINITY;
  for (const [index, weight] of weights.entries()) {
    const credit = owed[index] ?? 0;
    // A hair of tolerance: weights such as 0.1 are not exact in binary.
    if (credit < slack - 1e-9) continue;
    const deadline = (100 - slack - credit) / weight;
    if (deadline < nearest - 1e-12) [chosen, nearest] = [index, deadline];
  }
  return { chosen, credits: owed.map((credit, index) => (index === chosen ? credit - 100 : credit)) };
}
