import { assert } from '#core/base/fault.ts';
import { joinTensors, splitTensors } from '../instances/batch-tensors.ts';
import type { RawTensor } from '../instances/frames.ts';
import type { Instance } from '../instances/instance.ts';
import type { Instances } from '../instances/instances.ts';
import type { Log } from '../log.ts';
import type { SequenceSpec } from '../models/sequence-spec.ts';
import { leastNs } from '../models/service-time.ts';
import { Refused } from '../server/refused.ts';
import { type Counted, countExecution, failJob, failureOf, notSplit, reshaped, spentSince, withDims } from './execute.ts';
import type { Job, Scheduler } from './job.ts';
import { queueSizeMax, stopping } from './queue-scheduler.ts';
import type { Row, SequenceBatcher } from './sequence-batcher.ts';
import { DirectBatcher } from './sequence-direct.ts';
import { OldestBatcher } from './sequence-oldest.ts';
import { controlTensors, type States, stateRow } from './sequence-tensors.ts';
import { Sequences, type Slot } from './sequences.ts';
import type { FailureReason } from './statistics.ts';

type Setting = {
  readonly counted: Counted;
  readonly spec: SequenceSpec;
  readonly states: States;
  readonly instances: Instances;
  readonly log: Log;
};

/** Requests of one sequence go to one instance, one after the other. Which share a batch is the strategy's to say. */
export class SequenceScheduler implements Scheduler {
  readonly #counted: Counted;
  readonly #sequences: Sequences;
  readonly #spec: SequenceSpec;
  readonly #instances: Instances;
  readonly #log: Log;
  /** By the names of their instances. */
  readonly #batchers = new Map<string, SequenceBatcher>();
  readonly #cancel = (job: Job): void => this.#drop(job, new Refused('Cancelled', ''), 'CANCELED');
  #underWay = 0;
  #alarm: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor({ counted, spec, states, instances, log }: Setting) {
    this.#counted = counted;
    this.#spec = spec;
    this.#instances = instances;
    this.#log = log;
    const { model } = counted;
    this.#sequences = new Sequences({ model: model.name, initial: states, idleMs: spec.idleMs, cancel: this.#cancel });
    this.#followInstances();
    instances.onFree = () => this.#pump();
    instances.isNeeded = (name) => this.#isNeeded(name);
    instances.onNoneLeft = (words) =>
      this.#refuseAll(new Refused('Unavailable', `no instance of model '${model.name}' is running: ${words}`), 'BACKEND');
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** Sequences that have begun may go on to their end. */
  get inFlight(): number {
    return Math.max(this.#sequences.openCount, this.underWay);
  }

  enqueue(job: Job): void {
    const { statistics, model } = this.#counted;
    // A sequence that has begun may go on while the server drains.
    if (this.#isClosed && job.request.sequence.isStart) throw new Refused('Unavailable', stopping);
    if (!this.#instances.isAnyComing) throw new Refused('Unavailable', `no instance of model '${model.name}' is running`);
    if (statistics.pending >= queueSizeMax) throw new Refused('Unavailable', 'Exceeds maximum queue size');
    const { slot, isConflict } = this.#sequences.add(job, performance.now());
    if (isConflict) this.#log.warning('sequence-scheduler.ts', conflict(model.name, job));
    statistics.pending += 1;
    this.#underWay += 1;
    if (slot) this.#batcherOf(slot).advance(slot);
    if (!slot || this.#batcherOf(slot).isAttentive) this.#pump();
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
    this.#followInstances();
    for (const job of this.#sequences.expire(nowMs)) this.#drop(job, new Refused('Unavailable', expired), 'REJECTED');
    for (const slot of this.#sequences.endIdle(nowMs)) this.#batcherOf(slot).advance(slot);
    let waitMs = Number.POSITIVE_INFINITY;
    for (const [name, batcher] of this.#batchers) waitMs = Math.min(waitMs, this.#run(name, batcher));
    this.#instances.letGo();
    const wakeMs = Math.min(nowMs + waitMs, this.#sequences.nextChangeMs());
    clearTimeout(this.#alarm);
    if (Number.isFinite(wakeMs)) this.#alarm = setTimeout(() => this.#pump(), Math.max(1, Math.ceil(wakeMs - performance.now()))).unref();
  }

  /** They may change in place. Of one that is not wanted any more the sequences go on. */
  #followInstances(): void {
    const { names } = this.#instances;
    for (const name of names) if (!this.#batchers.has(name)) this.#batchers.set(name, this.#batcherAt(name));
    for (const name of this.#batchers.keys()) {
      if (!this.#instances.isWanted(name)) this.#sequences.close(name);
      if (!names.includes(name)) this.#batchers.delete(name);
    }
  }

  #batcherAt(instance: string): SequenceBatcher {
    const { batchMax, inputs } = this.#counted.model;
    const { strategy } = this.#spec;
    const sequences = this.#sequences;
    const isDirect = strategy.is === 'direct';
    const count = isDirect ? Math.max(1, batchMax) : strategy.candidatesMax;
    sequences.addSlots(Array.from({ length: count }, (_, index) => ({ instance, index })));
    if (isDirect) {
      const slots = sequences.slots.filter((slot) => slot.instance === instance);
      return new DirectBatcher(strategy, sequences, slots);
    }
    const hasOpenShapes = inputs.some(({ dims }) => dims.includes(-1));
    return new OldestBatcher({ strategy, batchMax, hasOpenShapes, sequences, cancel: this.#cancel });
  }

  #isNeeded(name: string): boolean {
    const isTaken = this.#sequences.slots.some(({ instance, sequence }) => instance === name && sequence);
    return isTaken || this.#batchers.get(name)?.isIdle === false;
  }

  /** An instance that is free takes what is formed, before any more joins it. Gives how long what is left is to wait for more: milliseconds. */
  #run(name: string, batcher: SequenceBatcher): number {
    for (this.#runFormed(name, batcher); ; ) {
      const waitMs = batcher.form(performance.now());
      if (!this.#runFormed(name, batcher)) return waitMs;
    }
  }

  #runFormed(name: string, batcher: SequenceBatcher): boolean {
    const instance = batcher.isAnyFormed ? this.#instances.take(name) : undefined;
    if (!instance) return false;
    const rows = batcher.take();
    if (rows.length > 0) void this.#execute(instance, rows, batcher);
    else this.#instances.returnUnused(instance);
    return true;
  }

  async #execute(instance: Instance, rows: readonly Row[], batcher: SequenceBatcher): Promise<void> {
    const dispatchedMs = performance.now();
    const { statistics, model } = this.#counted;
    const taken = rows.filter((row) => row !== 'empty');
    statistics.pending -= taken.length;
    try {
      const inputs = rows.map((row) => this.#inputsOf(row, taken[0]?.job));
      const ran = await instance.run(joinTensors(inputs, model), leastNs(model.service, rows.length));
      const counts = { timings: ran.timings, dispatchedMs, rows: rows.length, inferences: taken.length };
      const { compute, doneMs } = countExecution(statistics, counts);
      const parts = this.#partsOf(ran.outputs, inputs);
      for (const [index, row] of rows.entries()) {
        if (row === 'empty') continue;
        const part = parts[index] ?? [];
        if (typeof part === 'string') {
          failJob(statistics, row.job, notSplit(row.job, part), 'BACKEND', compute);
          continue;
        }
        const outputs = this.#keepStates(row.slot, part);
        const { startedMs, sinceMs } = row.job;
        statistics.succeeded({ ...compute, totalNs: (doneMs - startedMs) * 1e6, queueNs: (dispatchedMs - sinceMs) * 1e6 });
        row.job.succeed(reshaped(outputs, model), compute);
      }
    } catch (thrown) {
      const refused = new Refused('Internal', failureOf(instance, thrown));
      for (const { job } of taken) failJob(statistics, job, refused, 'BACKEND', spentSince(dispatchedMs));
    }
    this.#underWay -= taken.length;
    batcher.ran(rows);
    // This pumps, since an instance is free then.
    this.#instances.giveBack(instance);
  }

  /** An empty row has zeros of the same shapes as the others, and says that it is not ready. */
  #inputsOf(row: Row, like: Job | undefined): (RawTensor | undefined)[] {
    const isBatched = this.#counted.model.batchMax > 0;
    const { controls } = this.#spec;
    if (row === 'empty') {
      const flags = { isStart: false, isEnd: false, isReady: false, id: 0n };
      const initial = this.#sequences.initial.map((state) => stateRow(state, isBatched));
      return [...(like?.tensors ?? []).map(zeros), ...controlTensors(controls, flags, isBatched), ...initial];
    }
    const { id, isStart, isEnd } = row.job.request.sequence;
    return [
      ...row.job.tensors,
      ...controlTensors(controls, { isStart, isEnd, isReady: true, id }, isBatched),
      ...row.slot.states.map((state) => stateRow(state, isBatched)),
    ];
  }

  #partsOf(outputs: readonly RawTensor[], inputs: readonly (readonly (RawTensor | undefined)[])[]) {
    const { model } = this.#counted;
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
  #keepStates(slot: Slot, outputs: readonly RawTensor[]): readonly RawTensor[] {
    const count = this.#counted.model.outputs.length;
    const isBatched = this.#counted.model.batchMax > 0;
    if (this.#spec.states.length > 0)
      slot.states = outputs.slice(count).map(({ shape, bytes }) => ({ shape: isBatched ? shape.slice(1) : shape, bytes: bytes.slice() }));
    return outputs.slice(0, count);
  }

  #batcherOf({ instance }: Slot): SequenceBatcher {
    const batcher = this.#batchers.get(instance);
    assert(batcher, `instance ${instance} has no batcher`);
    return batcher;
  }

  #refuseAll(refused: Refused, reason: FailureReason): void {
    const formed = [...this.#batchers.values()].flatMap((batcher) => batcher.clear());
    for (const job of [...formed, ...this.#sequences.clear()]) this.#drop(job, refused, reason);
  }

  #drop(job: Job, refused: Refused, reason: FailureReason): void {
    this.#counted.statistics.pending -= 1;
    this.#underWay -= 1;
    failJob(this.#counted.statistics, job, refused, reason);
  }
}

const expired = 'timeout of the corresponding sequence has been expired';

const conflict = (model: string, { request }: Job): string =>
  `sequence ${request.sequence.id} for model '${model}' has a conflict. The previous sequence did not end before this sequence start. Previous sequence will be terminated early.`;

const zeros = (tensor: RawTensor | undefined): RawTensor | undefined =>
  tensor && { shape: tensor.shape, bytes: new Uint8Array(tensor.bytes.length) };
