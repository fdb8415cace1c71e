import { type Batching, formBatch } from './batcher.ts';
import type { Job } from './job.ts';
import type { JobQueue } from './job-queue.ts';

/** A batch that waits for an instance. While it is open, later requests may still join it. */
type Waiting = { jobs: readonly Job[]; isOpen: boolean };

/**
 * Batches formed ahead, one for each instance that is busy: Triton forms the next ones while all instances run, and lets them grow until they
 * have a preferred size. So a batch may be smaller than what waits when its turn comes. Seen on 2.51.0, where no queue policy is set; with a
 * delay, requests wait in the queue instead.
 */
export class Ahead {
  readonly #batching: Batching;
  readonly #most: number;
  readonly #waiting: Waiting[] = [];

  constructor(batching: Batching, { instances, hasPolicy }: { readonly instances: number; readonly hasPolicy: boolean }) {
    this.#batching = batching;
    this.#most = hasPolicy || batching === 'one-by-one' || batching.delayMs > 0 ? 0 : instances;
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

  /** Takes from the queue what can be batched now. */
  form(queue: JobQueue): void {
    while (queue.size > 0) {
      const last = this.#waiting.at(-1);
      const open = last?.isOpen ? last : undefined;
      if (!open && this.#waiting.length >= this.#most) return;
      const batch = open ?? { jobs: [], isOpen: true };
      const formed = formBatch([...batch.jobs, ...queue.jobs()], this.#batching, performance.now());
      const more = 'take' in formed ? formed.take - batch.jobs.length : 0;
      batch.jobs = [...batch.jobs, ...queue.take(Math.max(0, more))];
      // What is left in the queue did not fit.
      batch.isOpen = queue.size === 0 && this.#canGrow(batch.jobs);
      if (!open) this.#waiting.push(batch);
    }
  }

  #canGrow(jobs: readonly Job[]): boolean {
    if (this.#batching === 'one-by-one') return false;
    const { preferred } = this.#batching;
    const rows = jobs.reduce((sum, { size }) => sum + size, 0);
    return !preferred.includes(rows) && rows < Math.max(0, ...preferred);
  }
}
