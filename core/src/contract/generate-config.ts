import type { DynamicBatchingJson, ModelConfigJson, ModelInputJson, WarmupJson } from '../pbtxt/model-config.ts';
import { printConfig } from '../pbtxt/print-config.ts';
import type { ArtifactFormat, Contract, TensorSpec } from './contract.ts';

/**
 * The config.pbtxt that a contract asks for, complete, so that it loads alike with auto-complete on and off; above each part a comment says
 * why it is so. `isBatching`: whether the model has a batch dimension where the contract's largest batch is 1.
 */
export function generateConfig(contract: Contract, { isBatching = contract.shapes.batch.max > 1 }: { isBatching?: boolean } = {}): string {
  const parts = [identity, batch(isBatching), tensors, versions, instances, scheduler(isBatching), warmup(isBatching), metrics];
  const made = parts.map((part) => part(contract));
  const config: ModelConfigJson = Object.assign({}, ...made.map(({ config: piece }) => piece));
  return printConfig(config, new Map(made.flatMap(({ why }) => Object.entries(why))));
}

type Part = (contract: Contract) => { config: ModelConfigJson; why: Readonly<Record<string, string>> };

const identity: Part = ({ model, artifact: { format }, runtime: { backend } }) => ({
  config: { name: model, ...(platformOf[format] ? { platform: platformOf[format] } : {}), ...(format === 'ensemble' ? {} : { backend }) },
  why: {
    name: 'The folder has this name too; Triton refuses another one.',
    backend: 'Written down, so that nothing is guessed from the files.',
  },
});

const platformOf: Readonly<Partial<Record<ArtifactFormat, string>>> = {
  onnx: 'onnxruntime_onnx',
  tensorrt: 'tensorrt_plan',
  torchscript: 'pytorch_libtorch',
  savedmodel: 'tensorflow_savedmodel',
  ensemble: 'ensemble',
};

const batch =
  (isBatching: boolean): Part =>
  ({ shapes }) => ({
    config: isBatching ? { max_batch_size: shapes.batch.max } : {},
    why: isBatching
      ? { max_batch_size: "The contract's largest batch (shapes.batch.max). The batch dimension is not written in dims." }
      : {},
  });

const tensors: Part = ({ io }) => ({
  config: {
    input: io.inputs.map(tensorOf),
    output: io.outputs.map((spec) => ({ ...tensorOf(spec), ...(spec.labels ? { label_filename: spec.labels } : {}) })),
  },
  why: { input: "The contract's inputs and outputs (io), all of them: what is left out would be completed by the backend, unseen." },
});

const tensorOf = ({ name, datatype, shape }: TensorSpec): ModelInputJson => ({
  name,
  data_type: datatype === 'BYTES' ? 'TYPE_STRING' : `TYPE_${datatype}`,
  // A scalar of each request is written as one element, and given to the model without a dimension.
  ...(shape.length === 0 ? { dims: [1], reshape: {} } : { dims: shape }),
});

const versions: Part = ({ artifact }) => {
  const numbers = [...new Set(artifact.files.map((path) => Number(path.split('/')[0])))].filter(Number.isInteger);
  return {
    config: { version_policy: { specific: { versions: numbers.length > 0 ? numbers : [1] } } },
    why: { version_policy: 'Pinned to what the contract packs (artifact.files): a folder that appears later serves nothing.' },
  };
};

const instances: Part = ({ artifact: { format }, resources: { gpu } }) => {
  if (format === 'ensemble') return { config: {}, why: {} };
  const onGpu = gpu.count > 0;
  return {
    config: { instance_group: [{ kind: onGpu ? 'KIND_GPU' : 'KIND_CPU', count: 1 }] },
    why: {
      instance_group: onGpu
        ? `On the GPU (resources.gpu.class is ${gpu.class}): one instance on each. A second one shares the GPU's memory; measure before you add it.`
        : 'On the CPU (resources.gpu.class is cpu): one instance. A second one shares the same cores; measure before you add it.',
    },
  };
};

/** Requests wait for each other for a little of the time that they may queue, and are refused before they would be late anyway. */
const scheduler =
  (isBatching: boolean): Part =>
  ({ artifact: { format }, shapes, performance }) => {
    if (!isBatching || shapes.batch.max < 2 || format === 'ensemble') return { config: {}, why: {} };
    const delayUs = Math.floor((performance.queueMs * 1000) / 10);
    const queueMax = Math.max(2 * shapes.batch.max, Math.ceil((performance.rate * performance.p99Ms) / 1000));
    const dynamic: DynamicBatchingJson = {
      max_queue_delay_microseconds: delayUs,
      default_queue_policy: {
        default_timeout_microseconds: performance.p99Ms * 1000,
        allow_timeout_override: true,
        max_queue_size: queueMax,
      },
    };
    return {
      config: { dynamic_batching: dynamic },
      why: {
        dynamic_batching: 'Requests that wait share a batch.',
        'dynamic_batching.max_queue_delay_microseconds': `A tenth of the queue objective (performance.queue is ${performance.queueMs} ms): longer waits make fuller batches and later answers.`,
        'dynamic_batching.default_queue_policy': `After ${performance.p99Ms} ms (performance.p99) an answer is late anyway: refuse (REJECT is the default) instead of serving it.`,
        'dynamic_batching.default_queue_policy.allow_timeout_override': 'A client that can wait less may say so.',
        'dynamic_batching.default_queue_policy.max_queue_size': `What arrives within the objective at the promised rate (${performance.rate}/s), and at least two full batches: overload is refused early.`,
      },
    };
  };

/** Every batch size that clients send, with zeros, so that the first of them does not pay for what is made lazily. */
const warmup =
  (isBatching: boolean): Part =>
  ({ artifact: { format }, io, shapes }) => {
    if (format === 'ensemble') return { config: {}, why: {} };
    const sizes = isBatching
      ? [...new Set([...shapes.mix.map((one) => one.batch), shapes.batch.max])].sort((one, other) => one - other)
      : [1];
    const samples = sizes.map(
      (size): WarmupJson => ({
        name: `batch of ${size}`,
        batch_size: size,
        inputs: Object.fromEntries(io.inputs.map((spec) => [spec.name, sampleOf(spec)])),
      }),
    );
    return {
      config: { model_warmup: samples },
      why: { model_warmup: 'The batch sizes that clients send (shapes.mix) and the largest; an open dimension gets size 1.' },
    };
  };

function sampleOf(spec: TensorSpec): NonNullable<WarmupJson['inputs']>[string] {
  const { data_type: type = '', dims = [] } = tensorOf(spec);
  return { data_type: type, dims: dims.map((dim) => (Number(dim) === -1 ? 1 : dim)), zero_data: true };
}

/** Edges around the objective: a histogram tells how many answers were late only where an edge is. */
const metrics: Part = ({ artifact: { format }, runtime: { triton }, performance: { p99Ms } }) => {
  if (triton < '24.11' || format === 'ensemble') return { config: {}, why: {} };
  const buckets = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2.5, 5, 10].map((share) => Number((share * p99Ms).toPrecision(3)));
  const control = { metric_identifier: { family: 'nv_inference_first_response_histogram_ms' }, histogram_options: { buckets } };
  return {
    config: { model_metrics: { metric_control: [control] } },
    why: { model_metrics: `Edges around the objective of ${p99Ms} ms, one of them on it (performance.p99).` },
  };
};
