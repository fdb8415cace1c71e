import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { wordsOf } from '#core/base/fault.ts';
import type { ModelConfigJson, WarmupJson } from '#core/pbtxt/model-config.ts';
import { datatypeNames, datatypeOfConfig } from '../datatypes.ts';
import type { RawTensor } from '../instances/frames.ts';
import type { Instance } from '../instances/instance.ts';
import { joinTensors } from '../instances/batch-tensors.ts';
import type { Session } from '../instances/session.ts';
import { LoadFailure } from './load-failure.ts';
import type { ServedModel } from './served-model.ts';
import { leastNs } from './service-time.ts';

type SampleInput = NonNullable<WarmupJson['inputs']>[string];

/** What runs the configuration's warm-up samples on an instance before it serves. A sample that fails fails the load. */
export function warmUpWith(
  config: ModelConfigJson,
  session: Session,
  model: ServedModel,
  folder: string,
): (instance: Instance) => Promise<void> {
  // A sample of no rows is skipped, and so Triton checks nothing of it.
  const samples = (config.model_warmup ?? [])
    .filter(({ batch_size: rows = 0 }) => rows > 0)
    .map((sample) => ({
      name: sample.name ?? '',
      count: Math.max(1, Number(sample.count ?? 1)),
      rows: model.batchMax > 0 ? (sample.batch_size ?? 0) : 1,
      tensors: () => joinTensors([tensorsOf(sample, session, model, folder)], model),
    }));
  return async (instance) => {
    for (const { name, count, rows, tensors } of samples) {
      try {
        const made = tensors();
        for (let run = 0; run < count; run += 1) await instance.run(made, leastNs(model.service, rows));
      } catch (thrown) {
        const words = thrown instanceof LoadFailure ? thrown.message : `onnx runtime error: ${wordsOf(thrown)}`;
        throw new LoadFailure('Internal', `failed to run warmup sample '${name}': ${words};`);
      }
    }
  };
}

function tensorsOf(
  { batch_size = 0, inputs = {} }: WarmupJson,
  session: Session,
  { batchInputs }: ServedModel,
  folder: string,
): (RawTensor | undefined)[] {
  const made = new Set(batchInputs.flatMap(({ names }) => names));
  const given = session.inputs.filter(({ name }) => !made.has(name));
  return given.map(({ name }) => {
    const input = inputs[name];
    return input ? tensorOf(input, session.batchMax > 0 ? batch_size : 0, folder) : undefined;
  });
}

function tensorOf(input: SampleInput, rows: number, folder: string): RawTensor {
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
  if (rows === 0) return { shape: dims, bytes: one };
  return { shape: [rows, ...dims], bytes: Buffer.concat(Array.from({ length: rows }, () => one)) };
}

function randomOf(isBoolean: boolean, bytes: number): Uint8Array {
  const random = randomBytes(bytes);
  return isBoolean ? random.map((byte) => byte & 1) : random;
}
