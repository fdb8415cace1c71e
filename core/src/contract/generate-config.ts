import type { DynamicBatchingJson, ModelConfigJson, ModelInputJson, WarmupJson } from '../pbtxt/model-config.ts';
import { printConfig } from '../pbtxt/print-config.ts';
import type { ArtifactFormat, Contract, TensorSpec } from './contract.ts';

/** How the contract's tensors lie on the model's own, which only the model file tells. */
export type ModelFit = {
  /** The model has a batch dimension, which neither contract nor dims write. */
  readonly isBatching: boolean;
  /** Tensors that have no other dimension: clients send one value for each request, and the model gets it without a dimension. */
  readonly scalars: readonly string[];
};

/** Where nobody looked at the model file. */
export const usualFit = ({ shapes }: Contract): ModelFit => ({ isBatching: shapes.batch.max > 1, scalars: [] });

/**
 * The config.pbtxt that a contract asks for, complete, so that it loads alike with auto-complete on and off; above each part a comment says
 * why it is so.
 */
export function generateConfig(contract: Contract, fit: ModelFit = usualFit(contract)): string {
  const made = parts.map((part) => part(contract, fit));
  const config: ModelConfigJson = Object.assign({}, ...made.map(({ config: piece }) => piece));
  const text = printConfig(config, new Map(made.flatMap(({ why }) => Object.entries(why).map(([path, says]) => [path, wrapped(says)]))));
  return `# Made from contract.yaml by conch config. Change it as you need: conch check says what no longer fits.\n${spaced(text)}`;
}

/** Formats whose configuration says more than a contract does, and what that is. */
export const notGenerated: Readonly<Partial<Record<ArtifactFormat, string>>> = {
  ensemble: 'which models it runs, and how their tensors are joined (ensemble_scheduling)',
  vllm: 'the streams and the optional inputs of the vLLM backend',
  'trt-llm': "the backend's many parameters, which come with the engine",
  fil: 'the model_type, threshold and output_class of the FIL backend (parameters)',
};

type Made = { readonly config: ModelConfigJson; readonly why: Readonly<Record<string, string>> };
type Part = (contract: Contract, fit: ModelFit) => Made;

const nothing: Made = { config: {}, why: {} };

const identity: Part = ({ model, artifact: { format, files }, runtime: { backend } }) => {
  const platform = format === 'torchscript' && files.some((path) => path.endsWith('.pt2')) ? 'torch_aoti' : platformOf[format];
  return {
    config: { name: model, backend, ...(platform ? { platform } : {}) },
    why: {
      name: 'The folder has this name too; Triton refuses another one.',
      backend: 'Written down, so that nothing is guessed from the files.',
    },
  };
};

const platformOf: Readonly<Partial<Record<ArtifactFormat, string>>> = {
  onnx: 'onnxruntime_onnx',
  tensorrt: 'tensorrt_plan',
  torchscript: 'pytorch_libtorch',
  savedmodel: 'tensorflow_savedmodel',
};

/** What a backend opens when nothing else is said. */
const usualNames: Readonly<Partial<Record<ArtifactFormat, readonly string[]>>> = {
  onnx: ['model.onnx'],
  tensorrt: ['model.plan'],
  torchscript: ['model.pt', 'model.pt2'],
  savedmodel: ['model.savedmodel'],
  python: ['model.py'],
  openvino: ['model.xml'],
  dali: ['model.dali'],
};

const fileName: Part = ({ artifact: { format, files } }) => {
  const usual = usualNames[format] ?? [];
  const names = files.map((path) => path.split('/')[1] ?? '');
  if (usual.length === 0 || names.some((name) => usual.includes(name))) return nothing;
  const ending = usual[0]?.slice('model'.length) ?? '';
  const own = names.find((name) => name.endsWith(ending));
  if (own === undefined) return nothing;
  return {
    config: { default_model_filename: own },
    why: { default_model_filename: `The backend would open ${usual[0]} (artifact.files).` },
  };
};

const batch: Part = ({ shapes }, { isBatching }) => {
  if (!isBatching) return nothing;
  const why = { max_batch_size: "The contract's largest batch (shapes.batch.max). The batch dimension is not written in dims." };
  return { config: { max_batch_size: shapes.batch.max }, why };
};

const tensors: Part = ({ io }, fit) => ({
  config: {
    input: io.inputs.map((spec) => tensorOf(spec, fit)),
    output: io.outputs.map((spec) => ({ ...tensorOf(spec, fit), ...(spec.labels ? { label_filename: spec.labels } : {}) })),
  },
  why: {
    input: 'All inputs of the contract (io.inputs): what is left out would be completed by the backend, unseen.',
    output: 'All outputs of the contract (io.outputs).',
  },
});

const tensorOf = ({ name, datatype, shape }: TensorSpec, { scalars }: ModelFit): ModelInputJson => ({
  name,
  data_type: datatype === 'BYTES' ? 'TYPE_STRING' : `TYPE_${datatype}`,
  dims: shape,
  ...(scalars.includes(name) ? { reshape: {} } : {}),
});

const versions: Part = ({ artifact }) => {
  const numbers = [...new Set(artifact.files.map((path) => Number(path.split('/')[0])))]
    .filter(Number.isInteger)
    .sort((one, other) => one - other);
  return {
    config: { version_policy: { specific: { versions: numbers.length > 0 ? numbers : [1] } } },
    why: { version_policy: 'Pinned to what the contract packs (artifact.files): a folder that appears later serves nothing.' },
  };
};

const instances: Part = ({ artifact: { format }, resources: { gpu } }) => {
  const onGpu = gpu.count > 0 && format !== 'openvino';
  const why = onGpu
    ? `One instance on each GPU (resources.gpu is ${gpu.count} x ${gpu.class}). A second one on a GPU shares its memory: measure before you add it.`
    : gpu.count > 0
      ? 'One instance, on the CPU: the OpenVINO backend has no other kind.'
      : 'One instance on the CPU (resources.gpu.class is cpu). A second one shares the same cores: measure before you add it.';
  return { config: { instance_group: [{ kind: onGpu ? 'KIND_GPU' : 'KIND_CPU', count: 1 }] }, why: { instance_group: why } };
};

const wholeMax = 2 ** 31 - 1;

/** Requests wait for each other for a little of the time that they may queue, and are refused before they would be late anyway. */
const scheduler: Part = (
  {
    shapes: {
      batch: { max },
    },
    performance: { rate, p99Ms, queueMs },
  },
  { isBatching },
) => {
  if (!isBatching || max < 2) return nothing;
  const arriving = Math.ceil((rate * p99Ms) / 1000);
  const dynamic: DynamicBatchingJson = {
    max_queue_delay_microseconds: Math.floor((queueMs * 1000) / 10),
    default_queue_policy: {
      default_timeout_microseconds: Math.max(1, Math.round(p99Ms * 1000)),
      allow_timeout_override: true,
      max_queue_size: Math.min(wholeMax, Math.max(2 * max, arriving)),
    },
  };
  const queue = 'dynamic_batching.default_queue_policy';
  return {
    config: { dynamic_batching: dynamic },
    why: {
      dynamic_batching: 'Requests that wait share a batch.',
      'dynamic_batching.max_queue_delay_microseconds': `A tenth of the queue objective (performance.queue is ${queueMs} ms): longer waits make fuller batches, and later answers.`,
      [`${queue}.default_timeout_microseconds`]: `After ${p99Ms} ms (performance.p99) an answer is late anyway: the request is refused, which is the default action.`,
      [`${queue}.allow_timeout_override`]: 'A client that can wait less may say so.',
      [`${queue}.max_queue_size`]: `At ${rate} requests a second (performance.rate) ${arriving} arrive within the objective; two full batches are ${2 * max}. What is beyond the larger one is refused early.`,
    },
  };
};

/** Every batch size that clients send, with zeros, so that the first of them does not pay for what is made lazily. */
const warmup: Part = ({ io, shapes }, fit) => {
  const sizes = fit.isBatching
    ? [...new Set([...shapes.mix.map((one) => one.batch), shapes.batch.max])].sort((one, other) => one - other)
    : [1];
  const samples = sizes.map(
    (size): WarmupJson => ({
      name: `batch of ${size}`,
      batch_size: size,
      inputs: Object.fromEntries(io.inputs.map((spec) => [spec.name, sampleOf(spec, fit)])),
    }),
  );
  const which = fit.isBatching ? 'The batch sizes that clients send (shapes.mix) and the largest' : 'One request';
  const open = io.inputs.some(({ shape }) => shape.includes(-1)) ? ' An open dimension gets size 1: write a usual one.' : '';
  return {
    config: { model_warmup: samples },
    why: {
      model_warmup: `${which}, of zeros, before the model counts as ready: the first clients do not wait for what is made lazily.${open}`,
    },
  };
};

function sampleOf(spec: TensorSpec, fit: ModelFit): NonNullable<WarmupJson['inputs']>[string] {
  const { data_type: type = '', dims = [] } = tensorOf(spec, fit);
  return { data_type: type, dims: dims.map((dim) => (Number(dim) === -1 ? 1 : dim)), zero_data: true };
}

/** Edges around the objective: a histogram tells how many answers were late only where an edge is. */
const metrics: Part = ({ runtime: { triton }, performance: { p99Ms } }) => {
  if (triton < '24.11') return nothing;
  const edges = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2.5, 5, 10].map((share) => Number((share * p99Ms).toPrecision(6)));
  const control = { metric_identifier: { family: 'nv_inference_first_response_histogram_ms' }, histogram_options: { buckets: edges } };
  return {
    config: { model_metrics: { metric_control: [control] } },
    why: {
      model_metrics: `Edges of the histogram around the objective of ${p99Ms} ms (performance.p99), one of them on it: only an edge tells how many answers were late.`,
    },
  };
};

const parts: readonly Part[] = [identity, fileName, batch, tensors, versions, instances, scheduler, warmup, metrics];

const columnsMax = 110;

/** Breaks a comment into lines, so that it reads beside the fields. */
function wrapped(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + word.length + 1 > columnsMax) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.join('\n');
}

/** An empty line before each part that has a comment, so that it is found. */
function spaced(text: string): string {
  const lines = text.split('\n');
  return lines.map((line, at) => (line.startsWith('#') && !lines[at - 1]?.startsWith('#') ? `\n${line}` : line)).join('\n');
}
