import type { Datatype } from '#core/kserve/tensor.ts';
import type { OutputTensor } from './inference-server.ts';
import { refuse } from './refused.ts';

/** What of a response tells about its classes. */
type Classes = { readonly isBatched: boolean; labelOf(output: string, index: number): string | undefined };

/** An output as the classes with the highest values, `value:index` or `value:index:label` each, in place of its values. */
export function classified(output: OutputTensor, classes: number, { isBatched, labelOf }: Classes): OutputTensor {
  const rows = isBatched ? (output.shape[0] ?? 1) : 1;
  const values = valuesOf(output);
  const width = values.length / Math.max(1, rows);
  const count = Math.min(classes, width);
  const isFloat = output.datatype.startsWith('FP');
  const pieces: Buffer[] = [];
  for (let row = 0; row < rows; row += 1) {
    const order = Array.from({ length: width }, (_, index) => index).sort((a, b) => compare(values, row * width + a, row * width + b));
    for (const index of order.slice(0, count)) {
      const label = labelOf(output.name, index);
      const text = Buffer.from(`${written(values[row * width + index], isFloat)}:${index}${label === undefined ? '' : `:${label}`}`);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(text.length);
      pieces.push(length, text);
    }
  }
  return { ...output, datatype: 'BYTES', shape: isBatched ? [rows, count] : [count], bytes: Buffer.concat(pieces) };
}

type Values = ArrayLike<number> | ArrayLike<bigint>;

/** The highest first; equal ones in their order. */
const compare = (values: Values, a: number, b: number): number => {
  const [left = 0, right = 0] = [values[a], values[b]];
  return left > right ? -1 : left < right ? 1 : a - b;
};

/** As C++ writes a number: floating-point ones with six digits behind the point. */
const written = (value: number | bigint | undefined, isFloat: boolean): string => (isFloat ? Number(value).toFixed(6) : String(value));

const views: Readonly<Partial<Record<Datatype, (buffer: ArrayBuffer) => Values>>> = {
  UINT8: (buffer) => new Uint8Array(buffer),
  UINT16: (buffer) => new Uint16Array(buffer),
  UINT32: (buffer) => new Uint32Array(buffer),
  UINT64: (buffer) => new BigUint64Array(buffer),
  INT8: (buffer) => new Int8Array(buffer),
  INT16: (buffer) => new Int16Array(buffer),
  INT32: (buffer) => new Int32Array(buffer),
  INT64: (buffer) => new BigInt64Array(buffer),
  FP32: (buffer) => new Float32Array(buffer),
  FP64: (buffer) => new Float64Array(buffer),
};

function valuesOf({ name, datatype, bytes }: OutputTensor): Values {
  const view = views[datatype];
  return view
    ? view(new Uint8Array(bytes).buffer)
    : refuse('Invalid argument', `class result not available for output '${name}' due to unsupported type '${datatype}'`);
}
