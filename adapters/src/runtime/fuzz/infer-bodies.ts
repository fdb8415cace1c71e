import type { Dice } from '#core/base/dice.ts';
import { bytesOf, type GoodInfer, type GoodInput, goodInfer } from './good-infer.ts';
import { mutateTree, printTree, type Tree, treeOf } from './json-tree.ts';
import { oddTexts } from './odd-values.ts';

export type InferBody = {
  readonly model: string;
  readonly says: string;
  readonly body: Buffer;
  readonly headers: readonly (readonly [string, string])[];
};

/** JSON alone: good, with something else in some places, or broken as a text. */
export function jsonBody(dice: Dice): InferBody {
  const good = goodInfer(dice);
  const root = treeOf({
    ...(dice.chance(0.3) ? { id: dice.pick(['a', 'größer', '"', '']) } : {}),
    inputs: good.inputs.map((input) => jsonInput(dice, input)),
    ...moreOf(dice, good),
  });
  const says = mutated(dice, root);
  const [text, spoilt] = dice.chance(0.12) ? spoiltText(dice, printTree(root)) : [printTree(root), ''];
  return { model: good.model, says: `${says}${spoilt}`, body: Buffer.from(withoutHugeShapes(text)), headers: [] };
}

/** JSON with tensors behind it, and sizes that may be off by some. */
export function binaryBody(dice: Dice): InferBody {
  const good = goodInfer(dice);
  const tensors: Buffer[] = [];
  const inputs = good.inputs.map((input) => {
    if (input.datatype !== 'FP16' && dice.chance(0.2)) return jsonInput(dice, input);
    // What is no UTF-8 is refused by either backend, each in its own way.
    const bytes = input.datatype === 'BYTES' ? cutBytes(dice, bytesOf(input)) : spoiltBytes(dice, bytesOf(input));
    tensors.push(bytes);
    const { name, datatype, shape } = input;
    return { name, datatype, shape, parameters: { binary_data_size: offBySome(dice, bytes.length) } };
  });
  const root = treeOf({ inputs, ...moreOf(dice, good) });
  const says = dice.chance(0.5) ? 'binary' : `binary, ${mutated(dice, root)}`;
  const head = Buffer.from(withoutHugeShapes(printTree(root)));
  const length = dice.chance(0.08) ? dice.pick(oddTexts) : String(offBySome(dice, head.length));
  return {
    model: good.model,
    says: `${says}, head of ${length} and not ${head.length}`,
    body: Buffer.concat([head, ...tensors]),
    headers: [['Inference-Header-Content-Length', length]],
  };
}

/** One tensor and nothing else. */
export function rawBody(dice: Dice): InferBody {
  const good = goodInfer(dice);
  const bytes = good.inputs.map(bytesOf)[0] ?? Buffer.alloc(0);
  const body = dice.chance(0.5) ? bytes.subarray(0, dice.below(bytes.length + 1)) : Buffer.concat([bytes, Buffer.alloc(dice.below(9))]);
  return {
    model: good.model,
    says: 'raw',
    body,
    headers: [['Inference-Header-Content-Length', dice.pick(['0', '0', '0', 'x', '00', ' 0'])]],
  };
}

/** A real Triton takes memory for as many elements as a shape promises of JSON, and dies, or takes minutes. */
function withoutHugeShapes(text: string): string {
  return text.includes('"data"')
    ? text.replace(/("shape":\[)([^\]]*)/g, (_, before: string, dims: string) => before + dims.replace(/\d{6,}/g, '70000'))
    : text;
}

function jsonInput(dice: Dice, { name, datatype, shape, values }: GoodInput): object {
  return { name, datatype, shape, data: dice.chance(0.3) ? nested(shape, values) : values };
}

/** In as many brackets as the shape has dimensions. */
function nested(shape: readonly number[], values: readonly unknown[]): unknown {
  const [size = 0, ...rest] = shape;
  if (rest.length === 0) return values;
  const each = rest.reduce((product, dim) => product * dim, 1);
  return Array.from({ length: size }, (_, at) => nested(rest, values.slice(at * each, (at + 1) * each)));
}

/** Outputs and parameters. A real Triton dies of classes of strings and of empty tensors, so nobody asks for those. */
function moreOf(dice: Dice, { outputs, inputs, model }: GoodInfer): object {
  const isText = inputs.some(({ datatype, values }) => datatype === 'BYTES' || values.length === 0);
  const wanted = outputs
    .filter((name) => model !== 'types' || (name !== 'FP16_out' && dice.chance(0.7)))
    .map((name) => ({ name, ...(dice.chance(0.5) ? {} : { parameters: outputParameters(dice, isText) }) }));
  // Without its name an output of FP16 is wanted in JSON, which is refused: now and then that may be.
  const isNamed = dice.chance(model === 'types' ? 0.8 : 0.4);
  return {
    ...(isNamed ? { outputs: wanted } : {}),
    ...(dice.chance(0.35) ? { parameters: requestParameters(dice) } : {}),
  };
}

function outputParameters(dice: Dice, isText: boolean): object {
  return dice.pick<object>([
    { binary_data: true },
    { binary_data: false },
    { binary_data: dice.pick<unknown>([1, 'true', null]) },
    isText ? {} : { classification: dice.pick<unknown>([0, 1, 2, 3, 100, -1, 'x', null, 1.5, true]) },
    isText ? {} : { classification: 2, binary_data: dice.chance(0.5) },
    { shared_memory_region: 'nope', shared_memory_byte_size: 8 },
    { shared_memory_byte_size: 8 },
    { shared_memory_offset: 8 },
    { nope: 1 },
    {},
  ]);
}

const parameterValues: readonly unknown[] = [0, 1, 2, 3, -1, 1.5, true, false, 'x', '', '5', null, [], {}, 10_000_000];

function requestParameters(dice: Dice): object {
  const names = [
    'priority',
    'timeout',
    'binary_data_output',
    'sequence_id',
    'sequence_start',
    'sequence_end',
    'own',
    'triton_x',
    'größe',
    '',
  ];
  const some = Array.from({ length: 1 + dice.below(2) }, () => [dice.pick(names), dice.pick(parameterValues)] as const);
  if (dice.chance(0.4)) return { binary_data_output: true };
  return Object.fromEntries(some);
}

function mutated(dice: Dice, root: Tree): string {
  const count = dice.pick([0, 1, 1, 1, 1, 2, 2, 3]);
  return Array.from({ length: count }, () => mutateTree(dice, root)).join(', ') || 'good';
}

function spoiltText(dice: Dice, text: string): readonly [string, string] {
  const at = dice.below(text.length + 1);
  const odd = dice.pick(['x', ',', '}', ']', '{', '[', '"', ':', ' ', '\n', '\t', '\\', '1', 'e', '\u00e9', '😀', '\ufeff', '-']);
  return dice.pick<() => readonly [string, string]>([
    () => [text.slice(0, at), `, cut at ${at}`],
    () => [text + odd, `, ${JSON.stringify(odd)} behind`],
    () => [`${odd}${text}`, `, ${JSON.stringify(odd)} before`],
    () => [text.slice(0, at) + odd + text.slice(at), `, ${JSON.stringify(odd)} at ${at}`],
    () => [text.slice(0, at) + text.slice(at + 1), `, without the character at ${at}`],
    () => [text.replaceAll(',', ' ,\r\n\t '), ', with white space'],
    () => [text + text, ', doubled'],
  ])();
}

const offBySome = (dice: Dice, size: number): number => (dice.chance(0.8) ? size : size + dice.pick([-1, 1, -4, 4, 8, 1000, -1000]));

const cutBytes = (dice: Dice, bytes: Buffer): Buffer => (dice.chance(0.85) ? bytes : bytes.subarray(0, dice.below(bytes.length + 1)));

function spoiltBytes(dice: Dice, bytes: Buffer): Buffer {
  if (dice.chance(0.75) || bytes.length === 0) return bytes;
  const copy = Buffer.from(bytes);
  copy[dice.below(copy.length)] = dice.below(256);
  return dice.chance(0.5) ? copy : copy.subarray(0, dice.below(copy.length + 1));
}
