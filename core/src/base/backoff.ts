import type { Ms } from './time.ts';

/** How long to wait between attempts: from about `first`, doubling, up to `most`. */
export type Backoff = { readonly first: Ms; readonly most: Ms };

/** The wait before another attempt, after `failed` of them in a row. The dice keep many that failed together from coming back together. */
export function backoffMs({ first, most }: Backoff, failed: number, dice: () => number): Ms {
  const whole = Math.min(most, first * 2 ** Math.min(Math.max(0, failed - 1), 30));
  return whole * (0.5 + 0.5 * dice());
}
