import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { test } from 'node:test';
import fc from 'fast-check';
import { readMadeUp } from './made-up-file.ts';
import { type MadeUpField, message } from './made-up-protobuf.ts';
import { isProblem } from './problem.ts';
import { readSavedModel, servedSignature } from './savedmodel.ts';

const read = (bytes: Uint8Array) => readMadeUp(readSavedModel('saved_model.pb', bytes.length), bytes).read;

const tensor = (name: string, dataType: number, shape: readonly number[] | 'unknown'): Uint8Array => {
  const dims = shape === 'unknown' ? message([3, 1]) : message(...shape.map((size): MadeUpField => [2, message([1, size])]));
  return message([1, name], [2, message([1, `${name}:0`], [2, dataType], [3, dims])]);
};
const signature = message(
  [1, 'serving_default'],
  [
    2,
    message(
      [1, tensor('pixels', 1, [-1, 64])],
      [1, tensor('note', 7, [])],
      [2, tensor('probabilities', 19, 'unknown')],
      [3, 'tensorflow/serving/predict'],
    ),
  ],
);
const saved = message([1, 1], [2, message([1, message([4, 'serve'], [5, '2.15.0'])], [2, new Uint8Array(100_000)], [5, signature])]);

test('a SavedModel tells its signatures, with the names, types and shapes of their tensors', () => {
  const facts = read(saved);
  ok(!isProblem(facts));
  deepStrictEqual([facts.schemaVersion, facts.graphs[0]?.tags, facts.graphs[0]?.tensorflow], [1, ['serve'], '2.15.0']);
  deepStrictEqual(servedSignature(facts), {
    name: 'serving_default',
    method: 'tensorflow/serving/predict',
    inputs: [
      { name: 'pixels', dataType: 'TYPE_FP32', shape: [-1, 64] },
      { name: 'note', dataType: 'TYPE_STRING', shape: [] },
    ],
    outputs: [{ name: 'probabilities', dataType: 'TYPE_FP16', shape: undefined }],
  });
});

test('another tag or name serves nothing', () => {
  const facts = read(saved);
  ok(!isProblem(facts));
  strictEqual(servedSignature(facts, 'train'), undefined);
  strictEqual(servedSignature(facts, 'serve', 'other'), undefined);
});

test('what is no SavedModel, or the beginning of one, is a problem', () => {
  for (const bytes of [new Uint8Array(0), new TextEncoder().encode('<html>'), message([1, 1]), saved.subarray(0, 50_000)])
    ok(isProblem(read(bytes)));
});

test('any bytes, and any damage, give facts or a problem', () => {
  const small = message([1, 1], [2, message([1, message([4, 'serve'])], [5, signature])]);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void read(bytes)));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(small.length - 1), fc.nat(255)), { maxLength: 4 }), (changes) => {
      const bytes = small.slice();
      for (const [at, byte] of changes) bytes[at] = byte;
      read(bytes);
    }),
    { numRuns: 1000 },
  );
});
