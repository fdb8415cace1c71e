import type { Instances } from '../instances/instances.ts';
import { Refused } from '../server/refused.ts';
import { formBatch } from './batcher.ts';
import { type Counted, execute, failJob } from './execute.ts';
import type { Job, Scheduler } from './job.ts';
import { JobQueue } from './job-queue.ts';
import type { FailureReason } from './statistics.ts';

/** Triton has no bound where none is written. We keep one that no test reaches, because every queue has one. */
const queueSizeMax = 100_000;

/** The queue of one model version: under its policies, formed into batches for whichever instance is free. */
export class QueueScheduler implements Scheduler {
  readonly #counted: Counted;
  readonly #instances: Instances;
  readonly #queue: JobQueue;
  /** Batches that are formed and wait for an instance: Triton forms some ahead where no queue policy is set. */
  readonly #formed: (readonly Job[])[] = [];
  #running = 0;
  #alarm: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(counted: Counted, instances: Instances) {
    this.#counted = counted;
    this.#instances = instances;
    this.#queue = new JobQueue(counted.model.queues);
    instances.onFree = () => this.#pump();
    instances.onNoneLeft = (words) =>
      this.#refuseAll(new Refused('Unavailable', `no instance of model '${counted.model.name}' is running: ${words}`), 'BACKEND');
  }

  get underWay(): number {
    return this.#running + this.#queue.size + this.#formed.reduce((sum, { length }) => sum + length, 0);
  }

  enqueue(job: Job): void {
    if (this.#isClosed) throw new Refused('Unavailable', stopping);
    if (!this.#instances.isAnyComing) throw new Refused('Unavailable', `no instance of model '${this.#counted.model.name}' is running`);
    if (this.#queue.size >= queueSizeMax) throw new Refused('Unavailable', 'Exceeds maximum queue size');
    this.#queue.add(job);
    this.#counted.statistics.pending += 1;
    this.#pump();
  }

  close(): void {
    this.#isClosed = true;
  }

  stop(): void {
    this.#isClosed = true;
    clearTimeout(this.#alarm);
    this.#refuseAll(new Refused('Unavailable', stopping), 'OTHER');
  }

  #pump(): void {
    this.#dropLate();
    for (;;) {
      this.#runFormed();
      const { queues, batching } = this.#counted.model;
      const slots = queues.isAnySet || batching === 'one-by-one' ? 0 : 2 * this.#counted.model.instances.length;
      if (this.#queue.size === 0 || (this.#formed.length >= slots && !this.#instances.isAnyIdle)) break;
      const nowMs = performance.now();
      const batch = formBatch(this.#queue.jobs(), batching, nowMs);
      if ('waitMs' in batch) return this.#wakeAt(Math.min(nowMs + batch.waitMs, this.#queue.nextDeadlineMs()));
      this.#formed.push(this.#queue.take(batch.take));
    }
    this.#wakeAt(this.#queue.nextDeadlineMs());
  }

  #runFormed(): void {
    while (this.#formed.length > 0) {
      const instance = this.#instances.take();
      if (!instance) return;
      const jobs = this.#withoutGone(this.#formed.shift() ?? []);
      if (jobs.length === 0) {
        this.#instances.release(instance);
        continue;
      }
      this.#running += jobs.length;
      void execute(this.#counted, instance, jobs).finally(() => {
        this.#running -= jobs.length;
        // This pumps, since an instance is free then.
        this.#instances.giveBack(instance);
      });
    }
  }

  /** A request whose caller went is cancelled when its turn comes, not before and not while it runs. */
  #withoutGone(jobs: readonly Job[]): readonly Job[] {
    const gone = jobs.filter((job) => job.isCancelled());
    for (const job of gone) this.#drop(job, new Refused('Cancelled', 'request has been cancelled'), 'CANCELED');
    return gone.length === 0 ? jobs : jobs.filter((job) => !gone.includes(job));
  }

  #dropLate(): void {
    if (!this.#counted.model.queues.isAnySet) return;
    for (const { job, refused, reason } of this.#queue.applyPolicies(performance.now())) this.#drop(job, refused, reason);
  }

  #refuseAll(refused: Refused, reason: FailureReason): void {
    const jobs = [...this.#formed.splice(0).flat(), ...this.#queue.take(this.#queue.size)];
    for (const job of jobs) this.#drop(job, refused, reason);
  }

  #drop(job: Job, refused: Refused, reason: FailureReason): void {
    this.#counted.statistics.pending -= 1;
    failJob(this.#counted.statistics, job, refused, reason);
  }

  /** Timers count whole milliseconds; a delay below that is rounded up, as one that is over a bit late. */
  #wakeAt(atMs: number): void {
    clearTimeout(this.#alarm);
    if (Number.isFinite(atMs)) this.#alarm = setTimeout(() => this.#pump(), Math.max(1, Math.ceil(atMs - performance.now())));
  }
}

export const stopping = 'Server is stopping, scheduler for model has stopped accepting new inference requests';
