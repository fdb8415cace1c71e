import { deepStrictEqual, notDeepStrictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { Datatype } from '#core/kserve/tensor.ts';
import { wrongTensor } from './wrong-tensor.ts';

const bytesOf = (array: ArrayBufferView): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

test('a wrong answer has the name, the datatype and the size of the right one, and no value of it', () => {
  const values: readonly (readonly [Datatype, ArrayBufferView, number])[] = [
    ['FP64', Float64Array.of(0, -0, 1.5, -1e300, Number.NaN), 8],
    ['FP32', Float32Array.of(0, -0, 0.1, -3, Number.POSITIVE_INFINITY), 4],
    ['FP16', Uint16Array.of(0, 0x8000, 0x3c00, 0xc000), 2],
    ['BF16', Uint16Array.of(0, 0x8000, 0x3f80, 0xc000), 2],
    ['INT8', Int8Array.of(0, -1, 127), 1],
    ['INT16', Int16Array.of(0, -1, 32_767, 255), 2],
    ['INT32', Int32Array.of(0, -1, 2 ** 31 - 1), 4],
    ['INT64', BigInt64Array.of(0n, -1n, 255n), 8],
    ['UINT8', Uint8Array.of(0, 255), 1],
    ['UINT16', Uint16Array.of(0, 65_535), 2],
    ['UINT32', Uint32Array.of(0, 2 ** 32 - 1), 4],
    ['UINT64', BigUint64Array.of(0n, 2n ** 64n - 1n), 8],
    ['BOOL', Uint8Array.of(0, 1), 1],
  ];
  for (const [datatype, array, size] of values) {
    const right = bytesOf(array).slice();
    const wrong = wrongTensor({ name: 'y', datatype, shape: [1, 2], bytes: right });
    deepStrictEqual([wrong.name, wrong.datatype, wrong.shape, wrong.bytes.length], ['y', datatype, [1, 2], right.length]);
    deepStrictEqual(right, bytesOf(array), 'the right answer stays as it was');
    for (let at = 0; at < right.length; at += size)
      notDeepStrictEqual(wrong.bytes.slice(at, at + size), right.slice(at, at + size), `${datatype}, byte ${at}`);
  }
});

test('the best of some scores is another one', () => {
  const { bytes } = wrongTensor({ name: 'y', datatype: 'FP32', shape: [1, 3], bytes: bytesOf(Float32Array.of(0.1, 0.7, 0.2)) });
  const scores = new Float32Array(bytes.buffer, bytes.byteOffset, 3);
  deepStrictEqual(scores.indexOf(Math.max(...scores)), 0);
});

test('wrong texts are texts', () => {
  const texts = Buffer.from('\u0003\0\0\0cat\u0005\0\0\0wrong\0\0\0\0', 'latin1');
  deepStrictEqual(
    Buffer.from(wrongTensor({ name: 'y', datatype: 'BYTES', shape: [3], bytes: texts }).bytes).toString('latin1'),
    '\u0005\0\0\0wrong\u0007\0\0\0wronger\u0005\0\0\0wrong',
  );
});
