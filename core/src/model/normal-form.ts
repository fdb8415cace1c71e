import type { GpuClass, ModelName } from '../base/names.ts';
import type { InstanceGroupJson, ModelConfigJson } from '../pbtxt/model-config.ts';
import { isObject, plainConfig } from '../pbtxt/plain-config.ts';

/** `gpus`: ids that the server may use; taken to be the first one alone, and none on the class `cpu`. */
export type NormalFormOptions = { readonly model: ModelName; readonly gpuClass: GpuClass; readonly gpus?: readonly number[] };

/**
 * What a Triton makes of a configuration when it loads a model with auto-complete off: the same for a packed config.pbtxt and for what
 * `GET /v2/models/<model>/config` then shows. A normal form is its own normal form. JSON that does not fit the schema stays as it is.
 */
export function normalForm(config: unknown, options: NormalFormOptions): ModelConfigJson {
  return plainConfig(rules.reduce((filled, rule) => rule(filled, options), plainConfig(config)));
}

type Rule = (config: ModelConfigJson, options: NormalFormOptions) => ModelConfigJson;

const withName: Rule = (config, { model }) => ({ ...config, name: config.name ?? model });

/** Core infers backend, platform and file name from each other. What it would infer from the files we ask people to write. */
const withBackend: Rule = (config) => {
  const known = backends.find(({ backend, platforms, files }) => {
    if (config.backend) return config.backend === backend;
    return config.platform ? platforms.includes(config.platform) : files.includes(config.default_model_filename ?? '');
  });
  if (!known) return config;
  const platform = config.platform ?? known.platforms[0];
  // A TorchScript model that names its platform keeps an empty file name; the backend itself falls back to model.pt.
  const isFileLeftOpen = config.platform === 'pytorch_libtorch';
  const file =
    config.default_model_filename ?? (isFileLeftOpen ? undefined : known.files[Math.max(0, known.platforms.indexOf(platform ?? ''))]);
  return {
    ...config,
    backend: known.backend,
    ...(platform ? { platform } : {}),
    ...(file ? { default_model_filename: file } : {}),
  };
};

/** Each platform has its file at the same place in `files`. */
const backends: readonly { readonly backend: string; readonly platforms: readonly string[]; readonly files: readonly string[] }[] = [
  { backend: 'tensorflow', platforms: ['tensorflow_savedmodel', 'tensorflow_graphdef'], files: ['model.savedmodel', 'model.graphdef'] },
  { backend: 'tensorrt', platforms: ['tensorrt_plan'], files: ['model.plan'] },
  { backend: 'onnxruntime', platforms: ['onnxruntime_onnx'], files: ['model.onnx'] },
  { backend: 'openvino', platforms: [], files: ['model.xml'] },
  { backend: 'pytorch', platforms: ['pytorch_libtorch', 'torch_aoti'], files: ['model.pt', 'model.pt2'] },
  { backend: 'python', platforms: [], files: ['model.py'] },
];

const withVersionPolicy: Rule = (config) => ({ ...config, version_policy: config.version_policy ?? { latest: { num_versions: 1 } } });

const withPreferredSizes: Rule = (config) => {
  const { dynamic_batching: dynamic, sequence_batching: sequence, max_batch_size: largest = 0 } = config;
  const preferred = (sizes: readonly number[] | undefined) => (largest > 0 && !sizes ? { preferred_batch_size: [largest] } : {});
  return {
    ...config,
    ...(isObject(dynamic) ? { dynamic_batching: { ...dynamic, ...preferred(dynamic.preferred_batch_size) } } : {}),
    ...(isObject(sequence)
      ? {
          sequence_batching: {
            ...sequence,
            max_sequence_idle_microseconds: sequence.max_sequence_idle_microseconds ?? 1_000_000,
            ...(isObject(sequence.oldest) ? { oldest: { ...sequence.oldest, ...preferred(sequence.oldest.preferred_batch_size) } } : {}),
          },
        }
      : {}),
  };
};

/** Pinned memory is on where nothing is said about it, and off in a message that is there and empty. */
const withPinnedMemory: Rule = (config) => {
  if (isEnsemble(config)) return config;
  const on = { enable: true };
  return { ...config, optimization: { input_pinned_memory: on, output_pinned_memory: on, ...config.optimization } };
};

/** An ensemble is as decoupled as its steps are; Triton always writes the answer down. Seen on 2.51.0. */
const withTransactionPolicy: Rule = (config) =>
  isEnsemble(config) ? { ...config, model_transaction_policy: config.model_transaction_policy ?? {} } : config;

const withInstanceGroups: Rule = (config, options) => {
  if (isEnsemble(config)) return config;
  const groups = config.instance_group ?? [{}];
  if (!Array.isArray(groups) || !groups.every(isObject)) return config;
  const unnamed = (index: number) => (config.instance_group ? `${options.model}_${index}` : options.model);
  return { ...config, instance_group: groups.map((group, index) => instanceGroup(group, unnamed(index), config.backend ?? '', options)) };
};

function instanceGroup(group: InstanceGroupJson, name: string, backend: string, { gpuClass, gpus }: NormalFormOptions): InstanceGroupJson {
  const usable = gpus ?? (gpuClass === 'cpu' ? [] : [0]);
  const kind = group.kind ?? autoKind(group, backend, usable);
  return {
    ...group,
    name: group.name ?? name,
    kind,
    count: group.count !== undefined && group.count >= 1 ? group.count : defaultCount(kind, backend),
    ...(kind === 'KIND_GPU' && !group.gpus ? { gpus: usable } : {}),
  };
}

function autoKind({ gpus = [] }: InstanceGroupJson, backend: string, usable: readonly number[]): string {
  const isPossible = usable.length > 0 && gpus.every((gpu) => usable.includes(gpu));
  return isPossible && backend !== 'openvino' ? 'KIND_GPU' : 'KIND_CPU';
}

const defaultCount = (kind: string, backend: string): number =>
  kind === 'KIND_CPU' && (backend === 'onnxruntime' || backend === 'tensorflow') ? 2 : 1;

const isEnsemble = (config: ModelConfigJson): boolean => config.platform === 'ensemble';

const rules: readonly Rule[] = [
  withName,
  withBackend,
  withVersionPolicy,
  withPreferredSizes,
  withPinnedMemory,
  withTransactionPolicy,
  withInstanceGroups,
];
