import { deepStrictEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { joinTensors, splitTensors } from './batch-tensors.ts';
import type { RawTensor } from './frames.ts';

const floats = (shape: number[], ...values: number[]): RawTensor => ({ shape, bytes: new Uint8Array(new Float32Array(values).buffer) });
const strings = (shape: number[], ...texts: string[]): RawTensor => ({
  shape,
  bytes: Buffer.concat(texts.flatMap((text) => [Buffer.from(new Uint32Array([Buffer.byteLength(text)]).buffer), Buffer.from(text)])),
});
const present = (tensors: readonly (RawTensor | undefined)[]) => tensors.filter((tensor) => tensor !== undefined);
const plain = (tensor: RawTensor | undefined) => ({ shape: tensor?.shape, bytes: [...(tensor?.bytes ?? [])] });

test('requests are joined row by row, and each gets its own rows back', () => {
  const one = floats([1, 2], 1, 2);
  const two = floats([2, 2], 3, 4, 5, 6);
  const joined = joinTensors([[one], [two]]);
  deepStrictEqual(joined.map(plain), [plain(floats([3, 2], 1, 2, 3, 4, 5, 6))]);
  const split = splitTensors(present(joined), [{ name: 'out', datatype: 'FP32' }], [1, 2]);
  deepStrictEqual(
    split.map(([tensor]) => plain(tensor)),
    [plain(one), plain(two)],
  );
});

test('strings of different lengths go back to the request they belong to', () => {
  const one = strings([1, 2], 'a', '');
  const two = strings([1, 2], 'größer', 'b');
  const split = splitTensors(present(joinTensors([[one], [two]])), [{ name: 'out', datatype: 'BYTES' }], [1, 1]);
  deepStrictEqual(
    split.map(([tensor]) => plain(tensor)),
    [plain(one), plain(two)],
  );
});

test('a model that gives another number of rows is found out', () => {
  throws(() => splitTensors([floats([1, 2], 1, 2)], [{ name: 'out', datatype: 'FP32' }], [1, 1]), /'out' has 1 rows for a batch of 2/);
});
