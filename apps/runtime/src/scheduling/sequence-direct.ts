import type { SequenceSpec } from '../models/sequence-spec.ts';
import type { Job } from './job.ts';
import type { Row, SequenceBatcher } from './sequence-batcher.ts';
import type { Sequences, Slot } from './sequences.ts';

type Direct = Extract<SequenceSpec['strategy'], { readonly is: 'direct' }>;

/** Strategy direct: a sequence keeps its row of the batch, and rows of the others that have nothing are empty. */
export class DirectBatcher implements SequenceBatcher {
  readonly isAttentive = true;
  readonly #strategy: Direct;
  readonly #sequences: Sequences;
  /** In the order of their rows. */
  readonly #slots: readonly Slot[];
  #formed: readonly Row[] = [];
  /** From when a batch is formed until it has run nobody looks at the slots. */
  #isBusy = false;

  constructor(strategy: Direct, sequences: Sequences, slots: readonly Slot[]) {
    this.#strategy = strategy;
    this.#sequences = sequences;
    this.#slots = slots;
  }

  advance(): void {}

  get isAnyFormed(): boolean {
    return this.#formed.length > 0;
  }

  get isIdle(): boolean {
    return !this.#isBusy;
  }

  form(nowMs: number): number {
    if (this.#isBusy) return Number.POSITIVE_INFINITY;
    const ready = this.#slots.flatMap((slot) => {
      const job = this.#sequences.nextOf(slot);
      return job ? [{ slot, job }] : [];
    });
    const [first] = ready;
    if (!first) return Number.POSITIVE_INFINITY;
    const { delayMs, slotUtilizationMin } = this.#strategy;
    const ageMs = nowMs - Math.min(...ready.map(({ job }) => job.sinceMs));
    if (delayMs > ageMs && ready.length / this.#slots.length < slotUtilizationMin) return delayMs - ageMs;
    // Rows of another shape wait for the next batch.
    const alike = ready.filter(({ job }) => job.shape === first.job.shape);
    const width = (alike.at(-1)?.slot.index ?? 0) + 1;
    const rows: Row[] = Array.from({ length: width }, () => 'empty');
    for (const { slot } of alike) rows[slot.index] = { slot, job: this.#sequences.takeFrom(slot) };
    this.#formed = rows;
    this.#isBusy = true;
    return Number.POSITIVE_INFINITY;
  }

  take(): readonly Row[] {
    const rows = this.#formed;
    this.#formed = [];
    return rows;
  }

  ran(): void {
    this.#isBusy = false;
  }

  clear(): readonly Job[] {
    if (this.isAnyFormed) this.#isBusy = false;
    return this.take().flatMap((row) => (row === 'empty' ? [] : row.job));
  }
}
