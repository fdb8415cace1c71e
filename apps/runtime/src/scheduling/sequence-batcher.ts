import type { Job } from './job.ts';
import type { Slot } from './sequences.ts';

/** One row of a batch: a request of a sequence, or nothing, where a slot in between has none. */
export type Row = { readonly slot: Slot; readonly job: Job } | 'empty';

/** Says which requests of the sequences at one instance share a batch, and in what order they run. */
export type SequenceBatcher = {
  /** Something has come to a slot, or its sequence is over. */
  advance(slot: Slot): void;
  /** Whether what has just come is looked at now. */
  readonly isAttentive: boolean;
  /** Forms what can be batched now. Gives how long it is worth waiting for more: milliseconds. */
  form(nowMs: number): number;
  readonly isAnyFormed: boolean;
  /** What the instance, which is free, is to run next; nothing where all of it was cancelled. */
  take(): readonly Row[];
  /** Nothing that was taken from the slots is still to run, or runs. */
  readonly isIdle: boolean;
  /** What was taken has run. */
  ran(rows: readonly Row[]): void;
  /** Gives all that was taken from the slots and is not with the instance. */
  clear(): readonly Job[];
};
