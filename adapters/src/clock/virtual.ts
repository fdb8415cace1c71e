import type { Ms } from '#core/base/time.ts';
import type { Clock } from '#core/ports/control.ts';

export type VirtualClock = Clock & {
  /** Lets so much time pass: wakes sleepers in order of time, and lets everything they cause settle before the next one wakes. */
  advance(ms: Ms): Promise<void>;
  /** When the next sleeper wakes; 'never' when nobody sleeps. */
  next(): Ms | 'never';
};

type Sleeper = { readonly at: Ms; readonly order: number; wake: (() => void) | 'gone' };

/** Time that passes only when it is told to. Sleepers of one instant wake in the order they lay down. */
export function virtualClock(start: Ms): VirtualClock {
  const sleepers: Sleeper[] = []; // a binary heap: the next one to wake is first
  let now = start;
  let order = 0;

  function sleep(ms: Ms, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const abort = (): void => {
        sleeper.wake = 'gone'; // it stays in the heap until its time, and wakes nobody
        resolve();
      };
      const wake = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      // As a real clock would: a wait too short for the digits of a time still takes time, or a loop of them would never end.
      const at = ms > 0 ? Math.max(now + ms, now + tickMs) : now;
      const sleeper: Sleeper = { at, order: order++, wake };
      signal?.addEventListener('abort', abort, { once: true });
      push(sleepers, sleeper);
    });
  }

  function next(): Ms | 'never' {
    while (sleepers[0]?.wake === 'gone') pop(sleepers);
    return sleepers[0]?.at ?? 'never';
  }

  async function advance(ms: Ms): Promise<void> {
    const until = now + ms;
    await settled();
    for (let at = next(); at !== 'never' && at <= until; at = next()) {
      now = Math.max(now, at);
      while (next() === at) {
        const sleeper = pop(sleepers);
        if (sleeper && sleeper.wake !== 'gone') sleeper.wake();
      }
      await settled();
    }
    now = until;
  }

  return { now: () => now, sleep, advance, next };
}

const tickMs = 0.001;

/** Node empties its queue of microtasks before it comes to an immediate. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const isSooner = (a: Sleeper, b: Sleeper): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

function push(heap: Sleeper[], sleeper: Sleeper): void {
  let at = heap.length;
  heap.push(sleeper);
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (!parent || !isSooner(sleeper, parent)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = sleeper;
}

function pop(heap: Sleeper[]): Sleeper | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (!first || !last || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const [one, other] = [heap[left], heap[left + 1]];
    if (!one) break;
    const below = other && isSooner(other, one) ? left + 1 : left;
    const child = heap[below];
    if (!child || !isSooner(child, last)) break;
    heap[at] = child;
    at = below;
  }
  heap[at] = last;
  return first;
}
