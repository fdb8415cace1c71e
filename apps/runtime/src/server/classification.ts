import type { OutputTensor } from './inference-server.ts';
import { refuse } from './refused.ts';

type Wanted = { readonly classes: number; readonly isBatched: boolean; labelOf(index: number): string | undefined };

/** The highest values of an output as `value:index` or `value:index:label`, the highest one first; with a batch, of each of its rows. */
export function classified({ name, datatype, shape, bytes }: OutputTensor, { classes, isBatched, labelOf }: Wanted): OutputTensor {
  const read = readers[datatype];
  if (read === undefined) refuse('Invalid argument', `class result not available for output due to unsupported type '${datatype}'`);
  const values = read(bytes);
  const rows = isBatched ? (shape[0] ?? 1) : 1;
  const width = rows === 0 ? 0 : values.length / rows;
  const count = Math.min(classes, width);
  const elements: Buffer[] = [];
  for (let row = 0; row < rows; row += 1) {
    const ofRow = values.slice(row * width, (row + 1) * width);
    for (const index of highest(ofRow, count)) elements.push(element(textOf(ofRow[index] ?? 0, datatype), index, labelOf(index)));
  }
  return { name, datatype: 'BYTES', shape: isBatched ? [rows, count] : [count], bytes: Buffer.concat(elements) };
}

type Values = readonly (number | bigint)[];

/** By datatype; the bytes of an output may start anywhere, which a typed array cannot. */
const readers: Readonly<Record<string, ((bytes: Uint8Array) => Values) | undefined>> = {
  UINT8: (bytes) => [...bytes],
  UINT16: (bytes) => [...new Uint16Array(aligned(bytes))],
  UINT32: (bytes) => [...new Uint32Array(aligned(bytes))],
  UINT64: (bytes) => [...new BigUint64Array(aligned(bytes))],
  INT8: (bytes) => [...new Int8Array(aligned(bytes))],
  INT16: (bytes) => [...new Int16Array(aligned(bytes))],
  INT32: (bytes) => [...new Int32Array(aligned(bytes))],
  INT64: (bytes) => [...new BigInt64Array(aligned(bytes))],
  FP32: (bytes) => [...new Float32Array(aligned(bytes))],
  FP64: (bytes) => [...new Float64Array(aligned(bytes))],
};

function aligned(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

/** Of equal values the one that comes first is the higher one. A real Triton keeps that up to 16 values, and sorts unstably above. */
function highest(values: Values, count: number): readonly number[] {
  const compare = (left: number, right: number) => {
    const [a = 0, b = 0] = [values[left], values[right]];
    return a > b ? -1 : a < b ? 1 : 0;
  };
  return [...values.keys()].sort(compare).slice(0, count);
}

/** As C's printf writes it with %f: six digits behind the point, whatever the size. */
function textOf(value: number | bigint, datatype: string): string {
  if (typeof value === 'bigint' || !datatype.startsWith('FP')) return String(value);
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.000000';
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`;
}

function element(value: string, index: number, label: string | undefined): Buffer {
  const text = Buffer.from(label === undefined || label === '' ? `${value}:${index}` : `${value}:${index}:${label}`);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text]);
}
