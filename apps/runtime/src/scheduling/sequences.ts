import { Refused } from '../server/refused.ts';
import type { Job } from './job.ts';
import type { States } from './sequence-tensors.ts';

/** One sequence: its requests in their order, and where it sits. */
export type Sequence = {
  readonly id: bigint | string;
  readonly jobs: Job[];
  /** The slot that it holds at an instance; none while all are taken. */
  slot: Slot | undefined;
  /** Its last request has come, or no other came in time: the next one of this id has to start anew. */
  isClosed: boolean;
  /** By performance.now(): when its latest request came, and until when it may wait for a slot. */
  lastMs: number;
  expiresMs: number;
};

export type Place = { readonly instance: string; readonly index: number };

/** A place at an instance, with what the server keeps there between the requests of a sequence. */
export type Slot = Place & { sequence: Sequence | undefined; states: States };

type Setting = {
  readonly model: string;
  readonly initial: States;
  readonly idleMs: number;
  /** Told of each request that ends because it, or one of its sequence, was cancelled. */
  readonly cancel: (job: Job) => void;
};

/** The sequences of one model: which sits where, which wait for a slot, and when nobody waits for them any more. */
export class Sequences {
  readonly initial: States;
  /** The first free one of them is given to a sequence that starts. */
  slots: readonly Slot[] = [];
  readonly #model: string;
  readonly #idleMs: number;
  readonly #cancel: (job: Job) => void;
  /** By id, whose latest request is the oldest first; a number and a text of the same digits are two. */
  readonly #open = new Map<bigint | string, Sequence>();
  #backlog: Sequence[] = [];
  /** Instances whose slots no other sequence gets. */
  readonly #closed = new Set<string>();

  constructor({ model, initial, idleMs, cancel }: Setting) {
    this.#model = model;
    this.initial = initial;
    this.#idleMs = idleMs;
    this.#cancel = cancel;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** The lowest rows of all instances come first, as each of them runs all rows up to the highest that it uses. */
  addSlots(places: readonly Place[]): void {
    const added = places.map((place) => ({ ...place, sequence: undefined, states: this.initial }));
    // The name of one that has gone may come again.
    for (const { instance } of places) this.#closed.delete(instance);
    this.slots = [...this.slots, ...added].sort((a, b) => a.index - b.index);
  }

  /** Its sequences go on there to their end. */
  close(instance: string): void {
    this.#closed.add(instance);
    this.#dropClosed();
  }

  /** Throws Refused in Triton's words when the job belongs nowhere. `isConflict`: it starts anew what has not ended. */
  add(job: Job, nowMs: number): { readonly slot: Slot | undefined; readonly isConflict: boolean } {
    this.#require(job);
    const { id, isStart, isEnd } = job.request.sequence;
    const known = this.#open.get(id);
    const sequence = known ?? this.#begin(id);
    sequence.jobs.push(job);
    sequence.lastMs = nowMs;
    const timeoutMs = Number(job.request.timeoutUs) / 1000;
    if (timeoutMs > 0) sequence.expiresMs = Math.min(sequence.expiresMs, nowMs + timeoutMs);
    this.#open.delete(id);
    if (isEnd) sequence.isClosed = true;
    else this.#open.set(id, sequence);
    return { slot: sequence.slot, isConflict: isStart && known !== undefined };
  }

  /** The next request in a slot. One whose sequence is over goes to the next sequence first, and so does one whose next request was cancelled. */
  nextOf(slot: Slot): Job | undefined {
    const { sequence } = slot;
    if (sequence && isOver(sequence)) this.#release(slot);
    return slot.sequence?.jobs[0];
  }

  /** Takes that request out. Behind the last one of a sequence the slot is another's at once, though that one is still to run. */
  takeFrom(slot: Slot): Job {
    const job = slot.sequence?.jobs.shift();
    if (!job) throw new Error(`nothing waits in slot ${slot.index} of ${slot.instance}`);
    if (job.request.sequence.isStart) slot.states = this.initial;
    if (job.request.sequence.isEnd) this.#release(slot);
    return job;
  }

  /** Closes those in slots that nobody has gone on with. Gives their slots. */
  endIdle(nowMs: number): readonly Slot[] {
    const slots: Slot[] = [];
    for (const [id, sequence] of this.#open) {
      if (nowMs - sequence.lastMs < this.#idleMs) break;
      // One in the backlog is looked at again when it has a slot.
      if (!sequence.slot) continue;
      sequence.isClosed = true;
      this.#open.delete(id);
      slots.push(sequence.slot);
    }
    return slots;
  }

  /** Forgets those that have waited too long for a slot. Gives their requests. */
  expire(nowMs: number): readonly Job[] {
    const late = this.#backlog.filter(({ expiresMs }) => expiresMs <= nowMs);
    if (late.length === 0) return [];
    this.#backlog = this.#backlog.filter((sequence) => !late.includes(sequence));
    return late.flatMap((sequence) => this.#forget(sequence));
  }

  /** When the next one may be idle, or late. */
  nextChangeMs(): number {
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const { slot, lastMs } of this.#open.values()) {
      if (!slot) continue;
      soonestMs = lastMs + this.#idleMs;
      break;
    }
    for (const { expiresMs } of this.#backlog) soonestMs = Math.min(soonestMs, expiresMs);
    return soonestMs;
  }

  /** Forgets all of them. Gives the requests that waited. */
  clear(): readonly Job[] {
    const seated = this.slots.flatMap(({ sequence }) => sequence ?? []);
    for (const slot of this.slots) slot.sequence = undefined;
    this.#dropClosed();
    return [...seated, ...this.#backlog.splice(0)].flatMap((sequence) => this.#forget(sequence));
  }

  /** To whoever has waited longest, and of whose requests none was cancelled. */
  #release(slot: Slot): void {
    const { sequence } = slot;
    slot.sequence = undefined;
    if (sequence) this.#cancelAll(sequence);
    if (this.#closed.has(slot.instance)) return this.#dropClosed();
    for (let next = this.#backlog.shift(); next; next = this.#backlog.shift()) {
      if (!next.jobs.some((job) => job.isCancelled())) {
        next.slot = slot;
        slot.sequence = next;
        return;
      }
      this.#cancelAll(next);
    }
  }

  #dropClosed(): void {
    this.slots = this.slots.filter(({ instance, sequence }) => sequence || !this.#closed.has(instance));
  }

  #cancelAll(sequence: Sequence): void {
    for (const job of this.#forget(sequence)) this.#cancel(job);
  }

  #forget(sequence: Sequence): readonly Job[] {
    if (this.#open.get(sequence.id) === sequence) this.#open.delete(sequence.id);
    return sequence.jobs.splice(0);
  }

  #begin(id: bigint | string): Sequence {
    const slot = this.slots.find(({ sequence }) => !sequence);
    const sequence: Sequence = { id, jobs: [], slot, isClosed: false, lastMs: 0, expiresMs: Number.POSITIVE_INFINITY };
    if (slot) slot.sequence = sequence;
    else this.#backlog.push(sequence);
    return sequence;
  }

  #require({ request, size }: Job): void {
    const { id, isStart } = request.sequence;
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
    if (!isStart && !this.#open.has(id)) {
      throw new Refused(
        'Invalid argument',
        `inference request for sequence ${id} to model '${this.#model}' must specify the START flag on the first request of the sequence`,
      );
    }
  }
}

const isOver = ({ jobs: [next], isClosed }: Sequence): boolean => (next ? next.isCancelled() : isClosed);
