import { deepStrictEqual, match, ok, rejects, strictEqual } from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { MadeUpFiles } from '#core/model/made-up-tree.ts';
import { model, node, value, zeros } from '#core/model-file/made-up-onnx.ts';
import { fine, standIn } from './check/check-in-test.ts';
import { digits, foundIn, runInit, treeOf, weights, withWeights } from './init/init-in-test.ts';

test('an ONNX model becomes a release folder that check takes, and only the golden set is missing', async (t) => {
  standIn(t, { 'digits.onnx': digits });
  const { code, said } = await runInit('digits.onnx');
  strictEqual(code, 0);
  deepStrictEqual(said.split('\n'), [
    'digits: a release of digits, from ONNX, opset 17, from conch-digits',
    '  made  contract.yaml',
    '  made  route.json',
    '  made  repository/digits/config.pbtxt',
    '  made  repository/digits/1/model.onnx',
    'Inputs: pixels FP32 [64]. Outputs: probabilities FP32 [10]. Largest batch: 8.',
    'Next:',
    '  write your own numbers into digits/contract.yaml, at the lines with ASK',
    '  write digits/golden.json: requests, and the answers of your training framework, never of this model file (docs/guide/check.md)',
    '  conch check digits',
    '  conch pack digits',
  ]);
  deepStrictEqual(await foundIn('digits'), ['accept']);
  deepStrictEqual(readFileSync('digits/repository/digits/1/model.onnx'), digits);
});

test('a second run changes nothing, and names what it keeps', async (t) => {
  standIn(t, { 'digits.onnx': digits });
  await runInit('digits.onnx');
  writeFileSync('digits/contract.yaml', readFileSync('digits/contract.yaml', 'utf8').replace('max: 8', 'max: 32'));
  const before = treeOf('.');
  const { code, said } = await runInit('digits.onnx');
  strictEqual(code, 0);
  match(said, /kept {2}contract\.yaml[^]*Nothing was changed/);
  deepStrictEqual(treeOf('.'), before);
});

test('what is missing is added to what is kept, and fits it', async (t) => {
  standIn(t, { 'digits.onnx': digits, 'digits/golden.json': '{}' });
  await runInit('digits.onnx', { batch: '4' });
  rmSync('digits/repository/digits/config.pbtxt');
  writeFileSync('digits/contract.yaml', readFileSync('digits/contract.yaml', 'utf8').replace('max: 4', 'max: 32'));
  const { code, said } = await runInit('digits.onnx');
  strictEqual(code, 0);
  match(said, /made {2}repository\/digits\/config\.pbtxt/);
  match(readFileSync('digits/repository/digits/config.pbtxt', 'utf8'), /max_batch_size: 32/);
  strictEqual(readFileSync('digits/golden.json', 'utf8'), '{}');
});

type Made = { readonly says: string; readonly files: MadeUpFiles; readonly io: RegExp };

const models: readonly Made[] = [
  {
    says: 'one value for each request',
    files: {
      'm.onnx': model({ inputs: [value('age', ['n'])], outputs: [value('risk', ['n'])], nodes: [node('Identity', ['age'], ['risk'])] }),
    },
    io: /Inputs: age FP32 \[1\]\. Outputs: risk FP32 \[1\]\. Largest batch: 8/,
  },
  {
    says: 'several inputs, some of them open',
    files: {
      'm.onnx': model({
        inputs: [value('ids', ['n', 'seq'], 7), value('mask', ['n', 'seq'], 7)],
        outputs: [value('out', ['n', 'seq'], 7)],
        nodes: [node('Add', ['ids', 'mask'], ['out'])],
      }),
    },
    io: /Inputs: ids INT64 \[-1\], mask INT64 \[-1\]\. Outputs: out INT64 \[-1\]\. Largest batch: 8/,
  },
  {
    says: 'text',
    files: { 'm.onnx': model({ inputs: [value('x', ['n', 1], 8)], outputs: [value('y', ['n', 1], 8)] }) },
    io: /Inputs: x BYTES \[1\]/,
  },
  {
    says: 'truth values',
    files: { 'm.onnx': model({ inputs: [value('x', ['n', 3], 9)], outputs: [value('y', ['n', 3], 9)] }) },
    io: /x BOOL \[3\]/,
  },
  {
    says: 'a batch of one size',
    files: { 'm.onnx': model({ inputs: [value('x', [8, 3])], outputs: [value('y', [8, 3])] }) },
    io: /Inputs: x FP32 \[8, 3\]\. Outputs: y FP32 \[8, 3\]\. Largest batch: 1/,
  },
  {
    says: 'no batch dimension, and an open one further in',
    files: { 'm.onnx': model({ inputs: [value('x', [3, 'h', null])], outputs: [value('y', [3, 'h', null])] }) },
    io: /Inputs: x FP32 \[3, -1, -1\]\. Outputs: y FP32 \[3, -1, -1\]\. Largest batch: 1/,
  },
  {
    says: 'a scalar',
    files: { 'm.onnx': model({ inputs: [value('x', [])], outputs: [value('y', [])] }) },
    io: /Inputs: x FP32 \[1\]\. Outputs: y FP32 \[1\]\. Largest batch: 1/,
  },
  {
    says: 'an open first dimension on one side only',
    files: {
      'm.onnx': model({ inputs: [value('x', ['n', 3])], outputs: [value('y', [1])], nodes: [node('ReduceSum', ['x'], ['y'])] }),
    },
    io: /Inputs: x FP32 \[-1, 3\]\. Outputs: y FP32 \[1\]\. Largest batch: 1/,
  },
  {
    says: 'weights among its inputs',
    files: {
      'm.onnx': model({
        inputs: [value('x', ['n', 2]), value('w', [2])],
        outputs: [value('y', ['n', 2])],
        nodes: [node('Add', ['x', 'w'], ['y'])],
        initializers: [zeros('w', 2)],
      }),
    },
    io: /Inputs: x FP32 \[2\]\. /,
  },
  { says: 'weights in another file', files: { 'm.onnx': withWeights('m.onnx.data'), 'm.onnx.data': weights }, io: /x FP32 \[2\]/ },
  { says: 'weights in a folder', files: { 'm.onnx': withWeights('./data/w.bin'), 'data/w.bin': weights }, io: /x FP32 \[2\]/ },
  {
    says: 'names that need quotes',
    files: {
      'm.onnx': model({
        inputs: [value('in: "a"', ['n', 2])],
        outputs: [value('yes', ['n', 2])],
        nodes: [node('Identity', ['in: "a"'], ['yes'])],
      }),
    },
    io: /Inputs: in: "a" FP32 \[2\]/,
  },
];

for (const { says, files, io } of models) {
  test(`an ONNX model with ${says} becomes a release without an error`, async (t) => {
    standIn(t, files);
    const { code, said, noted } = await runInit('m.onnx');
    strictEqual(code, 0, noted);
    match(said, io);
    const [verdict, ...found] = await foundIn('m');
    deepStrictEqual(
      found.filter((code) => !code.startsWith('advice/')),
      [],
    );
    strictEqual(verdict, 'accept');
    const before = treeOf('.');
    strictEqual((await runInit('m.onnx')).code, 0);
    deepStrictEqual(treeOf('.'), before);
  });
}

test('weights in other files are copied by the names that the model says', async (t) => {
  standIn(t, { 'm.onnx': withWeights('data/w.bin'), 'data/w.bin': weights });
  await runInit('m.onnx', { name: 'other', into: 'releases' });
  deepStrictEqual(Object.keys(treeOf('releases/other/repository')), ['other/1/data/w.bin', 'other/1/model.onnx', 'other/config.pbtxt']);
  match(readFileSync('releases/other/contract.yaml', 'utf8'), /files: \[ 1\/model\.onnx, 1\/data\/w\.bin \]/);
});

test('a model without a batch dimension refuses batches', async (t) => {
  standIn(t, { 'm.onnx': model({ inputs: [value('x', [8, 3])], outputs: [value('y', [8, 3])] }) });
  const { code, noted } = await runInit('m.onnx', { batch: '16' });
  strictEqual(code, 2);
  match(noted, /--batch 16 asks for batches, and not every input and output/);
});

test('with --batch 0 a batch dimension is a dimension like any other', async (t) => {
  standIn(t, { 'digits.onnx': digits });
  const { said } = await runInit('digits.onnx', { batch: '0' });
  match(said, /pixels FP32 \[-1, 64\]/);
  deepStrictEqual(await foundIn('digits'), ['accept']);
});

test('a folder that Triton reads is copied as it is, and its contract follows its config.pbtxt', async (t) => {
  const config = `# ours\n${fine('m', 'max_batch_size: 4\ninstance_group { kind: KIND_CPU }\nversion_policy { specific { versions: [ 2 ] } }\n')}`;
  standIn(t, {
    'models/m/config.pbtxt': config,
    'models/m/1/old.bin': 'old',
    'models/m/2/w.bin': 'new',
    'models/m/__pycache__/x.pyc': 'x',
  });
  const before = treeOf('models');
  const { code, said } = await runInit('models/m', { into: 'releases' });
  strictEqual(code, 0);
  match(said, /left out: version 1, which the version policy does not serve/);
  deepStrictEqual(Object.keys(treeOf('releases/m')), ['contract.yaml', 'repository/m/2/w.bin', 'repository/m/config.pbtxt', 'route.json']);
  strictEqual(readFileSync('releases/m/repository/m/config.pbtxt', 'utf8'), config);
  deepStrictEqual(treeOf('models'), before);
  const [verdict, ...found] = await foundIn('releases/m');
  ok(verdict === 'accept' && found.every((code) => code.startsWith('advice/')), found.join());
});

test('a repository becomes a release for each model, and an ensemble is left out with words', async (t) => {
  standIn(t, {
    'models/a/config.pbtxt': fine('a'),
    'models/a/1/w': 'w',
    'models/both/config.pbtxt': 'name: "both"\nplatform: "ensemble"\nensemble_scheduling { }\n',
    'models/both/1/': '',
    'models/c/1/model.onnx': digits,
  });
  const { code, said, noted } = await runInit('models', { into: 'releases' });
  strictEqual(code, 2);
  match(noted, /models\/both {2}error {2}init\/refused {2}it is an ensemble/);
  match(said, /a release of a[^]*a release of c/);
  deepStrictEqual(await foundIn('releases/c'), ['accept']);
});

test('a release without its contract gets one where it stands', async (t) => {
  standIn(t, { 'r/repository/a/config.pbtxt': fine('a'), 'r/repository/a/1/w': 'w', 'r/golden.json': '{}' });
  const { code, said } = await runInit('r');
  strictEqual(code, 0);
  match(said, /made {2}contract\.yaml\n {2}made {2}route\.json\n {2}kept {2}repository\/a\/1\/w/);
});

test('a name that no model can have is mended, and one that is asked for is refused', async (t) => {
  standIn(t, { 'My model (v2).onnx': digits, '7/model.onnx': digits });
  strictEqual((await runInit('My model (v2).onnx')).code, 0);
  ok(existsSync('My_model__v2_/contract.yaml'));
  deepStrictEqual(await foundIn('My_model__v2_'), ['accept']);
  await rejects(async () => await runInit('7/model.onnx', { name: '../up' }), /cannot be a model's name/);
});
