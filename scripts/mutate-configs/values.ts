import { type Dice, weighted } from '#core/base/dice.ts';
import { excludes, type FieldShape, type FieldType, modelConfigShape, type NumberKind, type Shape } from './shape.ts';
import type { Node } from './tree.ts';

/** A field that the schema knows, with values that are sometimes even right. */
export function randomField(dice: Dice, shape: Shape = modelConfigShape, depth = 0): Node {
  const usual = shape.fields.filter(({ name }) => !isRare(name) || dice.chance(0.1));
  // A message without fields (all { }) has nothing to add, so it gets something wrong.
  return usual.length > 0 ? fieldWith(dice, dice.pick(usual), depth) : { name: 'name', value: '"x"' };
}

/** Puts a field among others; what it excludes goes, but now and then both stay, which no parser takes. */
export function putAmong(dice: Dice, among: Node[], node: Node, shape: Shape): void {
  const old = among.findIndex(({ name }) => excludes(shape, node.name, name));
  if (old >= 0 && dice.chance(0.95)) among.splice(old, 1, node);
  else among.splice(dice.chance(0.5) ? among.length : dice.below(among.length + 1), 0, node);
}

export function fieldWith(dice: Dice, field: FieldShape, depth = 0): Node {
  return { name: field.name, value: field.type.kind === 'message' ? messageOf(dice, field.type.shape, depth) : randomScalar(dice, field) };
}

/** A value for a field: mostly one of its kind, now and then one that means something there. */
export function randomScalar(dice: Dice, { name, type }: FieldShape): string {
  const known = wordsFor[name];
  if (known && type.kind === 'string' && dice.chance(0.85)) return `"${dice.pick(known)}"`;
  return scalarOf(dice, type);
}

export function scalarOf(dice: Dice, type: FieldType): string {
  switch (type.kind) {
    case 'number':
      return randomNumber(dice, type.of);
    case 'bool':
      return dice.pick(['true', 'false']);
    case 'string':
      return `"${dice.pick(words)}"`;
    case 'enum':
      return weighted(dice, [
        [20, () => dice.pick(type.symbols)],
        [2, () => String(dice.below(type.symbols.length))],
        [1, () => dice.pick(['7', '99', '-1', '2147483647', '2147483648', '4', '6', '15'])],
        [1, () => dice.pick(['TYPE_FLOAT', 'FP32', 'KIND_TPU', 'type_fp32', 'KIND_GPU', 'TYPE_INVALID', 'FORMAT_NONE'])],
      ])();
    case 'message':
      return '{ }';
  }
}

function messageOf(dice: Dice, shape: Shape, depth: number): Node[] {
  const isSmall = depth > 1 || shape.name.endsWith('Entry');
  const wanted =
    shape.name.endsWith('Entry') && dice.chance(0.9) ? shape.fields : shape.fields.filter(() => dice.chance(isSmall ? 0.6 : 0.4));
  const possible = wanted.filter(
    ({ name }, at) => dice.chance(0.03) || !wanted.slice(0, at).some((one) => excludes(shape, one.name, name)),
  );
  return possible.flatMap((field) => {
    const times = field.isRepeated ? dice.below(3) : 1;
    return Array.from({ length: times }, () => fieldWith(dice, field, depth + 1));
  });
}

function randomNumber(dice: Dice, kind: NumberKind): string {
  const usual = ['0', '1', '2', '3', '4', '8', '16'];
  return weighted(dice, [
    [6, () => dice.pick(usual)],
    [2, () => '-1'],
    [1, () => dice.pick(['-2', '-3', '100', '1000', '65536', '9'])],
    [1, () => dice.pick(edges[kind])],
  ])();
}

const int32Edges = ['2147483647', '2147483648', '-2147483648', '-2147483649', '4294967296'];
const int64Edges = [
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '-9223372036854775809',
  '4294967296',
  '3037000500',
];
const realEdges = ['0.5', '1.0', '1.5', '-0.1', 'nan', 'inf', '-inf', '1e39', '1e-50', '1.0000001'];

/** The largest and smallest of each kind, and the first that are too large or too small. */
export const edges: Readonly<Record<NumberKind, readonly string[]>> = {
  int32: int32Edges,
  int64: int64Edges,
  uint32: ['4294967295', '4294967296', '2147483648', '-1'],
  uint64: ['18446744073709551615', '18446744073709551616', '9223372036854775808', '-1'],
  float: realEdges,
  double: realEdges,
};

/** Fields that 2.51 does not know, or that decide the ruling by themselves. */
function isRare(name: string): boolean {
  return ['model_metrics', 'model_repository_agents', 'max_inflight_requests', 'ensemble_scheduling', 'gpus', 'metric_tags'].includes(name);
}

const words = ['', 'x', 'y', 'a', 'm', 'image', 'start', '0', '1', '../x', 'a b', 'Ünï', 'x.y', '/tmp/x'];
const tensors = ['x', 'y', 'a', 'b', 'image', 'scores', 'ragged', 'other', 'start', 'end', 'in', 'out', 'scattered', ''];

export const platforms: readonly string[] = [
  'onnxruntime_onnx',
  'tensorrt_plan',
  'pytorch_libtorch',
  'libtorch',
  'torch_aoti',
  'tensorflow_graphdef',
  'tensorflow_savedmodel',
  'ensemble',
  'python',
  'openvino',
  'anything',
  '',
];

const wordsFor: Readonly<Record<string, readonly string[]>> = {
  name: tensors,
  input_name: tensors,
  output_name: tensors,
  source_input: ['ragged', 'x', 'other', 'image', 'a', 'nowhere', ''],
  target_name: ['scattered', 'y', 'plain', 'scores', 'nowhere', ''],
  platform: platforms,
  backend: ['accept', 'identity', 'onnxruntime', 'tensorrt', 'pytorch', 'tensorflow', 'openvino', 'python', 'vllm', 'ensemble', 'none', ''],
  default_model_filename: [
    'model.onnx',
    'model.plan',
    'model.pt',
    'model.pt2',
    'model.py',
    'model.xml',
    'model.graphdef',
    'model.savedmodel',
    'x',
    '',
  ],
  runtime: [
    '',
    'libtriton_accept.so',
    'libtriton_onnxruntime.so',
    'libtriton_identity.so',
    'model.py',
    '../accept/libtriton_accept.so',
    'x.so',
  ],
  profile: ['0', '1', '7', '1x', ' 3', '+2', '-1', 'x', '', '2147483647', '0', '0'],
  host_policy: ['', 'cpu', 'gpu_0', 'model', 'mine'],
  label_filename: [
    'labels.txt',
    '',
    'nowhere.txt',
    '../m/labels.txt',
    '../labels.txt',
    '1/model.onnx',
    '1',
    '/etc/hostname',
    './labels.txt',
    '1/../labels.txt',
  ],
  input_data_file: ['a', 'image', 'words', 'nowhere', '', '../warmup/a', '../labels.txt'],
  data_file: ['start', 'nowhere', '', '../initial_state/start', '../warmup/a'],
  model_name: ['a', 'b', 'm', 'nowhere', ''],
  key: ['x', 'a', 'image', 'words', 'TRITON_BATCH_STRATEGY_PATH', 'EXECUTION_ENV_PATH', 'b', ''],
};
