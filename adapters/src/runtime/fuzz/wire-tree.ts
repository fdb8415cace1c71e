import { type Dice, weighted } from '#core/base/dice.ts';

/** One field of a protobuf message as it lies on the wire: a varint, four or eight bytes, or a length and what it holds. */
export type Field = { number: number; type: number; value: bigint | Buffer | Field[] };

export const text = (number: number, value: string): Field => ({ number, type: 2, value: Buffer.from(value) });
export const bytes = (number: number, value: Buffer): Field => ({ number, type: 2, value });
export const varint = (number: number, value: bigint | number): Field => ({ number, type: 0, value: BigInt(value) });
export const double = (number: number, value: number): Field => ({ number, type: 1, value: Buffer.from(new Float64Array([value]).buffer) });
export const nested = (number: number, value: Field[]): Field => ({ number, type: 2, value });
export const packed = (number: number, values: readonly (bigint | number)[]): Field =>
  bytes(number, Buffer.concat(values.map((value) => writtenVarint(BigInt(value)))));
export const entry = (number: number, key: string, value: Field[]): Field => nested(number, [text(1, key), nested(2, value)]);

export function printFields(fields: readonly Field[]): Buffer {
  return Buffer.concat(fields.map(printField));
}

function printField({ number, type, value }: Field): Buffer {
  const tag = writtenVarint((BigInt(number) << 3n) | BigInt(type));
  if (typeof value === 'bigint') return Buffer.concat([tag, type === 0 ? writtenVarint(value) : fixed(value, type)]);
  const inner = Buffer.isBuffer(value) ? value : printFields(value);
  return type === 2 ? Buffer.concat([tag, writtenVarint(BigInt(inner.length)), inner]) : Buffer.concat([tag, inner]);
}

/** As C writes a negative number: as the 64 bits that it has. */
export function writtenVarint(value: bigint): Buffer {
  const wrote: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    wrote.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Buffer.from(wrote);
}

function fixed(value: bigint, type: number): Buffer {
  const whole = Buffer.alloc(8);
  whole.writeBigUInt64LE(BigInt.asUintN(64, value));
  return type === 5 ? whole.subarray(0, 4) : whole;
}

const numbers = [
  0n,
  1n,
  -1n,
  2n,
  3n,
  255n,
  256n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n + 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  2n ** 64n - 1n,
];
const texts = ['', 'x', 'y', 'flat', 'größe', 'FP32', 'BYTES', 'INT64', '1', '0', '-1', 'shared_memory_region', 'classification'];

/** Changes one field somewhere. */
export function mutateFields(dice: Dice, root: Field[]): string {
  const places = placesIn(root);
  if (places.length === 0) return 'nothing to change';
  const { list, at } = dice.pick(places);
  const field = list[at] as Field;
  const about = `field ${field.number}`;
  return weighted<() => string>(dice, [
    [4, () => ((field.value = otherValue(dice, field)), `${about} has another value`)],
    [2, () => (list.splice(at, 1), `${about} is gone`)],
    [2, () => (list.splice(dice.below(list.length + 1), 0, structuredCopy(field)), `${about} comes twice`)],
    [2, () => ((field.number = dice.pick([1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 100, 536_870_911])), `${about} is now ${field.number}`)],
    [1, () => ((field.type = dice.pick([0, 1, 2, 5])), `${about} is of wire type ${field.type}`)],
    [1, () => (list.splice(at, 0, varint(dice.pick([9, 15, 100, 0]), 7)), 'an unknown field')],
    [1, () => (list.reverse(), 'fields in reverse')],
  ])();
}

type Place = { readonly list: Field[]; readonly at: number };

function placesIn(list: Field[]): Place[] {
  return list.flatMap((field, at): Place[] => [{ list, at }, ...(Array.isArray(field.value) ? placesIn(field.value) : [])]);
}

/** structuredClone makes of a Buffer something else. */
function structuredCopy(field: Field): Field {
  const { value } = field;
  if (typeof value === 'bigint') return { ...field };
  return { ...field, value: Buffer.isBuffer(value) ? Buffer.from(value) : value.map(structuredCopy) };
}

function otherValue(dice: Dice, { value }: Field): Field['value'] {
  if (typeof value === 'bigint') return dice.pick(numbers);
  if (Array.isArray(value)) return dice.chance(0.5) ? [] : Buffer.from(dice.pick(texts));
  if (dice.chance(0.4)) return Buffer.from(dice.pick(texts));
  if (dice.chance(0.3)) return writtenVarint(dice.pick(numbers));
  if (dice.chance(0.3)) return value.subarray(0, dice.below(value.length + 1));
  return Buffer.concat([value, Buffer.from([dice.below(256)])]);
}
