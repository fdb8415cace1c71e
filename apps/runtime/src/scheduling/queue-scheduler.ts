import type { Instance } from '../instances/instance.ts';
import type { Instances } from '../instances/instances.ts';
import { Refused } from '../server/refused.ts';
import { Ahead } from './ahead.ts';
import { formBatch, oneByOne } from './batcher.ts';
import { type Counted, execute, failJob } from './execute.ts';
import { idOf, type Job, type Scheduler } from './job.ts';
import { InOrder } from './in-order.ts';
import { JobQueue } from './job-queue.ts';
import type { FailureReason } from './statistics.ts';

/** Triton has no bound where none is written. We keep one that no test reaches, because every queue has one. */
export const queueSizeMax = 100_000;

/** The queue of one model version: under its policies, formed into batches for whichever instance is free. */
export class QueueScheduler implements Scheduler {
  readonly #counted: Counted;
  readonly #instances: Instances;
  readonly #queue: JobQueue;
  readonly #ahead: Ahead<Job>;
  readonly #order = new InOrder();
  #running = 0;
  #alarm: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(counted: Counted, instances: Instances) {
    this.#counted = counted;
    this.#instances = instances;
    this.#queue = new JobQueue(counted.model.queues);
    this.#ahead = new Ahead(counted.model.batching, {
      instances: () => instances.count,
      hasPolicy: counted.model.queues.isAnySet,
      hasOpenShapes: counted.model.inputs.some(({ dims }) => dims.includes(-1)),
    });
    instances.onFree = () => this.#pump();
    instances.onNoneLeft = (words) =>
      this.#refuseAll(new Refused('Unavailable', `no instance of model '${counted.model.name}' is running: ${words}`), 'BACKEND');
  }

  get underWay(): number {
    return this.#running + this.#ahead.size + this.#queue.size;
  }

  get inFlight(): number {
    return this.#counted.model.batching === oneByOne ? 0 : this.#queue.size;
  }

  enqueue(job: Job): void {
    if (this.#isClosed) throw new Refused('Unavailable', `${idOf(job.request)}${stopping}`);
    if (!this.#instances.isAnyComing) throw new Refused('Unavailable', `no instance of model '${this.#counted.model.name}' is running`);
    if (this.#queue.size >= queueSizeMax) throw new Refused('Unavailable', 'Exceeds maximum queue size');
    this.#add(job);
    this.#counted.statistics.pending += 1;
    if (this.#ahead.heeds(this.#queue)) this.#pump();
  }

  #add(job: Job): void {
    if (!this.#counted.model.keepsOrder) return this.#queue.add(job);
    const placed = this.#order.placed(job);
    try {
      this.#queue.add(placed);
    } catch (thrown) {
      this.#order.giveUpLast();
      throw thrown;
    }
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
    const waitMs = this.#ahead.isUsed ? this.#runAhead() : this.#runDirectly();
    this.#wakeAt(Math.min(performance.now() + waitMs, this.#queue.nextDeadlineMs()));
  }

  /** An instance that is free takes what is formed, before any more joins it. Gives how long what is left is to wait for more: milliseconds. */
  #runAhead(): number {
    for (this.#runFormed(); ; ) {
      const waitMs = this.#ahead.form(this.#queue, () => this.#dropGone());
      if (!this.#runFormed()) return waitMs;
    }
  }

  #runFormed(): boolean {
    const { size } = this.#ahead;
    while (this.#ahead.size > 0) {
      const instance = this.#instances.take();
      if (!instance) break;
      this.#run(instance, this.#ahead.take());
    }
    return this.#ahead.size < size;
  }

  /** The same, with nothing formed before there is an instance for it. */
  #runDirectly(): number {
    while (this.#queue.size > 0 && this.#instances.isAnyIdle) {
      this.#dropGone();
      const batch = formBatch(this.#queue.jobs(), this.#counted.model.batching, performance.now());
      if ('waitMs' in batch) return batch.waitMs;
      const instance = this.#instances.take();
      // Idle, and others have what it needs: the rate limiter calls again.
      if (!instance) break;
      this.#run(instance, this.#queue.take(batch.take));
    }
    return Number.POSITIVE_INFINITY;
  }

  #run(instance: Instance, jobs: readonly Job[]): void {
    if (jobs.length === 0) return this.#instances.returnUnused(instance);
    this.#running += jobs.length;
    void execute(this.#counted, instance, jobs).finally(() => {
      this.#running -= jobs.length;
      // This pumps, since an instance is free then.
      this.#instances.giveBack(instance);
    });
  }

  /** A request whose caller went is cancelled when it would join a batch: not before, and not in one that is formed. Without a batcher it runs. */
  #dropGone(): void {
    const { batching } = this.#counted.model;
    if (batching === oneByOne) return;
    for (const { job, refused, reason } of this.#queue.dropGone(batching.sizeMax)) this.#drop(job, refused, reason);
  }

  #dropLate(): void {
    if (!this.#counted.model.queues.isAnySet) return;
    for (const { job, refused, reason } of this.#queue.applyPolicies(performance.now())) this.#drop(job, refused, reason);
  }

  #refuseAll(refused: Refused, reason: FailureReason): void {
    for (const job of [...this.#ahead.takeAll(), ...this.#queue.take(this.#queue.size)]) this.#drop(job, refused, reason);
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
