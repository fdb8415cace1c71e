import { type Batching, formBatch } from './batcher.ts';
import type { Job } from './job.ts';
import type { JobQueue } from './job-queue.ts';

/** A batch that waits for an instance. While it is open, later requests may still join it. */
type Waiting = { jobs: readonly Job[]; isOpen: boolean };

/**
 * Batches formed ahead, one for each instance that is busy: Triton forms the next ones while all instances run, and lets them grow until they
 * have a preferred size. So a batch may be smaller than what waits when its turn comes. Seen on 2.51.0, where no queue policy is set. With a
 * delay a batch is closed once that is over; the real one then joins some that waited longer, and ours does not.
 */
export class Ahead {
  readonly #batching: Batching;
  readonly #most: number;
  readonly #waiting: Waiting[] = [];

  constructor(batching: Batching, { instances, hasPolicy }: { readonly instances: number; readonly hasPolicy: boolean }) {
    this.#batching = batching;
    this.#most = hasPolicy || batching === 'one-by-one' ? 0 : instances;
  }

  get size(): number {
    return this.#waiting.reduce((sum, { jobs }) => sum + jobs.length, 0);
  }

  take(): readonly Job[] | undefined {
    return this.#waiting.shift()?.jobs;
  }

  takeAll(): readonly Job[] {
    return this.#waiting.splice(0).flatMap(({ jobs }) => jobs);
  }

  /** Takes from the queue what can be batched now. Gives how long it is worth waiting for more: milliseconds. */
  form(queue: JobQueue): number {
    while (queue.size > 0) {
      const last = this.#waiting.at(-1);
      const open = last?.isOpen ? last : undefined;
      if (!open && this.#waiting.length >= this.#most) break;
      const batch = open ?? { jobs: [], isOpen: true };
      const formed = formBatch(oneAfterTheOther(batch.jobs, queue.jobs()), this.#batching, performance.now());
      if ('waitMs' in formed) return formed.waitMs;
      const more = formed.take - batch.jobs.length;
      batch.jobs = [...batch.jobs, ...queue.take(Math.max(0, more))];
      // What is left in the queue did not fit.
      batch.isOpen = queue.size === 0 && this.#canGrow(batch.jobs);
      if (!open) this.#waiting.push(batch);
    }
    return Number.POSITIVE_INFINITY;
  }

  #canGrow(jobs: readonly Job[]): boolean {
    if (this.#batching === 'one-by-one') return false;
    const { preferred, delayMs } = this.#batching;
    if (delayMs > 0) return false;
    const rows = jobs.reduce((sum, { size }) => sum + size, 0);
    return !preferred.includes(rows) && rows < Math.max(0, ...preferred);
  }
}

/** Not copied: a queue may be long, and only as much of it is looked at as fits into a batch. */
function* oneAfterTheOther(first: Iterable<Job>, second: Iterable<Job>): Iterable<Job> {
  yield* first;
  yield* second;
}
