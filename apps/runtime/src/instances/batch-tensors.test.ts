import { deepStrictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { joinTensors, splitTensors } from './batch-tensors.ts';
import type { RawTensor } from './frames.ts';

const floats = (shape: number[], ...values: number[]): RawTensor => ({ shape, bytes: new Uint8Array(new Float32Array(values).buffer) });
const strings = (shape: number[], ...texts: string[]): RawTensor => ({
  shape,
  bytes: Buffer.concat(texts.flatMap((text) => [Buffer.from(new Uint32Array([Buffer.byteLength(text)]).buffer), Buffer.from(text)])),
});
const plain = (tensor: RawTensor | undefined) => ({ shape: tensor?.shape, bytes: [...(tensor?.bytes ?? [])] });
const told = (parts: readonly (readonly RawTensor[] | string)[]) =>
  parts.map((part) => (typeof part === 'string' ? part : part.map(plain)));

const rows = { inputs: [{ isRagged: false }], batchInputs: [] };
const out = { name: 'out', datatype: 'FP32', modelDims: [-1], scatteredBy: undefined } as const;
const asked = (...tensors: readonly RawTensor[]) => tensors.map((tensor) => ({ size: tensor.shape[0] ?? 0, tensors: [tensor] }));

const split = (
  outputs: Parameters<typeof splitTensors>[0],
  specs: Parameters<typeof splitTensors>[1],
  requests: Parameters<typeof splitTensors>[2],
) => splitTensors(outputs, specs, requests, true);

test('requests are joined row by row, and each gets its own rows back', () => {
  const [one, two] = [floats([1, 2], 1, 2), floats([2, 2], 3, 4, 5, 6)];
  const joined = joinTensors([[one], [two]], rows);
  deepStrictEqual(joined.map(plain), [plain(floats([3, 2], 1, 2, 3, 4, 5, 6))]);
  deepStrictEqual(told(split([floats([3, 2], 1, 2, 3, 4, 5, 6)], [out], asked(one, two))), [[plain(one)], [plain(two)]]);
});

test('strings of different lengths go back to the request they belong to', () => {
  const [one, two] = [strings([1, 2], 'a', ''), strings([1, 2], 'größer', 'b')];
  const joined = strings([2, 2], 'a', '', 'größer', 'b');
  deepStrictEqual(joinTensors([[one], [two]], rows).map(plain), [plain(joined)]);
  deepStrictEqual(told(split([joined], [{ ...out, datatype: 'BYTES' }], asked(one, two))), [[plain(one)], [plain(two)]]);
});

test('ragged inputs stand value behind value, and what is said of the batch goes by requests or by rows', () => {
  const [one, two] = [floats([1, 3], 1, 2, 3), floats([2, 2], 4, 5, 6, 7)];
  const kinds = {
    BATCH_ELEMENT_COUNT: floats([2], 3, 4),
    BATCH_ACCUMULATED_ELEMENT_COUNT: floats([2], 3, 7),
    BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO: floats([3], 0, 3, 7),
    BATCH_MAX_ELEMENT_COUNT_AS_SHAPE: floats([4], 0, 0, 0, 0),
    BATCH_ITEM_SHAPE: floats([3, 1], 3, 2, 2),
    BATCH_ITEM_SHAPE_FLATTEN: floats([3], 3, 2, 2),
  };
  const batchInputs = Object.keys(kinds).map((kind) => ({ kind, names: [kind], datatype: 'FP32', source: 0 }) as const);
  deepStrictEqual(joinTensors([[one], [two]], { inputs: [{ isRagged: true }], batchInputs }).map(plain), [
    plain(floats([7], 1, 2, 3, 4, 5, 6, 7)),
    ...Object.values(kinds).map(plain),
  ]);
  const counted = { kind: 'BATCH_ELEMENT_COUNT', names: ['a', 'b'], datatype: 'INT32', source: 0 } as const;
  const two32 = { shape: [1], bytes: new Uint8Array(Int32Array.of(3).buffer) };
  deepStrictEqual(joinTensors([[one]], { inputs: [{ isRagged: true }], batchInputs: [counted] }).map(plain), [
    plain(floats([3], 1, 2, 3)),
    plain(two32),
    plain(two32),
  ]);
});

test('a scattered output is cut by the shapes of an input', () => {
  const [one, two] = [floats([1, 3], 1, 2, 3), floats([2, 2], 4, 5, 6, 7)];
  const flat = floats([7], 1, 2, 3, 4, 5, 6, 7);
  deepStrictEqual(told(split([flat], [{ ...out, scatteredBy: 0 }], asked(one, two))), [[plain(one)], [plain(two)]]);
  deepStrictEqual(told(split([floats([3], 1, 2, 3)], [{ ...out, scatteredBy: 0 }], asked(one))), [[plain(one)]]);
});

test("without batching all is the one request's, and a scattered output has the dims of the configuration", () => {
  const [one, flat] = [floats([3], 1, 2, 3), floats([3], 4, 5, 6)];
  const told1 = told(
    splitTensors(
      [flat, flat],
      [out, { ...out, scatteredBy: 0, modelDims: [1, -1] }],
      [{ size: 1, tensors: [floats([1, 3], 1, 2, 3)] }],
      false,
    ),
  );
  deepStrictEqual(told1, [[plain(flat), plain(floats([1, 3], 4, 5, 6))]]);
  deepStrictEqual(told(splitTensors([one], [out], [{ size: 1, tensors: [floats([2], 1, 2)] }], false)), [[plain(one)]]);
});

test('of a model that gives too few rows, those requests fail that get none; rows beyond are dropped', () => {
  const [one, two] = [floats([1, 1], 1), floats([1, 1], 2)];
  const words = "failed to split the output tensor 'out' in responses: expected batch size of atleast 2 in model output, got 1";
  deepStrictEqual(told(split([one], [out], asked(one, two))), [[plain(one)], words]);
  deepStrictEqual(told(split([one], [out], asked(floats([2, 1], 1, 2)))), [words]);
  deepStrictEqual(told(split([floats([3, 1], 1, 2, 3)], [out], asked(one, two))), [[plain(one)], [plain(two)]]);
});
