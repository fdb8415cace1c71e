import { deepStrictEqual, strictEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import type { Datatype } from '#core/kserve/tensor.ts';
import { classified } from './classification.ts';

const bytesOf = (values: ArrayBufferView) => new Uint8Array(values.buffer);
const output = (datatype: Datatype, shape: number[], bytes: Uint8Array) => ({ name: 'O', datatype, shape, bytes });
const labelOf = (index: number) => ['zero', undefined, ''][index];

function texts(raw: Uint8Array): string[] {
  const found = [];
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
  for (let at = 0; at < raw.length; at += 4 + view.getUint32(at, true))
    found.push(Buffer.from(raw.subarray(at + 4, at + 4 + view.getUint32(at, true))).toString());
  return found;
}

// What a real tritonserver 2.51 says of the same values.
test('values are written as C writes them, and of equal ones the first comes first', () => {
  const wanted = { classes: 10, isBatched: false, labelOf };
  const of = (datatype: Datatype, values: ArrayBufferView) => texts(classified(output(datatype, [3], bytesOf(values)), wanted).bytes);
  deepStrictEqual(of('FP32', new Float32Array([1, 3, 2])), ['3.000000:1', '2.000000:2', '1.000000:0:zero']);
  deepStrictEqual(of('FP64', new Float64Array([1e22, 0.5, -Infinity])), ['10000000000000000000000.000000:0:zero', '0.500000:1', '-inf:2']);
  deepStrictEqual(of('INT64', new BigInt64Array([5n, 5n, 9007199254740993n])), ['9007199254740993:2', '5:0:zero', '5:1']);
  deepStrictEqual(of('UINT8', new Uint8Array([1, 255, 255])), ['255:1', '255:2', '1:0:zero']);
});

test('a batch is classified row by row', () => {
  const values = output('FP32', [2, 3], bytesOf(new Float32Array([1, 3, 2, 7, 8, 9])));
  const { shape, datatype, bytes: raw } = classified(values, { classes: 2, isBatched: true, labelOf: () => undefined });
  deepStrictEqual([shape, datatype], [[2, 2], 'BYTES']);
  deepStrictEqual(texts(raw), ['3.000000:1', '2.000000:2', '9.000000:2', '8.000000:1']);
  strictEqual(classified(output('FP32', [0, 3], new Uint8Array()), { classes: 2, isBatched: true, labelOf }).bytes.length, 0);
});

test('datatypes without an order are refused', () => {
  throws(() => classified(output('FP16', [1], new Uint8Array(2)), { classes: 1, isBatched: false, labelOf }), {
    message: "class result not available for output due to unsupported type 'FP16'",
  });
});
