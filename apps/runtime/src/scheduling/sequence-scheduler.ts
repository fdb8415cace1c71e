import { joinTensors, splitTensors } from '../instances/batch-tensors.ts';
import type { RawTensor } from '../instances/frames.ts';
import type { Instance } from '../instances/instance.ts';
import type { Instances } from '../instances/instances.ts';
import type { SequenceSpec } from '../models/sequence-spec.ts';
import { leastNs } from '../models/service-time.ts';
import { Refused } from '../server/refused.ts';
import { type Counted, countExecution, failJob, failureOf, notSplit, reshaped, spentSince, withDims } from './execute.ts';
import type { Job, Scheduler } from './job.ts';
import { queueSizeMax, stopping } from './queue-scheduler.ts';
import { controlTensors, type States, stateRow } from './sequence-tensors.ts';
import { type Sequence, Sequences, type Slot } from './sequences.ts';
import type { FailureReason } from './statistics.ts';

/** One row of a batch: a request of a sequence, or nothing, where a place in between has none. */
export type Row = { readonly sequence: Sequence; readonly job: Job } | 'empty';

/** What goes to an instance now, or how long to wait for more. */
export type Rows = { readonly rows: readonly Row[] } | { readonly waitMs: number };

/** Requests of one sequence go to one instance, one after the other. Which share a batch is the strategy's to say. */
export abstract class SequenceScheduler implements Scheduler {
  protected readonly counted: Counted;
  protected readonly sequences: Sequences;
  readonly #spec: SequenceSpec;
  readonly #instances: Instances;
  #running = 0;
  #alarm: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(counted: Counted, spec: SequenceSpec, states: States, instances: Instances, slotsPerInstance: number) {
    this.counted = counted;
    this.#spec = spec;
    this.#instances = instances;
    const slots: Slot[] = [];
    // Places are given out by turns, so that instances share the work.
    for (let index = 0; index < slotsPerInstance; index += 1)
      for (const { name } of counted.model.instances) slots.push({ instance: name, index });
    this.sequences = new Sequences(counted.model.name, states, slots);
    instances.onFree = () => this.#pump();
    instances.onNoneLeft = (words) =>
      this.#refuseAll(new Refused('Unavailable', `no instance of model '${counted.model.name}' is running: ${words}`), 'BACKEND');
  }

  /** Of the sequences that sit at one instance and have something to run. */
  protected abstract choose(ready: readonly Sequence[], nowMs: number): Rows;

  get underWay(): number {
    return this.#running + this.sequences.waiting;
  }

  get inFlight(): number {
    return this.underWay;
  }

  enqueue(job: Job): void {
    // A sequence that has begun may go on while the server drains.
    if (this.#isClosed && job.request.sequence.isStart) throw new Refused('Unavailable', stopping);
    if (!this.#instances.isAnyComing) throw new Refused('Unavailable', `no instance of model '${this.counted.model.name}' is running`);
    if (this.counted.statistics.pending >= queueSizeMax) throw new Refused('Unavailable', 'Exceeds maximum queue size');
    this.sequences.add(job);
    this.counted.statistics.pending += 1;
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
    const nowMs = performance.now();
    this.#dropGone();
    this.#endIdle(nowMs);
    let wakeMs = this.#nextIdleMs();
    for (const { name } of this.counted.model.instances) {
      const ready = [...this.sequences.all].filter(({ slot, jobs, isRunning }) => slot?.instance === name && jobs.length > 0 && !isRunning);
      if (ready.length === 0) continue;
      const chosen = this.choose(ready, nowMs);
      if ('waitMs' in chosen) {
        wakeMs = Math.min(wakeMs, nowMs + chosen.waitMs);
        continue;
      }
      const instance = this.#instances.take(name);
      if (instance) void this.#execute(instance, chosen.rows);
    }
    clearTimeout(this.#alarm);
    if (Number.isFinite(wakeMs)) this.#alarm = setTimeout(() => this.#pump(), Math.max(1, Math.ceil(wakeMs - performance.now()))).unref();
  }

  async #execute(instance: Instance, rows: readonly Row[]): Promise<void> {
    const dispatchedMs = performance.now();
    const taken = rows.filter((row) => row !== 'empty');
    for (const { sequence, job } of taken) {
      sequence.isRunning = true;
      sequence.jobs.shift();
      if (job.request.sequence.isStart) this.sequences.restart(sequence);
    }
    this.counted.statistics.pending -= taken.length;
    this.#running += taken.length;
    try {
      const inputs = rows.map((row) => this.#inputsOf(row, taken[0]?.job));
      const { statistics, model } = this.counted;
      const ran = await instance.run(joinTensors(inputs, model), leastNs(model.service, rows.length));
      const { compute, doneMs } = countExecution(statistics, { timings: ran.timings, dispatchedMs, size: taken.length });
      const parts = this.#partsOf(ran.outputs, inputs);
      for (const [index, row] of rows.entries()) {
        if (row === 'empty') continue;
        const part = parts[index] ?? [];
        if (typeof part === 'string') {
          failJob(statistics, row.job, notSplit(row.job, part), 'BACKEND', compute);
          continue;
        }
        const outputs = this.#keepStates(row.sequence, part);
        const { startedMs, sinceMs } = row.job;
        statistics.succeeded({ ...compute, totalNs: (doneMs - startedMs) * 1e6, queueNs: (dispatchedMs - sinceMs) * 1e6 });
        row.job.succeed(reshaped(outputs, model), compute);
      }
    } catch (thrown) {
      const refused = new Refused('Internal', failureOf(instance, thrown));
      for (const { job } of taken) failJob(this.counted.statistics, job, refused, 'BACKEND', spentSince(dispatchedMs));
    }
    this.#running -= taken.length;
    for (const { sequence, job } of taken) this.#settle(sequence, job);
    this.#instances.giveBack(instance);
  }

  #settle(sequence: Sequence, { request }: Job): void {
    sequence.isRunning = false;
    sequence.idleSinceMs = performance.now();
    if (request.sequence.isEnd) this.sequences.end(sequence);
  }

  /** An empty row has zeros of the same shapes as the others, and says that it is not ready. */
  #inputsOf(row: Row, like: Job | undefined): (RawTensor | undefined)[] {
    const isBatched = this.counted.model.batchMax > 0;
    const { controls } = this.#spec;
    if (row === 'empty') {
      const flags = { isStart: false, isEnd: false, isReady: false, id: 0n };
      const initial = this.sequences.initial.map((state) => stateRow(state, isBatched));
      return [...(like?.tensors ?? []).map(zeros), ...controlTensors(controls, flags, isBatched), ...initial];
    }
    const { id, isStart, isEnd } = row.job.request.sequence;
    return [
      ...row.job.tensors,
      ...controlTensors(controls, { isStart, isEnd, isReady: true, id }, isBatched),
      ...row.sequence.states.map((state) => stateRow(state, isBatched)),
    ];
  }

  #partsOf(outputs: readonly RawTensor[], inputs: readonly (readonly (RawTensor | undefined)[])[]) {
    const { model } = this.counted;
    const whole = outputs.map(withDims(model));
    const states = this.#spec.states.map(({ output, datatype, dims }) => ({
      name: output,
      datatype,
      modelDims: dims,
      scatteredBy: undefined,
    }));
    return splitTensors(
      whole,
      [...model.outputs, ...states],
      inputs.map((tensors) => ({ size: 1, tensors })),
      model.batchMax > 0,
    );
  }

  /** The last outputs are the states of the next request; the others are the client's. */
  #keepStates(sequence: Sequence, outputs: readonly RawTensor[]): readonly RawTensor[] {
    const count = this.counted.model.outputs.length;
    const isBatched = this.counted.model.batchMax > 0;
    if (this.#spec.states.length > 0)
      sequence.states = outputs
        .slice(count)
        .map(({ shape, bytes }) => ({ shape: isBatched ? shape.slice(1) : shape, bytes: bytes.slice() }));
    return outputs.slice(0, count);
  }

  /** Whoever does not go on with a sequence gives up its place. */
  #endIdle(nowMs: number): void {
    for (const sequence of [...this.sequences.all])
      if (this.#isIdle(sequence) && nowMs - sequence.idleSinceMs >= this.#spec.idleMs) this.sequences.end(sequence);
  }

  #nextIdleMs(): number {
    let soonest = Number.POSITIVE_INFINITY;
    for (const sequence of this.sequences.all)
      if (this.#isIdle(sequence)) soonest = Math.min(soonest, sequence.idleSinceMs + this.#spec.idleMs);
    return soonest;
  }

  #isIdle({ jobs, isRunning, slot }: Sequence): boolean {
    return slot !== undefined && jobs.length === 0 && !isRunning;
  }

  /** A request whose caller went is dropped; when it was to end its sequence, that has ended. */
  #dropGone(): void {
    for (const sequence of [...this.sequences.all]) {
      for (const job of sequence.jobs.filter((one) => one.isCancelled())) {
        sequence.jobs.splice(sequence.jobs.indexOf(job), 1);
        this.#drop(job, new Refused('Cancelled', 'request has been cancelled'), 'CANCELED');
        if (sequence.isClosed && sequence.jobs.length === 0 && !sequence.isRunning) this.sequences.end(sequence);
      }
    }
  }

  #refuseAll(refused: Refused, reason: FailureReason): void {
    for (const sequence of [...this.sequences.all]) {
      for (const job of sequence.jobs.splice(0)) this.#drop(job, refused, reason);
      if (!sequence.isRunning) this.sequences.end(sequence);
    }
  }

  #drop(job: Job, refused: Refused, reason: FailureReason): void {
    this.counted.statistics.pending -= 1;
    failJob(this.counted.statistics, job, refused, reason);
  }
}

const zeros = (tensor: RawTensor | undefined): RawTensor | undefined =>
  tensor && { shape: tensor.shape, bytes: new Uint8Array(tensor.bytes.length) };
