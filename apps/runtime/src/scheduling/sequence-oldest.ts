import type { SequenceSpec } from '../models/sequence-spec.ts';
import { Ahead } from './ahead.ts';
import { oneByOne, type Waiting } from './batcher.ts';
import { Fifo } from './fifo.ts';
import type { Job } from './job.ts';
import type { Row, SequenceBatcher } from './sequence-batcher.ts';
import type { Sequences, Slot } from './sequences.ts';

type Oldest = Extract<SequenceSpec['strategy'], { readonly is: 'oldest' }>;

/** The next request of its sequence, since when it is that. */
type Issued = Waiting & { readonly slot: Slot; readonly job: Job };

type Setting = {
  readonly strategy: Oldest;
  readonly batchMax: number;
  readonly hasOpenShapes: boolean;
  readonly sequences: Sequences;
  readonly cancel: (job: Job) => void;
};

/** Strategy oldest: of each sequence the next request, batched as the dynamic batcher does, in the order in which they became that. */
export class OldestBatcher implements SequenceBatcher {
  readonly #sequences: Sequences;
  readonly #cancel: (job: Job) => void;
  readonly #queue = new Fifo<Issued>();
  readonly #ahead: Ahead<Issued>;
  /** Those of which a request is in the queue or runs. */
  readonly #issued = new Set<Slot>();

  constructor({ strategy: { preferred, delayMs }, batchMax, hasOpenShapes, sequences, cancel }: Setting) {
    this.#sequences = sequences;
    this.#cancel = cancel;
    const batching = batchMax > 0 ? { sizeMax: batchMax, preferred, delayMs } : oneByOne;
    this.#ahead = new Ahead(batching, { instances: () => 1, hasPolicy: false, hasOpenShapes });
  }

  advance(slot: Slot): void {
    if (this.#issued.has(slot) || !this.#sequences.nextOf(slot)) return;
    const job = this.#sequences.takeFrom(slot);
    this.#issued.add(slot);
    this.#queue.add({ slot, job, size: job.size, shape: job.shape, sinceMs: performance.now() });
  }

  get isAttentive(): boolean {
    return this.#ahead.heeds(this.#queue);
  }

  get isIdle(): boolean {
    return this.#issued.size === 0;
  }

  form(): number {
    return this.#ahead.form(this.#queue);
  }

  get isAnyFormed(): boolean {
    return this.#ahead.size > 0;
  }

  /** One that was cancelled after it was issued goes alone: its sequence goes on. */
  take(): readonly Row[] {
    const taken = this.#ahead.take();
    const gone = taken.filter(({ job }) => job.isCancelled());
    for (const { job } of gone) this.#cancel(job);
    this.#finish(gone);
    return taken.filter((one) => !gone.includes(one));
  }

  ran(rows: readonly Row[]): void {
    this.#finish(rows.filter((row) => row !== 'empty'));
    // Seen on 2.51.0: what comes next after one request misses the batch that is already formed; what comes after several mostly joins it.
    if (rows.length > 1) this.form();
  }

  clear(): readonly Job[] {
    const issued = [...this.#ahead.takeAll(), ...this.#queue.take(this.#queue.size)];
    for (const { slot } of issued) this.#issued.delete(slot);
    return issued.map(({ job }) => job);
  }

  #finish(rows: readonly { readonly slot: Slot }[]): void {
    for (const { slot } of rows) {
      this.#issued.delete(slot);
      this.advance(slot);
    }
  }
}
