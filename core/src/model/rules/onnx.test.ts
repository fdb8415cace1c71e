import { deepStrictEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { answered, isUnseen } from '../../base/asking.ts';
import { model, node, value } from '../../model-file/made-up-onnx.ts';
import { message } from '../../model-file/made-up-protobuf.ts';
import { Repository } from '../check-repository.ts';
import { type Conditions, defaultSettings } from '../conditions.ts';
import { madeUpTree } from '../made-up-tree.ts';

/** A model that adds its input to itself: x [ N, 4 ] floats. */
const adds = (shape: readonly (number | string | null)[] = ['N', 4], type = 1): Uint8Array =>
  model({
    opsets: [['', 17]],
    inputs: [value('x', shape, type)],
    outputs: [value('y', shape, type)],
    nodes: [node('Add', ['x', 'x'], ['y'])],
  });

/** `second`: the file of another version, if there is one. */
function check(config: string, file: Uint8Array, autoComplete = true, second?: Uint8Array) {
  const conditions: Conditions = {
    triton: { major: 2, minor: 51 },
    gpus: [],
    server: { ...defaultSettings, autoComplete },
    backends: 'judged',
    onnxRuntime: '1.19.2',
  };
  const files = { 'r/m/config.pbtxt': config, 'r/m/1/model.onnx': file, ...(second ? { 'r/m/2/model.onnx': second } : {}) };
  const report = answered(new Repository('r', conditions).check('m'), madeUpTree(files));
  ok(!isUnseen(report));
  return { verdict: report.verdict, codes: report.findings.filter(({ severity }) => severity === 'error').map(({ code }) => code) };
}

const x = 'input { name: "x" data_type: TYPE_FP32 dims: [ 4 ] }';
const y = 'output { name: "y" data_type: TYPE_FP32 dims: [ 4 ] }';
const base = 'backend: "onnxruntime" max_batch_size: 8';

test('a configuration that says what the model has is accepted, with auto-complete on and off', () => {
  for (const autoComplete of [true, false])
    deepStrictEqual(check(`${base} ${x} ${y}`, adds(), autoComplete), { verdict: 'accept', codes: [] });
});

test('with auto-complete on, what is left out is completed from the model', () => {
  deepStrictEqual(check('backend: "onnxruntime"', adds()), { verdict: 'accept', codes: [] });
  deepStrictEqual(check(base, adds()), { verdict: 'accept', codes: [] });
  deepStrictEqual(check(`backend: "onnxruntime" ${y}`, adds()), { verdict: 'accept', codes: [] });
});

test('each version is completed from its own file, and one that cannot be fails the model', () => {
  const all = `${base} version_policy { all { } }`;
  deepStrictEqual(check(all, adds(), true, adds()), { verdict: 'accept', codes: [] });
  deepStrictEqual(check(all, adds(), true, adds([1, 4])), { verdict: 'reject', codes: ['onnx/autofill-batching'] });
  deepStrictEqual(check(all, adds([1, 4]), true, adds()), { verdict: 'reject', codes: ['onnx/autofill-batching'] });
});

const cases: readonly (readonly [says: string, config: string, file: Uint8Array, codes: readonly string[]])[] = [
  ['an input of another name', `${base} ${x.replace('"x"', '"z"')} ${y}`, adds(), ['onnx/input-unknown']],
  ['an output of another name', `${base} ${x} ${y.replace('"y"', '"z"')}`, adds(), ['onnx/output-unknown']],
  ['an input of another type', `${base} ${x.replace('FP32', 'FP16')} ${y}`, adds(), ['onnx/data-type']],
  ['an input of another shape', `${base} ${x.replace('4', '5')} ${y}`, adds(), ['onnx/shape']],
  ['an output that is fixed where the model is open', `${base} ${x.replace('4', '-1')} ${y}`, adds(['N', 'M']), ['onnx/shape']],
  ['batching, and a model of a fixed batch', `${base} ${x} ${y}`, adds([1, 4]), ['onnx/batch-dimension', 'onnx/batch-dimension']],
  [
    'an input too many',
    `${base} ${x} input { name: "z" data_type: TYPE_FP32 dims: 1 } ${y}`,
    adds(),
    ['onnx/input-count', 'onnx/input-unknown'],
  ],
  ['batching, tensors left out, and a model of a fixed batch', base, adds([1, 4]), ['onnx/autofill-batching']],
  ['a whole shape where the batch dimension is added', `backend: "onnxruntime" ${x.replace('[ 4 ]', '[ -1, 4 ]')}`, adds(), ['onnx/shape']],
  [
    'an optional input and batching',
    `${base} ${x.replace('}', 'optional: true }')} ${y}`,
    adds(),
    ['onnx/input-count', 'onnx/optional-batching'],
  ],
  [
    'a control that is no input of the model',
    `${base} ${x} ${y} sequence_batching { control_input { name: "S" control { fp32_false_true: [ 0, 1 ] } } }`,
    adds(),
    ['onnx/control-missing', 'onnx/input-count'],
  ],
  ['a control of another shape', `${base} ${x} ${y} ${control('fp32')}`, takesControl(4), ['onnx/control-mismatch']],
  ['a control of another type', `${base} ${x} ${y} ${control('int32')}`, takesControl(1), ['onnx/control-mismatch']],
  [
    'a ragged input, and a model that does not take it',
    `${base} ${x.replace('}', 'allow_ragged_batch: true }')} ${y}`,
    adds(),
    ['onnx/ragged'],
  ],
  ['an output that is a sequence', `${base} ${x} ${y}`, makesSequence(), ['onnx/type-unsupported']],
  ['more than one value where the model has a scalar', `backend: "onnxruntime" ${x} ${y}`, adds([]), ['onnx/scalar', 'onnx/scalar']],
];

/** An input S that tells of sequences, beside x. */
function takesControl(size: number): Uint8Array {
  const inputs = [value('x', ['N', 4]), value('S', ['N', size])];
  return model({ opsets: [['', 17]], inputs, outputs: [value('y', ['N', 4])], nodes: [node('Add', ['x', 'S'], ['y'])] });
}

function control(type: string): string {
  return `sequence_batching { control_input { name: "S" control { ${type}_false_true: [ 0, 1 ] } } }`;
}

/** Its output is no tensor. */
function makesSequence(): Uint8Array {
  const sequence = message([1, 'y'], [2, message([4, message([1, message([1, message([1, 1])])])])]);
  return model({
    opsets: [['', 17]],
    inputs: [value('x', ['N', 4])],
    outputs: [sequence],
    nodes: [node('SequenceConstruct', ['x'], ['y'])],
  });
}

test('a control of the right shape and type, a ragged input that the model takes, and a scalar of one value are accepted', () => {
  deepStrictEqual(check(`${base} ${x} ${y} ${control('fp32')}`, takesControl(1)).codes, []);
  deepStrictEqual(check(`${base} ${x.replace('}', 'allow_ragged_batch: true }')}`, adds(['N'])).codes, []);
  deepStrictEqual(check(`backend: "onnxruntime" ${x.replace('4', '1')} ${y.replace('4', '1')}`, adds([])).codes, []);
});

for (const [says, config, file, codes] of cases) {
  test(`the model file disagrees: ${says}`, () => deepStrictEqual(check(config, file).codes, codes));
}

test('an input may fix what the model leaves open, and outputs may be left out', () => {
  deepStrictEqual(check(`${base} ${x} ${y.replace('4', '-1')}`, adds(['N', 'M'])).codes, []);
});
