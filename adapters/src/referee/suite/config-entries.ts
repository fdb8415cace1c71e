import type { Entry, Piece } from './base.ts';

const behind = (append: string): Piece => ({ append });
const batching = (inside: string): Piece => behind(`dynamic_batching { ${inside} }`);
const group = (inside: string): Piece => behind(`instance_group { ${inside} }`);
const input = (inside: string, more: Piece = {}): Piece => ({ ...more, input: `input { name: "x" data_type: TYPE_FP32 ${inside} }` });
const output = (inside: string, more: Piece = {}): Piece => ({ ...more, output: `output { name: "y" data_type: TYPE_FP32 ${inside} }` });
const trt: Piece = { backend: 'backend: "tensorrt"' };
const accept: Piece = { backend: 'backend: "accept"' };

/** What Triton's core refuses of a configuration that it can read. */
export const configEntries: readonly Entry[] = [
  {
    code: 'config/backend-not-inferable',
    bad: [{ backend: '', raw: (text) => text.replace(/default_model_filename.*/, '') }],
    good: [
      { backend: '', files: { 'm/1/model.onnx': 'x' } },
      { backend: '', files: { 'm/1/model.py': 'x' } },
      { backend: '', files: { 'm/1/model.plan': 'x' } },
      { backend: '', files: { 'm/1/model.xml': 'x' } },
      { backend: 'platform: "onnxruntime_onnx"' },
    ].map((piece) => ({ ...piece, raw: (text: string) => text.replace(/default_model_filename.*/, '') })),
  },
  {
    code: 'config/platform-unexpected',
    bad: ['onnxruntime', 'python', 'openvino', 'pytorch', 'libtorch', 'ONNXRUNTIME_ONNX', 'torch_aoti'].map((platform) => ({
      backend: `platform: "${platform}"`,
    })),
    good: [
      { backend: 'platform: "onnxruntime_onnx"' },
      { backend: 'platform: "tensorrt_plan"' },
      { backend: 'platform: "pytorch_libtorch"' },
      { backend: 'backend: "python" platform: "anything"' },
    ],
  },
  {
    code: 'config/platform-backend-mismatch',
    bad: [
      'backend: "onnxruntime" platform: "tensorrt_plan"',
      'backend: "tensorrt" platform: "onnxruntime_onnx"',
      'backend: "pytorch" platform: "libtorch"',
      'backend: "pytorch" platform: "x"',
    ].map((backend) => ({ backend })),
    good: [
      'backend: "onnxruntime" platform: "onnxruntime_onnx"',
      'backend: "tensorrt" platform: "tensorrt_plan"',
      'backend: "pytorch" platform: "pytorch_libtorch"',
      'backend: "identity" platform: "x"',
    ].map((backend) => ({ backend })),
  },
  {
    code: 'config/ensemble-has-backend',
    bad: ['accept', 'python', 'x'].map((backend) => ({ backend: `platform: "ensemble" backend: "${backend}"` })),
    good: [{ backend: 'backend: "accept" platform: "Ensemble"' }, { backend: 'backend: "accept" platform: "ensembles"' }],
  },
  {
    code: 'config/name-mismatch',
    bad: ['n', 'M', 'm ', 'models'].map((name) => ({ raw: (text) => `name: "${name}"\n${text.replace('name: "m"\n', '')}` })),
    good: [{}, { raw: (text) => text.replace('name: "m"\n', 'name: ""\n') }],
  },
  {
    code: 'config/max-batch-size-negative',
    bad: [-1, -2, -2147483648].map((mbs) => ({ mbs })),
    good: [{ mbs: 0 }, { mbs: 1 }, { mbs: 2147483647 }, { mbs: 'none' }],
  },
  {
    code: 'config/preferred-size-not-positive',
    bad: [batching('preferred_batch_size: [ 0 ]'), batching('preferred_batch_size: -1'), batching('preferred_batch_size: [ 1, 0 ]')],
    good: [batching('preferred_batch_size: [ 1 ]'), batching('preferred_batch_size: [ ]')],
  },
  {
    code: 'config/preferred-size-too-large',
    bad: [
      { append: (mbs) => `dynamic_batching { preferred_batch_size: [ ${mbs + 1} ] }` },
      { append: (mbs) => `dynamic_batching { preferred_batch_size: [ 1, ${mbs + 1} ] }` },
      { mbs: 'none', append: 'dynamic_batching { preferred_batch_size: 1 }' },
    ],
    good: [{ append: (mbs) => `dynamic_batching { preferred_batch_size: [ ${mbs} ] }` }, { mbs: 'none', append: 'dynamic_batching { }' }],
  },
  {
    code: 'config/priority-default-out-of-range',
    bad: [
      batching('priority_levels: 2'),
      batching('priority_levels: 2 default_priority_level: 3'),
      batching('priority_levels: 1 default_priority_level: 0'),
    ],
    good: [batching('priority_levels: 2 default_priority_level: 2'), batching('default_priority_level: 9'), batching('priority_levels: 0')],
  },
  {
    code: 'config/priority-policy-out-of-range',
    bad: [
      batching('priority_levels: 2 default_priority_level: 1 priority_queue_policy { key: 3 value { } }'),
      batching('priority_levels: 2 default_priority_level: 1 priority_queue_policy { value { } }'),
    ],
    good: [
      batching('priority_levels: 2 default_priority_level: 1 priority_queue_policy { key: 2 value { } }'),
      batching('priority_queue_policy { key: 7 value { } }'),
    ],
  },
  {
    code: 'config/preserve-ordering-priorities',
    bad: [batching('preserve_ordering: true priority_levels: 2 default_priority_level: 1')],
    good: [
      batching('preserve_ordering: true priority_levels: 1 default_priority_level: 1'),
      batching('priority_levels: 2 default_priority_level: 1'),
    ],
  },
  {
    code: 'config/preserve-ordering-delay',
    bad: [
      batching('preserve_ordering: true default_queue_policy { timeout_action: DELAY default_timeout_microseconds: 1 }'),
      batching('preserve_ordering: true priority_queue_policy { key: 1 value { timeout_action: DELAY default_timeout_microseconds: 1 } }'),
    ],
    good: [
      batching('preserve_ordering: true default_queue_policy { timeout_action: DELAY }'),
      batching('preserve_ordering: true default_queue_policy { timeout_action: REJECT default_timeout_microseconds: 1 }'),
      batching('default_queue_policy { timeout_action: DELAY default_timeout_microseconds: 1 }'),
    ],
  },
  {
    code: 'config/decoupled-response-cache',
    bad: [behind('model_transaction_policy { decoupled: true } response_cache { enable: true }')],
    good: [
      behind('model_transaction_policy { decoupled: true } response_cache { }'),
      behind('model_transaction_policy { } response_cache { enable: true }'),
    ],
  },
  {
    code: 'config/tensor-name-missing',
    bad: [{ input: 'input { data_type: TYPE_FP32 dims: 1 }' }, { output: 'output { name: "" data_type: TYPE_FP32 dims: 1 }' }],
    good: [{ input: 'input { name: " " data_type: TYPE_FP32 dims: 1 }' }, { input: '' }],
  },
  {
    code: 'config/tensor-type-missing',
    bad: [
      { input: 'input { name: "x" dims: 1 }' },
      { output: 'output { name: "y" data_type: TYPE_INVALID dims: 1 }' },
      { input: 'input { name: "x" data_type: 0 dims: 1 }' },
    ],
    good: [{ input: 'input { name: "x" data_type: TYPE_BF16 dims: 1 }' }, { output: 'output { name: "y" data_type: 42 dims: 1 }' }],
  },
  { code: 'config/tensor-dims-missing', bad: [input(''), output('dims: [ ]')], good: [input('dims: [ ] dims: 3'), output('dims: -1')] },
  {
    code: 'config/reshape-empty',
    bad: [input('dims: 1 reshape { }', { mbs: 0 }), output('dims: 1 reshape { shape: [ ] }', { mbs: 'none' })],
    good: [input('dims: 1 reshape { }', { mbs: 4 }), output('dims: 1 reshape { shape: 1 }', { mbs: 0 })],
  },
  {
    code: 'config/dim-invalid',
    bad: [input('dims: 0'), input('dims: [ 3, -2 ]'), output('dims: [ -1, 0 ]')],
    good: [input('dims: [ -1, -1 ]'), output('dims: 9223372036854775807'), input('dims: 1')],
  },
  {
    code: 'config/reshape-dim-invalid',
    bad: [input('dims: 4 reshape { shape: 0 }'), output('dims: 4 reshape { shape: [ -4, -1 ] }')],
    good: [input('dims: 4 reshape { shape: [ 2, 2 ] }'), output('dims: -1 reshape { shape: -1 }')],
  },
  {
    code: 'config/reshape-size',
    bad: [
      input('dims: [ 4, 2 ] reshape { shape: 4 }'),
      input('dims: [ 2, -1, 3 ] reshape { shape: [ 3, -1, 2 ] }'),
      output('dims: 4 reshape { shape: -1 }'),
      input('dims: 2 reshape { }', { mbs: 4 }),
    ],
    good: [
      input('dims: [ 2, 4, -1, 6 ] reshape { shape: [ 8, -1, 1, 6 ] }'),
      output('dims: [ 4, 2 ] reshape { shape: 8 }'),
      input('dims: [ 1, 1 ] reshape { }', { mbs: 4 }),
    ],
  },
  {
    code: 'config/reshape-open-dims',
    bad: [input('dims: [ -1, -1 ] reshape { shape: -1 }'), output('dims: -1 reshape { shape: [ -1, -1 ] }')],
    good: [input('dims: [ -1, -1 ] reshape { shape: [ -1, 1, -1 ] }')],
  },
  {
    code: 'config/format-dims',
    bad: [input('dims: [ 2, 2 ] format: FORMAT_NCHW'), input('dims: [ 1, 2, 3, 4 ] format: FORMAT_NHWC')],
    good: [input('dims: [ 3, 2, 2 ] format: FORMAT_NCHW'), input('dims: 1 format: FORMAT_NONE'), input('dims: 1 format: 9')],
  },
  {
    code: 'config/shape-tensor-platform',
    bad: [input('dims: 1 is_shape_tensor: true', accept), output('dims: 1 is_shape_tensor: true', accept)],
    good: [input('dims: 1 is_shape_tensor: true', trt), input('dims: 1 is_shape_tensor: false')],
  },
  {
    code: 'config/non-linear-platform',
    bad: [
      input('dims: [ 1, 2, 3 ] is_non_linear_format_io: true', accept),
      output('dims: [ 1, 2, 3 ] is_non_linear_format_io: true', accept),
    ],
    good: [input('dims: [ 1, 2, 3 ] is_non_linear_format_io: true', trt), input('dims: 1 is_non_linear_format_io: false')],
  },
  {
    code: 'config/non-linear-dims',
    bad: [input('dims: 1 is_non_linear_format_io: true', trt), output('dims: [ 1, 2 ] is_non_linear_format_io: true', trt)],
    good: [output('dims: [ 1, 2, 3 ] is_non_linear_format_io: true', trt)],
  },
  {
    code: 'config/batch-kind-unknown',
    bad: [behind('batch_input { kind: 9 data_type: TYPE_FP32 source_input: "x" }'), behind('batch_output { kind: 1 source_input: "x" }')],
    good: [behind('batch_input { kind: 5 data_type: TYPE_FP32 source_input: "x" }'), behind('batch_output { kind: 0 source_input: "x" }')],
  },
  {
    code: 'config/batch-source-count',
    bad: [
      behind('batch_input { data_type: TYPE_FP32 }'),
      behind('batch_input { data_type: TYPE_INT32 source_input: [ "x", "x" ] }'),
      behind('batch_output { }'),
    ],
    good: [behind('batch_input { data_type: TYPE_FP32 source_input: [ "x" ] }')],
  },
  {
    code: 'config/batch-data-type',
    bad: ['', 'data_type: TYPE_INT64', 'data_type: TYPE_FP16'].map((type) => behind(`batch_input { ${type} source_input: "x" }`)),
    good: ['TYPE_INT32', 'TYPE_FP32'].map((type) => behind(`batch_input { data_type: ${type} source_input: "x" }`)),
  },
  {
    code: 'config/batch-source-unknown',
    bad: [behind('batch_input { data_type: TYPE_FP32 source_input: "X" }'), behind('batch_output { source_input: "y" }')],
    good: [behind('batch_output { source_input: "x" }')],
  },
  {
    code: 'config/batch-target-unknown',
    bad: [behind('batch_output { source_input: "x" target_name: "x" }')],
    good: [
      behind('batch_output { source_input: "x" target_name: "y" }'),
      behind('batch_input { data_type: TYPE_FP32 source_input: "x" target_name: "z" }'),
    ],
  },
  {
    code: 'config/batch-target-twice',
    bad: [behind('batch_output { source_input: "x" target_name: [ "y", "y" ] }')],
    good: [behind('batch_output { source_input: "x" target_name: "y" } batch_output { source_input: "x" target_name: "y" }')],
  },
  {
    code: 'config/cpu-kind-gpus',
    bad: [group('kind: KIND_CPU gpus: 0'), group('gpus: [ 0 ]'), group('kind: KIND_CPU gpus: [ -1, 7 ]')],
    good: [group('kind: KIND_CPU'), group('kind: KIND_CPU gpus: [ ]')],
  },
  {
    code: 'config/model-kind-gpus',
    bad: [group('kind: KIND_MODEL gpus: 0')],
    good: [group('kind: KIND_MODEL'), group('kind: KIND_MODEL count: 2')],
  },
  {
    code: 'config/gpu-missing',
    bad: [group('kind: KIND_GPU'), group('kind: KIND_GPU count: 2')],
    good: [group('kind: KIND_AUTO'), group('count: 2')],
  },
  {
    code: 'config/gpu-id',
    bad: [group('kind: KIND_GPU gpus: 0'), group('kind: KIND_GPU gpus: [ 9, -1 ]')],
    good: [group('kind: KIND_AUTO count: 1')],
  },
  { code: 'config/instance-kind-unknown', bad: [group('kind: 7'), group('kind: -1')], good: [group('kind: 2'), group('kind: 3')] },
  {
    code: 'config/profile-platform',
    bad: [{ ...accept, append: 'instance_group { profile: "0" }' }],
    good: [{ ...trt, append: 'instance_group { profile: "0" }' }, group('profile: [ ]')],
  },
  {
    code: 'config/profile-invalid',
    bad: ['"first"', '""', '"-1"', '[ "0", "x" ]'].map((profile) => ({ ...trt, append: `instance_group { profile: ${profile} }` })),
    good: ['"0"', '"1x"', '" 2"', '"+3"'].map((profile) => ({ ...trt, append: `instance_group { profile: ${profile} }` })),
  },
];
