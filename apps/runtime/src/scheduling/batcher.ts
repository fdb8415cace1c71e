/** A request that waits for an instance. Only requests of one shape share a batch. */
export type Waiting = { readonly size: number; readonly shape: string; readonly sinceMs: number };

export type Batching = { readonly sizeMax: number; readonly preferred: readonly number[]; readonly delayMs: number };

/** Without dynamic batching: every request is a batch of its own, however many rows it has. */
export const oneByOne: Batching = { sizeMax: 1, preferred: [1], delayMs: 0 };

/**
 * How many of those that wait, from the first, join the batch now, and whether no other can join it then; or how long to wait for more.
 * `wakeRows`: until so many rows wait, or an instance takes a batch, or the time is over, Triton does not look at them again.
 */
export type Batch =
  | { readonly take: number; readonly isFull: boolean; readonly wakeRows?: number }
  | { readonly waitMs: number; readonly wakeRows?: number };

/**
 * Triton's dynamic batcher: a preferred size when one can be made of those that wait, else all of them up to the largest batch, at once or
 * after the delay. An exceeded delay takes more than a preferred size if more is there. `open` is in the batch already, which waits for an
 * instance: while it has no preferred size, others join it without a delay. None join where the first does not fit.
 */
export function formBatch(waiting: Iterable<Waiting>, batching: Batching, nowMs: number, open: readonly Waiting[] = []): Batch {
  const { sizeMax, preferred, delayMs } = batching;
  const preferredMax = Math.max(0, ...preferred);
  const formed = open.reduce((rows, { size }) => rows + size, 0);
  let [first] = open;
  let pending = 0;
  let count = 0;
  let best = 0;
  let oldestMs = Number.POSITIVE_INFINITY;
  let isFull = false;
  let isCut = false;
  for (const one of waiting) {
    const { size, shape, sinceMs } = one;
    if (first) {
      const rows = formed + pending + size;
      if (rows > preferredMax && best === 0) {
        best = count;
        isFull = true;
      }
      isCut = rows > sizeMax || shape !== first.shape;
      if (isCut) break;
    }
    first ??= one;
    pending += size;
    count += 1;
    oldestMs = Math.min(oldestMs, sinceMs);
    if (preferred.includes(formed + pending)) best = count;
  }

  const ageMs = nowMs - oldestMs;
  const isLate = delayMs > 0 && ageMs >= delayMs;
  if (count === 0 && !isCut) return { waitMs: Number.POSITIVE_INFINITY };
  if (best > 0 && !isLate) return { take: best, isFull: isFull || delayMs === 0 };
  if (isCut || formed + pending >= preferredMax) return { take: count, isFull: true };
  if (isLate || delayMs === 0) return { take: count, isFull };
  const wakeRows = Math.min(...preferred.filter((rows) => rows > formed + pending)) - formed;
  const joinsAtOnce = !isFull && formed > 0 && !preferred.includes(formed);
  return joinsAtOnce ? { take: count, isFull, wakeRows } : { waitMs: delayMs - ageMs, wakeRows };
}
