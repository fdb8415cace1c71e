/** A request that waits for an instance. Only requests of one shape share a batch. */
export type Waiting = { readonly size: number; readonly shape: string; readonly sinceMs: number };

/** Without dynamic batching every request is a batch of its own. */
export type Batching = { readonly sizeMax: number; readonly preferred: readonly number[]; readonly delayMs: number } | 'one-by-one';

/** How many of those that wait, from the first, go to a free instance now; or how long to wait for more. */
export type Batch = { readonly take: number } | { readonly waitMs: number };

/**
 * Triton's dynamic batcher: a preferred size when one can be made of those that wait, else all of them up to the largest batch,
 * at once or after the delay. An exceeded delay takes more than a preferred size if more is there.
 */
export function formBatch(waiting: Iterable<Waiting>, batching: Batching, nowMs: number): Batch {
  let first: Waiting | undefined;
  let oldestMs = Number.POSITIVE_INFINITY;
  const { sizeMax, preferred, delayMs } = batching === 'one-by-one' ? { sizeMax: 0, preferred: [], delayMs: 0 } : batching;
  const preferredMax = Math.max(0, ...preferred);
  let total = 0;
  let count = 0;
  let best = 0;
  let isClosed = false;
  for (const one of waiting) {
    if (batching === 'one-by-one') return { take: 1 };
    first ??= one;
    const { size, shape, sinceMs } = one;
    if (count > 0 && best === 0 && total + size > preferredMax) best = count;
    isClosed = count > 0 && (total + size > sizeMax || shape !== first.shape);
    if (isClosed) break;
    total += size;
    count += 1;
    oldestMs = Math.min(oldestMs, sinceMs);
    if (preferred.includes(total)) best = count;
  }

  if (count === 0) return { waitMs: Number.POSITIVE_INFINITY };
  const ageMs = nowMs - oldestMs;
  const isLate = delayMs > 0 && ageMs >= delayMs;
  if (best > 0 && !isLate) return { take: best };
  if (isClosed || total >= preferredMax || isLate || delayMs === 0) return { take: count };
  return { waitMs: delayMs - ageMs };
}
