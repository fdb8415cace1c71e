import type { RawTensor } from '../instances/frames.ts';
import type { InferRequest } from '../server/inference-server.ts';
import type { Refused } from '../server/refused.ts';
import type { ComputeTimes, FailureReason } from './statistics.ts';

/** A request that was found good: its tensors in the order of the model's inputs, reshaped as the model wants them. */
export type Job = {
  readonly request: InferRequest;
  /** An optional input that is not given has none. */
  readonly tensors: readonly (RawTensor | undefined)[];
  /** Rows; 1 for a model without a batch dimension. */
  readonly size: number;
  /** Shapes without the batch dimension and without what is ragged: only equal ones share a batch. */
  readonly shape: string;
  /** By performance.now(): when the request came, and when it was queued. */
  readonly startedMs: number;
  sinceMs: number;
  /** Whether nobody waits for the answer any more. */
  isCancelled(): boolean;
  /**
   * Either of the two, once. The outputs are in the order of the model's, and an ensemble may leave out those that nobody asked for; it adds
   * the times of its steps up.
   */
  succeed(outputs: readonly (RawTensor | undefined)[], spent: ComputeTimes): void;
  /** Its reason is as it was counted; `spent` is what was computed in vain. */
  fail(refused: Refused, reason: FailureReason, spent?: ComputeTimes): void;
};

/** Takes jobs and sees to it that each of them ends. */
export type Scheduler = {
  /** Throws Refused when the job is not taken; then it never ends by itself. */
  enqueue(job: Job): void;
  /** Requests taken and not yet answered. */
  readonly underWay: number;
  /** Those of them that Triton waits for before it stops the model: in a batch that is formed they are the instance's. */
  readonly inFlight: number;
  /** Takes no more new ones. What is under way goes on. */
  close(): void;
  /** Refuses what still waits. */
  stop(): void;
};

export const idOf = ({ id }: InferRequest): string => `[request id: ${id || '<id_unknown>'}] `;
