import type { Datatype } from '#core/kserve/tensor.ts';
import type { Int64Json, ModelConfigJson } from '#core/pbtxt/model-config.ts';
import type { Batching } from './batcher.ts';
import { datatypeOfConfig } from './datatypes.ts';
import { LoadFailure } from './load-failure.ts';

/** A tensor as the configuration promises it: without the batch dimension; -1 is any size. */
export type TensorSpec = { readonly name: string; readonly datatype: Datatype; readonly dims: readonly number[] };

/** What of a configuration this runtime goes by. */
export type ServedModel = {
  readonly name: string;
  readonly platform: string;
  /** 0: the model knows no batch dimension. */
  readonly batchMax: number;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly fileName: string;
  readonly threads: number;
  /** Names of the instances, as Triton forms them. */
  readonly instances: readonly string[];
  readonly batching: Batching;
  readonly queue: QueuePolicy;
};

/** `timeoutMs` 0: a request waits as long as it takes, and asks for no less. */
export type QueuePolicy = { readonly sizeMax: number; readonly timeoutMs: number; readonly allowsShorter: boolean };

/** Triton has no bound where none is written. We keep one that no test reaches, because every queue has one. */
const queueSizeMax = 100_000;

/** Reads a normal form. Throws a LoadFailure for what this runtime cannot do: better not loaded than served in another way than asked. */
export function servedModel(config: ModelConfigJson): ServedModel {
  const name = config.name ?? '';
  for (const [says, isUsed] of unsupported)
    if (isUsed(config)) throw new LoadFailure('Unsupported', `conch-embedded does not do ${says}, which model '${name}' asks for`);
  if (config.backend !== 'onnxruntime') {
    throw new LoadFailure(
      'Invalid argument',
      `unable to find backend library for backend '${config.backend ?? ''}', try specifying runtime on the model configuration.`,
    );
  }
  const batchMax = config.max_batch_size ?? 0;
  const dynamic = config.dynamic_batching;
  const policy = dynamic?.default_queue_policy;
  const threads = Number(config.parameters?.intra_op_thread_count?.string_value ?? 1);
  return {
    name,
    platform: config.platform ?? config.backend,
    batchMax,
    inputs: (config.input ?? []).map(tensorSpec),
    outputs: (config.output ?? []).map(tensorSpec),
    fileName: config.default_model_filename ?? 'model.onnx',
    threads: Number.isInteger(threads) && threads > 0 ? threads : 1,
    instances: (config.instance_group ?? []).flatMap(({ name: group = name, kind, count = 1 }) => {
      if (kind === 'KIND_GPU')
        throw new LoadFailure('Invalid argument', `instance group ${group} of model ${name} has kind KIND_GPU but no GPUs are available`);
      return Array.from({ length: count }, (_, index) => `${group}_${index}`);
    }),
    batching:
      dynamic && batchMax > 0
        ? {
            sizeMax: batchMax,
            preferred: dynamic.preferred_batch_size ?? [],
            delayMs: Number(dynamic.max_queue_delay_microseconds ?? 0) / 1000,
          }
        : 'one-by-one',
    queue: {
      sizeMax: policy?.max_queue_size || queueSizeMax,
      timeoutMs: Number(policy?.default_timeout_microseconds ?? 0) / 1000,
      allowsShorter: policy?.allow_timeout_override ?? false,
    },
  };
}

const unsupported: readonly (readonly [string, (config: ModelConfigJson) => boolean])[] = [
  ['ensembles', ({ platform, ensemble_scheduling }) => platform === 'ensemble' || ensemble_scheduling !== undefined],
  ['sequence batching', ({ sequence_batching }) => sequence_batching !== undefined],
  ['decoupled transactions', ({ model_transaction_policy }) => model_transaction_policy?.decoupled === true],
  ['response caching', ({ response_cache }) => response_cache?.enable === true],
  ['warm-up by model_warmup', ({ model_warmup = [] }) => model_warmup.length > 0],
  ['priority levels', ({ dynamic_batching }) => Number(dynamic_batching?.priority_levels ?? 0) > 0],
  ['delaying what timed out', ({ dynamic_batching }) => dynamic_batching?.default_queue_policy?.timeout_action === 'DELAY'],
  [
    'ragged batches',
    ({ input = [], batch_input = [], batch_output = [] }) =>
      batch_input.length + batch_output.length > 0 || input.some((tensor) => tensor.allow_ragged_batch),
  ],
  ['optional inputs', ({ input = [] }) => input.some((tensor) => tensor.optional)],
  ['reshapes', ({ input = [], output = [] }) => [...input, ...output].some((tensor) => tensor.reshape !== undefined)],
  ['execution accelerators', ({ optimization }) => (optimization?.execution_accelerators?.cpu_execution_accelerator ?? []).length > 0],
  ['custom operator libraries', ({ model_operations }) => (model_operations?.op_library_filename ?? []).length > 0],
];

function tensorSpec({
  name,
  data_type,
  dims = [],
}: {
  readonly name?: string;
  readonly data_type?: string;
  readonly dims?: readonly Int64Json[];
}): TensorSpec {
  const datatype = datatypeOfConfig(data_type);
  if (!name || !datatype || dims.length === 0)
    throw new LoadFailure('Invalid argument', `tensor '${name ?? ''}' must specify 'name', 'data_type' and 'dims'`);
  return { name, datatype, dims: dims.map(Number) };
}

/** The shape that a request or the model file has to have: the batch dimension comes first. */
export function fullShape({ batchMax }: ServedModel, { dims }: TensorSpec): number[] {
  return batchMax > 0 ? [-1, ...dims] : [...dims];
}
