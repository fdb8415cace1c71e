import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { wordsOf } from '#core/base/fault.ts';
import type { ModelConfigJson, WarmupJson } from '#core/pbtxt/model-config.ts';
import { datatypeNames, datatypeOfConfig } from '../datatypes.ts';
import type { RawTensor } from '../instances/frames.ts';
import type { Instance, Ran } from '../instances/instance.ts';
import { joinTensors } from '../instances/batch-tensors.ts';
import type { Session } from '../instances/session.ts';
import { countExecution, mapDims } from '../scheduling/execute.ts';
import type { Statistics } from '../scheduling/statistics.ts';
import { LoadFailure } from './load-failure.ts';
import type { ServedModel } from './served-model.ts';
import { leastNs } from './service-time.ts';

type SampleInput = NonNullable<WarmupJson['inputs']>[string];

/** What runs the configuration's warm-up samples on an instance before it serves. A sample that fails fails the load, each row for itself. */
export function warmUpWith(
  config: ModelConfigJson,
  session: Session,
  model: ServedModel,
  folder: string,
): (instance: Instance, statistics: Statistics | 'uncounted') => Promise<void> {
  // A sample of no rows is skipped, and so Triton checks nothing of it.
  const samples = (config.model_warmup ?? [])
    .filter(({ batch_size: rows = 0 }) => rows > 0)
    .map((sample) => ({
      name: sample.name ?? '',
      count: Math.max(1, Number(sample.count ?? 1)),
      rows: sample.batch_size ?? 0,
      tensors: () => joinTensors([tensorsOf(sample, session, model, folder)], model),
    }));
  const rowsMax = Math.max(1, model.batchMax);
  return async (instance, statistics) => {
    for (const { name, count, rows, tensors } of samples) {
      try {
        if (rows > rowsMax) throw new BadSample(`batch size ${rows} for '${instance.name}', max allowed is ${model.batchMax}`);
        const made = tensors();
        for (let run = 0; run < count; run += 1) {
          const beganMs = performance.now();
          const { timings } = await instance.run(made, leastNs(model.service, rows));
          if (statistics !== 'uncounted') countSample(statistics, rows, timings, beganMs);
        }
      } catch (thrown) {
        const words = thrown instanceof BadSample ? thrown.message : `onnx runtime error: ${wordsOf(thrown)}`;
        throw new LoadFailure('Invalid argument', `failed to run warmup sample '${name}': ${`${words}; `.repeat(rows)}`);
      }
    }
  };
}

/** It says itself what is wrong with it, before anything runs. */
class BadSample extends Error {}

/** To Triton each row is a request. */
function countSample(statistics: Statistics, rows: number, timings: Ran['timings'], beganMs: number): void {
  const { compute, doneMs } = countExecution(statistics, { timings, dispatchedMs: beganMs, rows, inferences: rows });
  for (let row = 0; row < rows; row += 1) statistics.succeeded({ ...compute, totalNs: (doneMs - beganMs) * 1e6, queueNs: 0 });
}

function tensorsOf(
  { batch_size = 0, inputs = {} }: WarmupJson,
  session: Session,
  { inputs: specs, batchInputs }: ServedModel,
  folder: string,
): (RawTensor | undefined)[] {
  const made = new Set(batchInputs.flatMap(({ names }) => names));
  const given = session.inputs.filter(({ name }) => !made.has(name));
  return given.map(({ name }) => {
    const input = inputs[name];
    if (!input) return undefined;
    const spec = specs.find((one) => one.name === name);
    const { shape, bytes } = tensorOf({ name, ...input }, folder);
    const dims = spec && spec.dims !== spec.modelDims ? mapDims(shape, spec.dims, spec.modelDims) : shape;
    if (session.batchMax === 0) return { shape: dims, bytes };
    return { shape: [batch_size, ...dims], bytes: Buffer.concat(Array<Uint8Array>(batch_size).fill(bytes)) };
  });
}

/** One row, without the batch dimension. */
function tensorOf(input: SampleInput & { readonly name: string }, folder: string): RawTensor {
  const dims = (input.dims ?? []).map(Number);
  const datatype = datatypeOfConfig(input.data_type) ?? 'FP32';
  const elements = dims.reduce((product, dim) => product * dim, 1);
  // An empty string has four bytes, its length.
  const bytes = elements * (datatypeNames[datatype].bytes ?? 4);
  const isText = datatype === 'BYTES';
  const one = input.input_data_file
    ? readFileSync(join(folder, 'warmup', input.input_data_file)).subarray(0, isText ? undefined : bytes)
    : input.random_data && !isText
      ? randomOf(datatype === 'BOOL', bytes)
      : new Uint8Array(bytes);
  if (isText) requireWholeStrings(input.name, one);
  return { shape: dims, bytes: one };
}

function requireWholeStrings(name: string, bytes: Uint8Array): void {
  const { buffer, byteOffset, byteLength } = bytes;
  const view = new DataView(buffer, byteOffset, byteLength);
  for (let at = 0; at + 4 <= byteLength; ) {
    const length = view.getUint32(at, true);
    at += 4;
    if (length > byteLength - at)
      throw new BadSample(
        `incomplete string data for inference input '${name}', expecting string of length ${length} but only ${byteLength - at} bytes available`,
      );
    at += length;
  }
}

function randomOf(isBoolean: boolean, bytes: number): Uint8Array {
  const random = randomBytes(bytes);
  return isBoolean ? random.map((byte) => byte & 1) : random;
}
