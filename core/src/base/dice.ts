import { seeded } from './seeded.ts';

/** Seeded choices: the same seed makes the same cases, and a longer run begins with those of a shorter one. */
export type Dice = {
  /** A whole number, 0 ≤ n < count. */
  below(count: number): number;
  pick<T>(list: readonly T[]): T;
  chance(probability: number): boolean;
};

export function diceOf(seed: number): Dice {
  const next = seeded(seed);
  const below = (count: number) => Math.floor(next() * count);
  return {
    below,
    pick: (list) => list[below(list.length)] as (typeof list)[number],
    chance: (probability) => next() < probability,
  };
}

/** One of several ways, each with its weight. */
export function weighted<T>(dice: Dice, ways: readonly (readonly [weight: number, way: T])[]): T {
  let rest = dice.below(ways.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, way] of ways) {
    if (rest < weight) return way;
    rest -= weight;
  }
  throw new Error('weighted: no ways to choose from');
}
