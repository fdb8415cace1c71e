import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Answer, type Ask, answered, type Entry } from '../base/asking.ts';
import { external, type MadeUpModel, model, node } from './made-up-onnx.ts';
import { readOnnx } from './onnx.ts';
import { onnxProblems, tooLargeForOnnx, unreadableOnnx } from './onnx-problems.ts';
import { isProblem } from './problem.ts';

// That ONNX Runtime agrees is what adapters/src/referee/onnx-problems.test.ts is for; here is how it is said.

type Around = {
  readonly onnxRuntime?: string;
  readonly entries?: readonly Entry[] | { readonly unseen: string };
  readonly isLink?: boolean;
};

function problemsIn(made: MadeUpModel, { entries = [], ...place }: Around = {}) {
  const bytes = model(made);
  const answer = (ask: Ask): Answer => ('list' in ask ? entries : bytes.subarray(ask.from, ask.from + ask.size));
  const facts = answered(readOnnx('m/1/model.onnx', bytes.length), answer);
  ok(!isProblem(facts));
  return answered(onnxProblems(facts, { file: 'm/1/model.onnx', ...place }), answer);
}

test('a model that ONNX Runtime takes has no problems, in whatever release', () => {
  deepStrictEqual(problemsIn({}), []);
  deepStrictEqual(problemsIn({}, { onnxRuntime: '1.19.2' }), []);
});

test('an opset too new is a refusal when the release is known, and else a need', () => {
  deepStrictEqual(problemsIn({ opsets: [['', 23]] }, { onnxRuntime: '1.22.0' }), [
    {
      code: 'onnx/opset',
      says: 'the model has opset 23, and ONNX Runtime 1.22.0 takes at most 22',
      fix: 'export the model with an older opset, or take ONNX Runtime 1.23 or newer',
    },
  ]);
  deepStrictEqual(problemsIn({ irVersion: 11 }), [
    {
      code: 'onnx/ir-version',
      says: 'the model has IR version 11',
      fix: 'save the model with an older IR version, or take ONNX Runtime 1.23 or newer',
      needs: 'ONNX Runtime 1.23 or newer',
    },
  ]);
});

test('a release that nobody measured leaves the same need', () => {
  strictEqual(problemsIn({ opsets: [['', 99]] }, { onnxRuntime: '2.0.0' })[0]?.needs, 'a newer ONNX Runtime than 1.32');
});

test('an operator is said to begin later, to have ended, or not to be at all', () => {
  const says = (op: string, version: number) =>
    problemsIn({ opsets: [['', version]], nodes: [node(op, ['x'], ['y'])] }).map((one) => one.says);
  deepStrictEqual(says('Gelu', 17), ['the operator Gelu begins with opset 20, and the model has opset 17']);
  deepStrictEqual(says('Upsample', 11), ['the operator Upsample ended with opset 10, and the model has opset 11']);
  deepStrictEqual(says('Nope', 17), ['there is no operator Nope in opset 17']);
});

test('an operator of a domain of its own needs a library', () => {
  const [problem] = problemsIn({
    opsets: [
      ['', 17],
      ['com.example', 1],
    ],
    nodes: [node('Mine', ['x'], ['y'], { domain: 'com.example' })],
  });
  deepStrictEqual([problem?.code, problem?.needs], ['onnx/custom-operator', 'a library of custom operators']);
});

const weights = (location: string): MadeUpModel => ({
  initializers: [external('w', { location })],
  nodes: [node('Add', ['x', 'w'], ['y'])],
});
const file = (size: number, more: Partial<Entry> = {}): Entry => ({ name: 'w.bin', kind: 'file', size, ...more });

test('weights in another file are looked for beside the model', () => {
  deepStrictEqual(problemsIn(weights('w.bin'), { entries: [file(8)] }), []);
  deepStrictEqual(
    problemsIn(weights('w.bin')).map(({ code, says }) => [code, says]),
    [['onnx/external-missing', 'the weights of w lie in "w.bin", which is not there']],
  );
  deepStrictEqual(
    problemsIn(weights('w.bin'), { entries: [file(7)] }).map(({ says }) => says),
    ['the tensor w ends at byte 8 of "w.bin", which has 7 bytes'],
  );
});

test('what cannot be seen is not said to be missing', () => {
  deepStrictEqual(
    problemsIn(weights('w.bin'), { entries: { unseen: 'no leave to list it' } }).map(({ needs }) => needs),
    ['to see the folder (no leave to list it)'],
  );
});

test('a path out of the folder was followed up to ONNX Runtime 1.23', () => {
  strictEqual(problemsIn(weights('../w.bin'), { onnxRuntime: '1.24.4' })[0]?.needs, undefined);
  ok(problemsIn(weights('../w.bin'), { onnxRuntime: '1.23.2' })[0]?.needs);
  deepStrictEqual(problemsIn(weights('../1/w.bin'), { onnxRuntime: '1.30.0', entries: [file(8)] }), []);
});

test('a link out of the folder leaves the verdict open', () => {
  deepStrictEqual(
    problemsIn(weights('w.bin'), { entries: [file(8, { link: '../../blobs/abc' })], isLink: true }).map(({ code, needs }) => [code, needs]),
    [['onnx/external-escape', 'the model and the file in one folder, once all links are followed']],
  );
});

test('many tensors of one file that is missing are one problem', () => {
  const names = ['a', 'b', 'c'];
  const found = problemsIn({
    initializers: names.map((name) => external(name, { location: 'w.bin' })),
    nodes: [node('Sum', names, ['y'])],
  });
  deepStrictEqual(
    found.map(({ says }) => says),
    ['the weights of a and 2 more lie in "w.bin", which is not there'],
  );
});

test('a file that gave no facts is a problem when that is certain', () => {
  strictEqual(unreadableOnnx({ problem: 'p', why: 'malformed' })?.code, 'onnx/not-a-model');
  strictEqual(unreadableOnnx({ problem: 'p', why: 'truncated' })?.code, 'onnx/truncated');
  strictEqual(unreadableOnnx({ problem: 'p', why: 'unseen' }), undefined);
  strictEqual(unreadableOnnx({ problem: 'p', why: 'limit' }), undefined);
  strictEqual(tooLargeForOnnx(2 ** 31 - 2), undefined);
  strictEqual(tooLargeForOnnx(2 ** 31 - 1)?.code, 'onnx/too-large');
});

test('no name of an operator, a domain or a file makes the judge stumble', () => {
  const names = fc.oneof(
    fc.string(),
    fc.constantFrom('constructor', '__proto__', 'toString', 'hasOwnProperty', 'com.microsoft', '..', '/', ''),
  );
  fc.assert(
    fc.property(names, names, names, fc.integer({ min: -3, max: 40 }), (op, domain, location, version) => {
      problemsIn({
        opsets: [
          ['', version],
          [domain, 1],
        ],
        initializers: [external('w', { location, offset: op })],
        nodes: [node(op, ['x', 'w'], ['y'], { domain })],
      });
    }),
    { numRuns: 1000 },
  );
});
