import { type Batching, formBatch, oneByOne, type Waiting } from './batcher.ts';

/** A batch that waits for an instance. Until it is full, later requests may still join it. */
type Formed<T> = { jobs: readonly T[]; isFull: boolean };

/** What waits, in the order in which it is to be served. */
export type Queue<T> = {
  readonly size: number;
  jobs(): Iterable<T>;
  /** The first `count` of them, which are then here no more. */
  take(count: number): readonly T[];
};

type Setting = {
  /** How many there are now. */
  readonly instances: () => number;
  /** A queue policy is set. */
  readonly hasPolicy: boolean;
  /** Requests may be of different shapes. */
  readonly hasOpenShapes: boolean;
};

/**
 * Batches formed ahead, two for each instance: Triton forms the next ones while all instances run, where no queue policy is set, and lets the
 * last one grow while there is room for another. So a batch may be smaller than what waits when its turn comes. Where there is a delay, a
 * batch whose turn has come takes along those behind it that have waited longer than that. Seen on 2.51.0.
 */
export class Ahead<T extends Waiting> {
  /** Whether batches are formed ahead at all. */
  readonly isUsed: boolean;
  readonly #batching: Batching;
  readonly #instances: () => number;
  readonly #hasOpenShapes: boolean;
  readonly #formed: Formed<T>[] = [];
  /** The one that requests join now: the last that was formed, or one that is still empty. */
  #open: Formed<T> | undefined;
  #wakeRows = 0;

  constructor(batching: Batching, { instances, hasPolicy, hasOpenShapes }: Setting) {
    this.#batching = batching;
    this.#hasOpenShapes = hasOpenShapes;
    this.isUsed = !hasPolicy && batching !== oneByOne;
    this.#instances = instances;
  }

  get size(): number {
    return this.#formed.reduce((sum, { jobs }) => sum + jobs.length, 0);
  }

  /** The first, for an instance that is free; empty when there is none. */
  take(): readonly T[] {
    const taken = [...this.#closeFirst()];
    const nowMs = performance.now();
    for (let [next] = this.#formed; next && this.#isOver(next, nowMs); [next] = this.#formed) {
      // Looked at is closed, though it may not fit.
      next.isFull = true;
      if (!this.#fit(taken, next.jobs)) break;
      taken.push(...this.#closeFirst());
    }
    return taken;
  }

  #closeFirst(): readonly T[] {
    const first = this.#formed.shift();
    if (!first) return [];
    first.isFull = true;
    return first.jobs;
  }

  takeAll(): readonly T[] {
    this.#open = undefined;
    return this.#formed.splice(0).flatMap(({ jobs }) => jobs);
  }

  /** Whether what has just come is looked at now: a batch that may still grow is left alone until enough waits for a preferred size. */
  heeds(queue: Queue<T>): boolean {
    if (this.#open?.isFull !== false || this.#hasOpenShapes) return true;
    let rows = 0;
    for (const { size } of queue.jobs()) {
      rows += size;
      if (rows >= this.#wakeRows) return true;
    }
    return false;
  }

  /** Takes from the queue what can be batched now, without those that `dropGone` takes out. Gives how long it is worth waiting for more: milliseconds. */
  form(queue: Queue<T>, dropGone: () => void = () => undefined): number {
    while (queue.size > 0 && this.#formed.length < 2 * this.#instances()) {
      dropGone();
      if (this.#open?.isFull !== false) {
        this.#open = { jobs: [], isFull: false };
        this.#wakeRows = 0;
      }
      const batch = this.#open;
      const more = formBatch(queue.jobs(), this.#batching, performance.now(), batch.jobs);
      this.#wakeRows = more.wakeRows ?? this.#wakeRows;
      if ('waitMs' in more) return more.waitMs;
      if (batch.jobs.length === 0) this.#formed.push(batch);
      batch.jobs = [...batch.jobs, ...queue.take(more.take)];
      batch.isFull = more.isFull;
    }
    return Number.POSITIVE_INFINITY;
  }

  #isOver({ jobs }: Formed<T>, nowMs: number): boolean {
    const { delayMs } = this.#batching;
    return delayMs > 0 && nowMs - Math.min(...jobs.map(({ sinceMs }) => sinceMs)) > delayMs;
  }

  #fit(jobs: readonly T[], more: readonly T[]): boolean {
    const rows = [...jobs, ...more].reduce((sum, { size }) => sum + size, 0);
    return rows <= this.#batching.sizeMax && jobs[0]?.shape === more[0]?.shape;
  }
}
