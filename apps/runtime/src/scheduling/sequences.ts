import { Refused } from '../server/refused.ts';
import type { Job } from './job.ts';
import type { States } from './sequence-tensors.ts';

/** One sequence: its requests in their order, what the server keeps for it between them, and where it sits. */
export type Sequence = {
  readonly id: bigint | string;
  readonly jobs: Job[];
  states: States;
  /** The place that it holds at an instance; none while all are taken. */
  slot: Slot | undefined;
  /** Its last request has come: the next one of this id has to start anew. */
  isClosed: boolean;
  isRunning: boolean;
  idleSinceMs: number;
};

export type Slot = { readonly instance: string; readonly index: number };

/** The sequences of one model: which sits where, and which wait for a place. */
export class Sequences {
  readonly #model: string;
  readonly initial: States;
  readonly #free: Slot[];
  /** By id; a number and a text of the same digits are two. */
  readonly #open = new Map<bigint | string, Sequence>();
  readonly #all = new Set<Sequence>();
  readonly #backlog: Sequence[] = [];

  constructor(model: string, initial: States, slots: readonly Slot[]) {
    this.#model = model;
    this.initial = initial;
    this.#free = [...slots];
  }

  get all(): Iterable<Sequence> {
    return this.#all;
  }

  get waiting(): number {
    let count = 0;
    for (const { jobs } of this.#all) count += jobs.length;
    return count;
  }

  /** Throws Refused in Triton's words when the job belongs nowhere. */
  add(job: Job): void {
    const { request } = job;
    this.#require(job);
    const { id, isStart, isEnd } = request.sequence;
    const known = this.#open.get(id);
    if (!known && !isStart) {
      throw new Refused(
        'Invalid argument',
        `inference request for sequence ${id} to model '${this.#model}' must specify the START flag on the first request of the sequence`,
      );
    }
    const sequence = known ?? this.#begin(id);
    sequence.jobs.push(job);
    if (isEnd) {
      sequence.isClosed = true;
      this.#open.delete(id);
    }
  }

  /** What a request that starts anew finds: nothing of what was before it. */
  restart(sequence: Sequence): void {
    sequence.states = this.initial;
  }

  /** It has ended, or nobody went on with it: its place goes to whoever waits longest. */
  end(sequence: Sequence): void {
    if (this.#open.get(sequence.id) === sequence) this.#open.delete(sequence.id);
    this.#all.delete(sequence);
    const waits = this.#backlog.indexOf(sequence);
    if (waits >= 0) this.#backlog.splice(waits, 1);
    const { slot } = sequence;
    if (!slot) return;
    const next = this.#backlog.shift();
    if (next) next.slot = slot;
    else this.#free.push(slot);
  }

  #begin(id: bigint | string): Sequence {
    const sequence: Sequence = {
      id,
      jobs: [],
      states: this.initial,
      slot: this.#free.shift(),
      isClosed: false,
      isRunning: false,
      idleSinceMs: performance.now(),
    };
    if (!sequence.slot) this.#backlog.push(sequence);
    this.#open.set(id, sequence);
    this.#all.add(sequence);
    return sequence;
  }

  #require({ request, size }: Job): void {
    const { id } = request.sequence;
    if (size !== 1) {
      throw new Refused(
        'Invalid argument',
        `inference request to model '${this.#model}' must specify batch-size 1 due to requirements of sequence batcher`,
      );
    }
    if (id === 0n || id === '') {
      throw new Refused(
        'Invalid argument',
        `inference request to model '${this.#model}' must specify a non-zero or non-empty correlation ID`,
      );
    }
  }
}
