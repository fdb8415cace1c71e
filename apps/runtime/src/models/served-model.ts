import type { Datatype } from '#core/kserve/tensor.ts';
import type { BatchTensorJson, InstanceGroupJson, Int64Json, ModelConfigJson } from '#core/pbtxt/model-config.ts';
import { datatypeOfConfig } from '../datatypes.ts';
import { type Batching, oneByOne } from '../scheduling/batcher.ts';
import { type QueuePolicies, queuePolicies } from '../scheduling/queue-policy.ts';
import { LoadFailure } from './load-failure.ts';
import type { ModelId } from './model-id.ts';
import { type SequenceSpec, sequenceSpec } from './sequence-spec.ts';
import { type ServiceTime, serviceTimeOf } from './service-time.ts';

/**
 * A tensor as the configuration promises it: without the batch dimension; -1 is any size. `dims` is what clients see, `modelDims` what the
 * model file has: they differ where the configuration reshapes.
 */
export type TensorSpec = {
  readonly name: string;
  readonly datatype: Datatype;
  readonly dims: readonly number[];
  readonly modelDims: readonly number[];
};

export type InputSpec = TensorSpec & {
  readonly isOptional: boolean;
  /** Requests of different shapes share a batch, one value behind the other. */
  readonly isRagged: boolean;
};

export type OutputSpec = TensorSpec & {
  /** Below the model's folder; '' for none. */
  readonly labelFile: string;
  /** The index of the input whose shape each request's part of this output takes, value behind value; undefined where it has rows. */
  readonly scatteredBy: number | undefined;
};

/** Inputs that say of a batch what its requests had of another input. */
export type BatchInputSpec = {
  readonly kind: string;
  readonly names: readonly string[];
  readonly datatype: 'FP32' | 'INT32';
  /** The index of that input. */
  readonly source: number;
};

export type InstanceSpec = {
  /** As Triton forms it: the group's, and a number. */
  readonly name: string;
  /** What the rate limiter has to have free before it runs. */
  readonly resources: readonly { readonly name: string; readonly isGlobal: boolean; readonly count: number }[];
  readonly priority: number;
};

/** What of a configuration this runtime goes by. */
export type ServedModel = {
  readonly name: string;
  readonly platform: string;
  /** 0: the model knows no batch dimension. */
  readonly batchMax: number;
  readonly inputs: readonly InputSpec[];
  readonly outputs: readonly OutputSpec[];
  readonly batchInputs: readonly BatchInputSpec[];
  readonly fileName: string;
  readonly threads: number;
  readonly service: ServiceTime;
  readonly instances: readonly InstanceSpec[];
  readonly batching: Batching;
  readonly queues: QueuePolicies;
  readonly keepsOrder: boolean;
  readonly isDecoupled: boolean;
  readonly usesCache: boolean;
  readonly sequence: SequenceSpec | 'none';
  readonly steps: readonly EnsembleStep[];
};

export type EnsembleStep = {
  readonly model: ModelId;
  /** '' is the newest. */
  readonly version: string;
  /** From the step's tensor to the ensemble's. */
  readonly inputs: ReadonlyMap<string, string>;
  readonly outputs: ReadonlyMap<string, string>;
};

/** Reads a normal form. Throws a LoadFailure for what this runtime cannot do: better not loaded than served in another way than asked. */
export function servedModel(config: ModelConfigJson): ServedModel {
  const name = config.name ?? '';
  for (const [says, isUsed] of unsupported)
    if (isUsed(config)) throw new LoadFailure('Unsupported', `conch-embedded does not do ${says}, which model '${name}' asks for`);
  const isEnsemble = config.ensemble_scheduling !== undefined;
  if (!isEnsemble && config.backend !== 'onnxruntime') throw noBackend(name, config.backend ?? '');
  const batchMax = config.max_batch_size ?? 0;
  const threads = Number(config.parameters?.intra_op_thread_count?.string_value ?? 1);
  return {
    name,
    platform: config.platform ?? config.backend ?? '',
    batchMax,
    inputs: (config.input ?? []).map((input) => ({
      ...tensorSpec(input),
      isOptional: input.optional ?? false,
      isRagged: input.allow_ragged_batch ?? false,
    })),
    outputs: (config.output ?? []).map((output) => ({
      ...tensorSpec(output),
      labelFile: output.label_filename ?? '',
      scatteredBy: scatteredBy(config, output.name ?? ''),
    })),
    batchInputs: (config.batch_input ?? []).map((added) => ({
      kind: added.kind ?? 'BATCH_ELEMENT_COUNT',
      names: added.target_name ?? [],
      datatype: added.data_type === 'TYPE_FP32' ? 'FP32' : 'INT32',
      source: inputIndex(config, added),
    })),
    fileName: config.default_model_filename ?? 'model.onnx',
    threads: Number.isInteger(threads) && threads > 0 ? threads : 1,
    service: serviceTimeOf(config),
    instances: isEnsemble ? [] : (config.instance_group ?? []).flatMap((group) => instancesOf(name, group)),
    batching: batchingOf(config, batchMax),
    queues: queuePolicies(config.dynamic_batching),
    keepsOrder: config.dynamic_batching?.preserve_ordering ?? false,
    isDecoupled: config.model_transaction_policy?.decoupled ?? false,
    usesCache: config.response_cache?.enable ?? false,
    sequence: config.sequence_batching ? sequenceSpec(config.sequence_batching, batchMax) : 'none',
    steps: (config.ensemble_scheduling?.step ?? []).map((step) => ({
      model: { namespace: step.model_namespace ?? '', name: step.model_name ?? '' },
      version: Number(step.model_version ?? 0) > 0 ? String(step.model_version) : '',
      inputs: new Map(Object.entries(step.input_map ?? {})),
      outputs: new Map(Object.entries(step.output_map ?? {})),
    })),
  };
}

/** Triton's words first, since people search for them; then what to do. */
const noBackend = (model: string, backend: string): LoadFailure =>
  new LoadFailure(
    'Invalid argument',
    `unable to find backend library for backend '${backend}', try specifying runtime on the model configuration. ` +
      `(conch-embedded runs ONNX models and ensembles of them; for model '${model}' use the runtime tritonserver: conch runtime list)`,
  );

function batchingOf({ dynamic_batching: dynamic }: ModelConfigJson, batchMax: number): Batching {
  if (!dynamic || batchMax === 0) return oneByOne;
  return {
    sizeMax: batchMax,
    preferred: dynamic.preferred_batch_size ?? [],
    delayMs: Number(dynamic.max_queue_delay_microseconds ?? 0) / 1000,
  };
}

function instancesOf(
  model: string,
  { name: group = model, kind, count = 1, rate_limiter: limit, passive }: InstanceGroupJson,
): InstanceSpec[] {
  if (kind === 'KIND_GPU')
    throw new LoadFailure('Invalid argument', `instance group ${group} of model ${model} has kind KIND_GPU but no GPUs are available`);
  if (passive) return [];
  const resources = (limit?.resources ?? []).map(({ name = '', global: isGlobal = false, count: needed = 1 }) => ({
    name,
    isGlobal,
    count: needed,
  }));
  return Array.from({ length: count }, (_, index) => ({
    name: `${group}_${index}`,
    resources,
    priority: Math.max(1, limit?.priority ?? 1),
  }));
}

const unsupported: readonly (readonly [string, (config: ModelConfigJson) => boolean])[] = [
  [
    'growable or shared state buffers',
    ({ sequence_batching: sequence }) => (sequence?.state ?? []).some((state) => state.use_growable_memory),
  ],
  ['iterative sequences', ({ sequence_batching: sequence }) => sequence?.iterative_sequence === true],
  ['ragged batches of sequences', (config) => config.sequence_batching !== undefined && isRagged(config)],
  ['execution accelerators', ({ optimization }) => (optimization?.execution_accelerators?.cpu_execution_accelerator ?? []).length > 0],
  ['custom operator libraries', ({ model_operations }) => (model_operations?.op_library_filename ?? []).length > 0],
];

const isRagged = ({ input = [], batch_input = [], batch_output = [] }: ModelConfigJson): boolean =>
  batch_input.length + batch_output.length > 0 || input.some((tensor) => tensor.allow_ragged_batch);

function scatteredBy(config: ModelConfigJson, output: string): number | undefined {
  const scattered = config.batch_output?.find(({ target_name: targets = [] }) => targets.includes(output));
  return scattered && inputIndex(config, scattered);
}

const inputIndex = ({ input = [] }: ModelConfigJson, { source_input: [source] = [] }: BatchTensorJson): number =>
  input.findIndex(({ name }) => name === source);

function tensorSpec(tensor: {
  readonly name?: string;
  readonly data_type?: string;
  readonly dims?: readonly Int64Json[];
  readonly reshape?: { readonly shape?: readonly Int64Json[] };
}): TensorSpec {
  const { name = '', data_type, dims = [], reshape } = tensor;
  const datatype = datatypeOfConfig(data_type);
  if (name === '' || !datatype || dims.length === 0)
    throw new LoadFailure('Invalid argument', `tensor '${name}' must specify 'name', 'data_type' and 'dims'`);
  const clientDims = dims.map(Number);
  return { name, datatype, dims: clientDims, modelDims: reshape ? (reshape.shape ?? []).map(Number) : clientDims };
}

/** The shape that a request has to have: the batch dimension comes first. */
export function fullShape({ batchMax }: Pick<ServedModel, 'batchMax'>, { dims }: Pick<TensorSpec, 'dims'>): number[] {
  return batchMax > 0 ? [-1, ...dims] : [...dims];
}
