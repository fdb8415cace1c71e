import type { Finding } from '../../base/finding.ts';
import type { ModelConfigJson } from '../../pbtxt/model-config.ts';
import type { Subject } from '../subject.ts';
import { kindOn } from './instance-groups.ts';
import type { Pen, Rule } from './rule.ts';

const unrefereed = 'the compiled backends say it, and those are not in the wheel that we ask';

/** What single backends refuse of a configuration, as far as the configuration alone shows it. */
export const backends: Rule = {
  explains: [
    {
      code: 'backend/instance-kind',
      severity: 'error',
      means: 'TensorRT runs on GPUs alone, and the OpenVINO backend takes only KIND_CPU (TARGET_DEVICE picks another device).',
      triton: "unable to load model '…', TensorRT backend supports only GPU device",
      example: 'backend: "tensorrt"\ninstance_group { kind: KIND_CPU }',
      fix: 'write the kind that the backend has',
      unrefereed,
    },
    {
      code: 'backend/tensors-missing',
      severity: 'error',
      means: 'The PyTorch backend completes nothing: a TorchScript file does not say what its tensors are.',
      triton: 'model configuration must contain at least one input and one output',
      example: 'backend: "pytorch"\nmax_batch_size: 8',
      fix: 'write all inputs and outputs',
      unrefereed,
    },
    {
      code: 'backend/data-type',
      severity: 'error',
      means: 'PyTorch has no TYPE_UINT16, TYPE_UINT32 and TYPE_UINT64 that the backend takes, and no TYPE_BF16.',
      triton: "unsupported datatype … for input '…' for model '…'",
      example: 'backend: "pytorch"\ninput { name: "x" data_type: TYPE_UINT32 dims: [ 4 ] }',
      fix: 'write a type that the model takes, such as TYPE_INT64',
      unrefereed,
    },
    {
      code: 'backend/optional',
      severity: 'error',
      means: 'This backend takes no optional inputs; ONNX Runtime, Python and custom backends may.',
      triton: "'optional' is set to true for input '…' while the backend model doesn't support optional input",
      example: 'backend: "tensorrt"\ninput { name: "x" data_type: TYPE_FP32 dims: [ 4 ] optional: true }',
      fix: 'take optional out',
      unrefereed,
    },
    {
      code: 'backend/parameter',
      severity: 'error',
      means: 'The backend reads this parameter, and not this value.',
      triton: "failed to parse parameter '…'",
      example: 'backend: "onnxruntime"\nparameters { key: "intra_op_thread_count" value { string_value: "many" } }',
      fix: 'write a value of the kind that the backend reads',
      unrefereed,
    },
    {
      code: 'backend/accelerator',
      severity: 'error',
      means: 'ONNX Runtime knows the accelerators tensorrt and cuda on a GPU, and openvino on the CPU.',
      triton: "unknown Execution Accelerator '…' is requested",
      example: 'optimization { execution_accelerators { cpu_execution_accelerator { name: "tensorrt" } } }',
      fix: 'correct the name, or take the accelerator out',
      unrefereed,
    },
    {
      code: 'backend/vllm',
      severity: 'error',
      means: 'The vLLM backend batches itself, and streams: it wants max_batch_size 0, and decoupled true.',
      example: 'backend: "vllm"\nmax_batch_size: 8',
      fix: 'take max_batch_size out, and decoupled: false too',
      unrefereed,
    },
  ],
  *judge(subject, pen) {
    const { config, conditions } = subject;
    const { backend = '' } = config;
    if (conditions.backends !== 'judged' || config.ensemble_scheduling) return;
    yield* kinds(subject, pen);
    if (noOptional.includes(backend)) yield* optional(config, pen);
    if (backend === 'pytorch') yield* pytorch(config, pen);
    if (backend === 'onnxruntime') yield* accelerators(subject, pen);
    yield* parameters(config, pen);
    if (backend !== 'vllm') return;
    if ((config.max_batch_size ?? 0) > 0) yield pen.at(['max_batch_size'], 'backend/vllm', 'the vLLM backend wants max_batch_size 0');
    const policy = config.model_transaction_policy;
    if (policy && !policy.decoupled) yield pen.at(['model_transaction_policy'], 'backend/vllm', 'the vLLM backend wants decoupled: true');
  },
};

const noOptional: readonly string[] = ['tensorrt', 'pytorch', 'openvino', 'tensorflow'];

function* kinds({ config, conditions }: Subject, pen: Pen): Iterable<Finding> {
  for (const [index, group] of (config.instance_group ?? []).entries()) {
    const kind = kindOn(group, conditions.gpus);
    const isWrong =
      (config.backend === 'tensorrt' && kind === 'KIND_CPU') ||
      (config.backend === 'openvino' && (kind === 'KIND_GPU' || kind === 'KIND_MODEL'));
    if (!isWrong) continue;
    const says = `the backend ${config.backend} takes no instances of ${kind}`;
    yield pen.at(
      ['instance_group', index, 'kind'],
      'backend/instance-kind',
      says,
      `write kind: ${config.backend === 'tensorrt' ? 'KIND_GPU' : 'KIND_CPU'}`,
    );
  }
}

function* optional({ input = [], backend }: ModelConfigJson, pen: Pen): Iterable<Finding> {
  for (const [index, one] of input.entries()) {
    if (!one.optional) continue;
    const says = `'optional' is set to true for input '${one.name}' while the backend ${backend} doesn't support optional input`;
    yield pen.at(['input', index, 'optional'], 'backend/optional', says);
  }
}

function* pytorch({ name, input = [], output = [] }: ModelConfigJson, pen: Pen): Iterable<Finding> {
  for (const kind of ['input', 'output'] as const) {
    const list = kind === 'input' ? input : output;
    if (list.length === 0) {
      const says = `model configuration must contain at least one ${kind}, none were specified`;
      yield pen.at([kind], 'backend/tensors-missing', says);
    }
    for (const [index, { name: tensor, data_type: type = '' }] of list.entries()) {
      if (!/^TYPE_(UINT16|UINT32|UINT64|BF16)$/.test(type)) continue;
      yield pen.at(
        [kind, index, 'data_type'],
        'backend/data-type',
        `unsupported datatype ${type} for ${kind} '${tensor}' for model '${name}'`,
      );
    }
  }
}

function* accelerators({ config, conditions }: Subject, pen: Pen): Iterable<Finding> {
  const { execution_accelerators: given } = config.optimization ?? {};
  for (const [list, known] of [
    ['gpu_execution_accelerator', ['tensorrt', 'cuda']],
    ['cpu_execution_accelerator', ['openvino']],
  ] as const) {
    // The list for GPUs is read for instances on a GPU alone.
    if (list.startsWith('gpu') && Array.isArray(conditions.gpus) && conditions.gpus.length === 0) continue;
    for (const [index, { name = '' }] of (given?.[list] ?? []).entries()) {
      if ((known as readonly string[]).includes(name)) continue;
      const path = ['optimization', 'execution_accelerators', list, index, 'name'];
      yield pen.at(
        path,
        'backend/accelerator',
        `unknown Execution Accelerator '${name}' is requested`,
        `write one of: ${known.join(', ')}`,
      );
    }
  }
}

function* parameters({ backend = '', parameters: given = {} }: ModelConfigJson, pen: Pen): Iterable<Finding> {
  const known = parameterKinds[backend] ?? {};
  for (const [key, { string_value: value = '' }] of Object.entries(given)) {
    const kind = Object.hasOwn(known, key) ? known[key] : undefined;
    if (!kind || kind.pattern.test(value)) continue;
    yield pen.at(['parameters', key], 'backend/parameter', `the parameter "${key}" is ${kind.is}, got "${value}"`);
  }
}

type ParameterKind = { readonly pattern: RegExp; readonly is: string };
const integer: ParameterKind = { pattern: /^\s*[+-]?\d/, is: 'a whole number' };
const bool: ParameterKind = { pattern: /^(true|on|1|false|off|0)$/i, is: 'true or false' };
const strictBool: ParameterKind = { pattern: /^(true|1|false|0)$/i, is: 'true or false' };
const oneOf = (...values: string[]): ParameterKind => ({
  pattern: new RegExp(`^(${values.join('|')})$`),
  is: `one of ${values.join(', ')}`,
});

const parameterKinds: Readonly<Record<string, Readonly<Record<string, ParameterKind>>>> = {
  onnxruntime: {
    execution_mode: oneOf('0', '1'),
    intra_op_thread_count: integer,
    inter_op_thread_count: integer,
    enable_mem_arena: bool,
    enable_mem_pattern: bool,
  },
  pytorch: {
    DISABLE_OPTIMIZED_EXECUTION: strictBool,
    INFERENCE_MODE: strictBool,
    DISABLE_CUDNN: strictBool,
    ENABLE_WEIGHT_SHARING: strictBool,
    ENABLE_CACHE_CLEANING: strictBool,
    ENABLE_TENSOR_FUSER: strictBool,
    ENABLE_JIT_PROFILING: strictBool,
    ENABLE_JIT_EXECUTOR: strictBool,
    INTRA_OP_THREAD_COUNT: integer,
    INTER_OP_THREAD_COUNT: integer,
  },
  python: { FORCE_CPU_ONLY_INPUT_TENSORS: oneOf('yes', 'no') },
  tensorrt: { execution_context_allocation_strategy: oneOf('STATIC', 'ON_PROFILE_CHANGE') },
};
