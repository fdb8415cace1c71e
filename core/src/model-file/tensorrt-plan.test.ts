import { deepStrictEqual, match, ok, strictEqual } from 'node:assert';
import { test } from 'node:test';
import fc from 'fast-check';
import { readMadeUp } from './made-up-file.ts';
import { joined } from './made-up-protobuf.ts';
import { isProblem } from './problem.ts';
import { readPlan } from './tensorrt-plan.ts';

const read = (bytes: Uint8Array) => readMadeUp(readPlan('model.plan', bytes.length), bytes).read;
const plan = (version: readonly number[], layout = 0): Uint8Array =>
  joined([
    new TextEncoder().encode('ftrt'),
    Uint8Array.of(layout, 0, 0, 0),
    new Uint8Array(16),
    Uint8Array.from(version),
    new Uint8Array(100),
  ]);

test('a plan tells the four parts of its TensorRT version', () => {
  deepStrictEqual(read(plan([10, 7, 0, 23])), { layout: 0, tensorRt: { major: 10, minor: 7, patch: 0, build: 23 } });
});

test('another layout tells no version, and neither do bytes that are none', () => {
  deepStrictEqual(read(plan([10, 7, 0, 23], 1)), { layout: 1, tensorRt: undefined });
  deepStrictEqual(read(plan([236, 0, 0, 0])), { layout: 0, tensorRt: undefined });
});

test('notes that Ultralytics wrote before the plan are to be cut off', () => {
  const notes = new TextEncoder().encode('{"stride": 32}');
  const found = read(joined([Uint8Array.of(notes.length, 0, 0, 0), notes, plan([10, 7, 0, 23])]));
  ok(isProblem(found));
  match(found.problem, /cut off the first 18 bytes/);
});

test('what is no plan, or the beginning of one, is said to be that', () => {
  const why = (bytes: Uint8Array) => {
    const found = read(bytes);
    return isProblem(found) ? found.why : 'a plan';
  };
  strictEqual(why(new TextEncoder().encode('version https://git-lfs.github.com/spec/v1')), 'malformed');
  strictEqual(why(new Uint8Array(0)), 'malformed');
  strictEqual(why(plan([10, 7, 0, 23]).subarray(0, 27)), 'truncated');
});

test('any bytes give facts or a problem', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void read(bytes)));
});
