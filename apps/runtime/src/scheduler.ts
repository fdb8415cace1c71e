import { joinTensors, splitTensors } from './batch-tensors.ts';
import { formBatch, type Waiting } from './batcher.ts';
import type { RawTensor } from './frames.ts';
import type { Instances } from './instances.ts';
import { type Instance, InstanceGone, type Ran } from './instance.ts';
import { Refused } from './refused.ts';
import type { ServedModel } from './served-model.ts';
import type { FailureReason, Statistics } from './statistics.ts';

/** A checked request: its tensors in the order of the model's inputs. */
export type Prepared = {
  readonly id: string;
  readonly tensors: readonly RawTensor[];
  readonly batchSize: number;
  /** Shapes without the batch dimension: only equal ones share a batch. */
  readonly shape: string;
  /** What the caller gives it; 0 is no limit. */
  readonly timeoutMs: number;
};

type Job = Waiting & {
  readonly request: Prepared;
  readonly startedMs: number;
  readonly deadlineMs: number;
  /** Whether nobody waits for the answer any more. */
  isGone(): boolean;
  resolve(outputs: readonly RawTensor[]): void;
  reject(refused: Refused): void;
};

/** The queue of one model version: bounded, with deadlines, formed into batches for whichever instance is free. */
export class Scheduler {
  readonly #model: ServedModel;
  readonly #instances: Instances;
  readonly #statistics: Statistics;
  readonly #waiting: Job[] = [];
  #alarm: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(model: ServedModel, instances: Instances, statistics: Statistics) {
    this.#model = model;
    this.#instances = instances;
    this.#statistics = statistics;
    instances.onFree = () => this.#pump();
    instances.onNoneLeft = (words) => this.#refuseAll(503, `no instance of model '${model.name}' is running: ${words}`, 'BACKEND');
  }

  /** The outputs in the order of the model's. `startedMs` is when the request came, by performance.now(). Throws Refused. */
  infer(request: Prepared, startedMs: number, isGone = () => false): Promise<readonly RawTensor[]> {
    if (this.#isStopped) throw new Refused(503, stopping);
    if (!this.#instances.isAnyComing) throw new Refused(503, `no instance of model '${this.#model.name}' is running`);
    const { sizeMax, timeoutMs, allowsShorter } = this.#model.queue;
    if (this.#waiting.length >= sizeMax) throw new Refused(503, `[request id: ${request.id || '<id_unknown>'}] Exceeds maximum queue size`);
    const nowMs = performance.now();
    const allowedMs = allowsShorter && request.timeoutMs > 0 && request.timeoutMs < timeoutMs ? request.timeoutMs : timeoutMs;
    const deadlineMs = allowedMs > 0 ? nowMs + allowedMs : Number.POSITIVE_INFINITY;
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        request,
        size: request.batchSize,
        shape: request.shape,
        sinceMs: nowMs,
        startedMs,
        deadlineMs,
        isGone,
        resolve,
        reject,
      });
      this.#statistics.pending += 1;
      this.#pump();
    });
  }

  /** Takes no more requests, and refuses those that still wait. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#alarm);
    this.#refuseAll(503, stopping, 'OTHER');
  }

  #pump(): void {
    this.#refuseLate();
    for (;;) {
      const instance = this.#instances.idle();
      if (!instance) return this.#wakeAt(this.#nextDeadlineMs());
      const nowMs = performance.now();
      const batch = formBatch(this.#waiting, this.#model.batching, nowMs);
      if ('waitMs' in batch) return this.#wakeAt(Math.min(nowMs + batch.waitMs, this.#nextDeadlineMs()));
      const jobs = this.#withoutGone(this.#waiting.splice(0, batch.take));
      if (jobs.length > 0) void this.#execute(instance, jobs);
    }
  }

  async #execute(instance: Instance, jobs: readonly Job[]): Promise<void> {
    const dispatchedMs = performance.now();
    this.#statistics.pending -= jobs.length;
    try {
      const ran = await instance.run(joinTensors(jobs.map(({ request }) => request.tensors)));
      this.#answer(jobs, ran, dispatchedMs);
    } catch (thrown) {
      const words = thrown instanceof Error ? thrown.message : String(thrown);
      const says =
        thrown instanceof InstanceGone
          ? `Failed to process the request(s) for model instance '${instance.name}', message: its process ${words}`
          : `onnx runtime error: ${words}`;
      for (const job of jobs) this.#refuse(job, 500, says, 'BACKEND');
    }
    this.#pump();
  }

  #answer(jobs: readonly Job[], { outputs, timings }: Ran, dispatchedMs: number): void {
    const rows = jobs.map(({ size }) => size);
    const split = jobs.length === 1 ? [outputs] : splitTensors(outputs, this.#model.outputs, rows);
    const doneMs = performance.now();
    const { inferNs, outputNs } = timings;
    const compute = { inferNs, outputNs, inputNs: Math.max(0, (doneMs - dispatchedMs) * 1e6 - inferNs - outputNs) };
    this.#statistics.executed(
      rows.reduce((sum, size) => sum + size, 0),
      compute,
      Date.now(),
    );
    for (const [index, job] of jobs.entries()) {
      this.#statistics.succeeded({ ...compute, totalNs: (doneMs - job.startedMs) * 1e6, queueNs: (dispatchedMs - job.sinceMs) * 1e6 });
      job.resolve(split[index] ?? []);
    }
  }

  /** As with Triton, a request whose caller went is cancelled when its turn comes, not before and not while it runs. */
  #withoutGone(jobs: readonly Job[]): readonly Job[] {
    for (const job of jobs.filter((one) => one.isGone())) {
      this.#statistics.pending -= 1;
      this.#refuse(job, 499, 'Request cancelled', 'CANCELED');
    }
    return jobs.filter((one) => !one.isGone());
  }

  #refuseLate(): void {
    if (this.#model.queue.timeoutMs === 0) return;
    const nowMs = performance.now();
    for (const job of this.#waiting.filter(({ deadlineMs }) => deadlineMs <= nowMs)) {
      this.#waiting.splice(this.#waiting.indexOf(job), 1);
      this.#statistics.pending -= 1;
      this.#refuse(job, 503, 'Request timeout expired', 'REJECTED');
    }
  }

  #refuseAll(status: number, says: string, reason: 'BACKEND' | 'OTHER'): void {
    for (const job of this.#waiting.splice(0)) {
      this.#statistics.pending -= 1;
      this.#refuse(job, status, says, reason);
    }
  }

  #refuse(job: Job, status: number, says: string, reason: FailureReason): void {
    this.#statistics.failed(reason, (performance.now() - job.startedMs) * 1e6);
    job.reject(new Refused(status, says));
  }

  #nextDeadlineMs(): number {
    return this.#waiting.reduce((soonest, { deadlineMs }) => Math.min(soonest, deadlineMs), Number.POSITIVE_INFINITY);
  }

  /** Timers count whole milliseconds; a delay below that is rounded up, as one that is over a bit late. */
  #wakeAt(atMs: number): void {
    clearTimeout(this.#alarm);
    if (Number.isFinite(atMs)) this.#alarm = setTimeout(() => this.#pump(), Math.max(1, Math.ceil(atMs - performance.now())));
  }
}

const stopping = 'Server is stopping, scheduler for model has stopped accepting new inference requests';
