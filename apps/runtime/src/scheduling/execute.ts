import { joinTensors, splitTensors } from '../instances/batch-tensors.ts';
import type { RawTensor } from '../instances/frames.ts';
import { type Instance, InstanceGone, type Ran } from '../instances/instance.ts';
import type { ServedModel } from '../models/served-model.ts';
import { leastNs } from '../models/service-time.ts';
import { Refused } from '../server/refused.ts';
import { idOf, type Job } from './job.ts';
import type { ComputeTimes, FailureReason, Statistics } from './statistics.ts';

/** Where a model's counts go. */
export type Counted = { readonly model: ServedModel; readonly statistics: Statistics };

/** Runs one batch on an instance and answers each job of it. Never throws: what fails is answered. */
export async function execute({ model, statistics }: Counted, instance: Instance, jobs: readonly Job[]): Promise<void> {
  const dispatchedMs = performance.now();
  statistics.pending -= jobs.length;
  try {
    const rows = jobs.reduce((sum, { size }) => sum + size, 0);
    const inputs = joinTensors(
      jobs.map(({ tensors }) => tensors),
      model,
    );
    const ran = await instance.run(inputs, leastNs(model.service, rows));
    answerAll({ model, statistics }, jobs, ran, dispatchedMs);
  } catch (thrown) {
    const refused = new Refused('Internal', failureOf(instance, thrown));
    for (const job of jobs) failJob(statistics, job, refused, 'BACKEND', spentSince(dispatchedMs));
  }
}

export function failureOf(instance: Instance, thrown: unknown): string {
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  return thrown instanceof InstanceGone
    ? `Failed to process the request(s) for model instance '${instance.name}', message: its process ${words}`
    : `onnx runtime error: ${words}`;
}

export function failJob(statistics: Statistics, job: Job, refused: Refused, reason: FailureReason, spent?: ComputeTimes): void {
  statistics.failed(reason, (performance.now() - job.startedMs) * 1e6);
  job.fail(refused, reason, spent);
}

/** Of a computation that failed nobody tells more than how long it took. */
export const spentSince = (dispatchedMs: number): ComputeTimes => ({
  inputNs: 0,
  inferNs: (performance.now() - dispatchedMs) * 1e6,
  outputNs: 0,
});

function answerAll({ model, statistics }: Counted, jobs: readonly Job[], { outputs, timings }: Ran, dispatchedMs: number): void {
  const parts = splitTensors(outputs.map(withDims(model)), model.outputs, jobs, model.batchMax > 0);
  const rows = jobs.reduce((sum, { size }) => sum + size, 0);
  const { compute, doneMs } = countExecution(statistics, { timings, dispatchedMs, rows, inferences: rows });
  for (const [index, job] of jobs.entries()) {
    const part = parts[index] ?? [];
    if (typeof part === 'string') failJob(statistics, job, notSplit(job, part), 'BACKEND', compute);
    else {
      statistics.succeeded({ ...compute, totalNs: (doneMs - job.startedMs) * 1e6, queueNs: (dispatchedMs - job.sinceMs) * 1e6 });
      job.succeed(reshaped(part, model), compute);
    }
  }
}

/** In the backend's words: the model gave too few rows. */
export const notSplit = ({ request }: Job, words: string): Refused => new Refused('Unsupported', `${idOf(request)}${words}`);

/** A scalar has the dims that the configuration gives it. */
export const withDims =
  ({ outputs }: Pick<ServedModel, 'outputs'>) =>
  (output: RawTensor, index: number): RawTensor => {
    if (output.shape.length > 0) return output;
    const dims = outputs[index]?.modelDims ?? [];
    return { ...output, shape: dims.length > 0 ? dims : [1] };
  };

/** One run of an instance. Rows that nobody asked for count for its batch alone. */
type Execution = {
  readonly timings: Ran['timings'];
  readonly dispatchedMs: number;
  readonly rows: number;
  readonly inferences: number;
};

/** What the child did not spend on running or on writing answers was spent on inputs. */
export function countExecution(statistics: Statistics, { timings, dispatchedMs, rows, inferences }: Execution) {
  const doneMs = performance.now();
  const { inferNs, outputNs } = timings;
  const compute = { inferNs, outputNs, inputNs: Math.max(0, (doneMs - dispatchedMs) * 1e6 - inferNs - outputNs) };
  statistics.executed({ rows, inferences }, compute, Date.now());
  return { compute, doneMs };
}

/** As clients see the outputs: where the configuration reshapes, the model gives other dims. */
export function reshaped(outputs: readonly RawTensor[], model: ServedModel): readonly RawTensor[] {
  if (model.outputs.every(({ dims, modelDims }) => dims === modelDims)) return outputs;
  return outputs.map((output, index) => {
    const spec = model.outputs[index];
    if (!spec || spec.dims === spec.modelDims) return output;
    const batch = model.batchMax > 0 ? output.shape.slice(0, 1) : [];
    return { ...output, shape: [...batch, ...mapDims(output.shape.slice(batch.length), spec.modelDims, spec.dims)] };
  });
}

/** A size that is open on both sides keeps its value: the first open one here is the first open one there. */
export function mapDims(shape: readonly number[], from: readonly number[], to: readonly number[]): number[] {
  const open = shape.filter((_, index) => from[index] === -1);
  return to.map((dim) => (dim === -1 ? (open.shift() ?? -1) : dim));
}
