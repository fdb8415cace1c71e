import { type Dice, weighted } from '#core/base/dice.ts';
import { onnxTypes } from '../likeness/models.ts';

/** A tensor that its model takes. Numbers are whole, so that every datatype can hold them. */
export type GoodInput = {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly values: readonly (number | string | boolean)[];
};

export type GoodInfer = { readonly model: string; readonly inputs: readonly GoodInput[]; readonly outputs: readonly string[] };

type Known = {
  readonly inputs: readonly (readonly [name: string, datatype: string, dims: readonly number[]])[];
  readonly outputs: readonly string[];
};

const types = Object.keys(onnxTypes);
const datatypeOf = (type: string): string => (type === 'STRING' ? 'BYTES' : type);

/** The models of a likeness repository as a client sees them: -1 is the batch, -2 any size. */
const models: Readonly<Record<string, Known>> = {
  flat: { inputs: [['x', 'FP32', [-2]]], outputs: ['y'] },
  scalar: { inputs: [['x', 'FP32', [-1, 1]]], outputs: ['y'] },
  matrix: { inputs: [['x', 'FP32', [-1, -2, 2]]], outputs: ['y'] },
  text: { inputs: [['x', 'BYTES', [-1, -2]]], outputs: ['y'] },
  versions: { inputs: [['x', 'FP32', [-1, -2]]], outputs: ['y'] },
  cached: { inputs: [['x', 'FP32', [-1, -2]]], outputs: ['y'] },
  digits: { inputs: [['pixels', 'FP32', [-1, 64]]], outputs: ['probabilities'] },
  pair: { inputs: [['in', 'FP32', [-1, -2, 2]]], outputs: ['out'] },
  types: { inputs: types.map((type) => [type, datatypeOf(type), [-1, 2]] as const), outputs: types.map((type) => `${type}_out`) },
};

export const loadedModels: readonly string[] = [...Object.keys(models), 'direct', 'oldest'];

/** A request that is answered. */
export function goodInfer(dice: Dice): GoodInfer {
  const model = weighted(dice, weights);
  const known = models[model] as Known;
  const [batch, size] = [1 + dice.below(3), dice.below(4)];
  const inputs = known.inputs.map(([name, datatype, dims]): GoodInput => {
    const shape = dims.map((dim) => (dim === -1 ? batch : dim === -2 ? size : dim));
    const count = shape.reduce((product, dim) => product * dim, 1);
    return { name, datatype, shape, values: Array.from({ length: count }, () => valueOf(dice, datatype)) };
  });
  return { model, inputs, outputs: known.outputs };
}

const weights = [
  [6, 'flat'],
  [3, 'scalar'],
  [4, 'matrix'],
  [4, 'text'],
  [1, 'versions'],
  [2, 'cached'],
  [1, 'digits'],
  [1, 'pair'],
  [4, 'types'],
] as const;

function valueOf(dice: Dice, datatype: string): number | string | boolean {
  if (datatype === 'BOOL') return dice.chance(0.5);
  if (datatype === 'BYTES') return dice.pick(['', 'a', 'größer', '日本', 'a longer string', '1']);
  return dice.below(100);
}

const widths: Readonly<Record<string, number>> = { '8': 1, '16': 2, '32': 4, '64': 8 };

/** As the tensor's bytes on the wire. */
export function bytesOf({ datatype, values }: GoodInput): Buffer {
  return Buffer.concat(values.map((value) => elementOf(datatype, value)));
}

function elementOf(datatype: string, value: number | string | boolean): Buffer {
  if (typeof value === 'string') {
    const head = Buffer.alloc(4);
    head.writeUInt32LE(Buffer.byteLength(value));
    return Buffer.concat([head, Buffer.from(value)]);
  }
  const bytes = Buffer.alloc(datatype === 'BOOL' ? 1 : (widths[/\d+$/.exec(datatype)?.[0] ?? '8'] ?? 1));
  if (datatype === 'FP32') bytes.writeFloatLE(Number(value));
  else if (datatype === 'FP64') bytes.writeDoubleLE(Number(value));
  else bytes.writeUInt8(Number(value));
  return bytes;
}
