import { deepStrictEqual } from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { model, node, value, zeros } from '#core/model-file/made-up-onnx.ts';
import { message } from '#core/model-file/made-up-protobuf.ts';
import { input, one, output, tensor } from './configs.ts';
import { identity, onnxTypes, sequenceModel, write } from './models.ts';
import { type Question, sameAnswers } from './question.ts';
import { get, index, linesAbout, load, post, ready, settled } from './repository-control.ts';
import { type LikenessServer, startExplicit } from './servers.ts';
import { scripted, unscripted } from './unscripted.ts';

const rows = identity('x', 'y', ['batch', 'n']);
const fixed = identity('x', 'y', [1, 'n']);
const vector = identity('x', 'y', ['batch']);
const scalar = identity('x', 'y', []);
const cube = identity('x', 'y', ['batch', 'n', 2]);
const unsized = (name: string): Uint8Array => message([1, name], [2, message([1, message([1, 1])])]);
const rankless = model({ inputs: [unsized('x')], outputs: [unsized('y')] });
const twoInputs = model({
  inputs: ['x', 'a'].map((name) => value(name, ['batch', 'n'])),
  outputs: ['y', 'b'].map((name) => value(name, ['batch', 'n'])),
  nodes: [node('Identity', ['x'], ['y']), node('Identity', ['a'], ['b'], { name: 'second' })],
});
const withConstant = model({
  inputs: [value('x', ['batch', 'n'])],
  outputs: [value('y', ['batch', 'n']), value('w', [2])],
  nodes: [node('Identity', ['x'], ['y']), node('Identity', ['zeros'], ['w'], { name: 'second' })],
  initializers: [zeros('zeros', 2)],
});
const withInitializer = model({
  inputs: [value('x', ['batch', 2]), value('zeros', [2])],
  outputs: [value('y', ['batch', 2])],
  nodes: [node('Add', ['x', 'zeros'], ['y'])],
  initializers: [zeros('zeros', 2)],
});
const list = (name: string): Uint8Array => message([1, name], [2, message([4, message([1, message([1, message([1, 1])])])])]);
const sequences = model({ inputs: [list('x')], outputs: [list('y')] });
const controlled = `sequence_batching { direct { } control_input [
  ${['START', 'END', 'READY'].map((kind) => `{ name: "${kind}" control [ { kind: CONTROL_SEQUENCE_${kind} fp32_false_true: [ 0, 1 ] } ] }`).join(', ')},
  { name: "CORRID" control [ { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_UINT64 } ] } ] }
`;

type Case = readonly [onnx: Uint8Array | undefined, config: string | undefined, shape?: readonly number[], datatype?: string];

/** Models whose configuration leaves something open, and the shape of a request that suits them. */
const models: Readonly<Record<string, Readonly<Record<string, Case>>>> = {
  'almost nothing is said': {
    absent: [rows, undefined],
    empty: [rows, ''],
    backend: [rows, 'backend: "onnxruntime"\n'],
    file: [rows, `default_model_filename: "model.onnx"\n${one}`],
    folder: [undefined, undefined],
    lost: [undefined, 'backend: "onnxruntime"\n'],
    misnamed: [rows, 'name: "other"\n'],
  },
  'the largest batch': {
    eight: [rows, `max_batch_size: 8\n${one}`],
    alone: [rows, `max_batch_size: 1\n${one}`],
    none: [rows, `max_batch_size: 0\n${one}`],
    negative: [rows, `max_batch_size: -1\n${one}`],
    fixedBatch: [fixed, `max_batch_size: 8\n${one}`, [1, 1]],
    scalarBatch: [scalar, `max_batch_size: 8\n${one}`, []],
  },
  'shapes of the model': {
    fixed: [fixed, one, [1, 1]],
    vector: [vector, one, [1, 1]],
    scalar: [scalar, one, [1]],
    rankless: [rankless, one, [1]],
    constant: [withConstant, one],
    constantAside: [withConstant, `${output(tensor('y'))}${one}`],
    initializer: [withInitializer, one, [1, 2]],
    vectorEight: [vector, `max_batch_size: 8\n${input(tensor('x', 'dims: [ 1 ] reshape { shape: [ ] }'))}${one}`, [1, 1]],
  },
  'types of the model': {
    text: [identity('x', 'y', ['batch', 'n'], onnxTypes.STRING), one, [1, 1], 'BYTES'],
    sequences: [sequences, one],
    broken: [Buffer.from('no model'), one],
  },
  'some tensors are said': {
    two: [twoInputs, one],
    twoHalf: [twoInputs, `${input(tensor('x'))}${one}`],
    inputs: [rows, `${input(tensor('x'))}${one}`],
    outputs: [rows, `${output(tensor('y'))}${one}`],
    narrow: [rows, `max_batch_size: 4\n${input(tensor('x', 'dims: [ 1 ]'))}${one}`],
    whole: [rows, `${input(tensor('x', 'dims: [ -1, -1 ]'))}${one}`],
    noDims: [rows, `${output(tensor('y', ''))}${one}`],
    noType: [rows, `${input(tensor('x', 'dims: [ -1 ]', ''))}${one}`],
    noName: [rows, `input [ { data_type: TYPE_FP32 dims: [ -1 ] } ]\n${one}`],
    onlyNames: [rows, `${input('{ name: "x" }')}${output('{ name: "y" }')}${one}`],
    wrongType: [rows, `${input(tensor('x', 'dims: [ -1 ]', 'data_type: TYPE_INT32'))}${one}`],
    wrongDims: [rows, `${output(tensor('y', 'dims: [ 3 ]'))}${one}`],
    wrongName: [rows, `${input(tensor('z'))}${one}`],
    wrongOutput: [rows, `${output(tensor('z'))}${one}`],
    labelled: [cube, `${output('{ name: "y" data_type: TYPE_FP32 dims: [ -1, 2 ] label_filename: "labels.txt" }')}${one}`, [1, 1, 2]],
  },
  'schedulers and the rest': {
    dynamic: [rows, `dynamic_batching { max_queue_delay_microseconds: 100 }\n${one}`],
    dynamicEight: [rows, `max_batch_size: 8\ndynamic_batching { preferred_batch_size: [ 2 ] }\n${one}`],
    dynamicSoon: [rows, `dynamic_batching { preferred_batch_size: [ 2 ] }\n${one}`],
    dynamicFixed: [fixed, `dynamic_batching { }\n${one}`, [1, 1]],
    sequence: [sequenceModel(), `${controlled}${input(tensor('x', 'dims: [ 1 ]'))}${one}`],
    sequenceOpen: [sequenceModel(), `${controlled}${one}`],
    sequenceEight: [sequenceModel(), `max_batch_size: 8\n${controlled}${input(tensor('x', 'dims: [ 1 ]'))}${one}`],
    groups: [rows, 'instance_group [ { count: 1 }, { name: "second" count: 1 kind: KIND_CPU } ]\n'],
    cached: [rows, `response_cache { enable: true }\n${one}`],
    decoupled: [rows, `model_transaction_policy { decoupled: true }\n${one}`],
    warm: [
      rows,
      `model_warmup [ { name: "w" batch_size: 2 inputs { key: "x" value { data_type: TYPE_FP32 dims: [ 3 ] zero_data: true } } } ]\n${one}`,
    ],
    ensemble: [
      undefined,
      `platform: "ensemble"\nmax_batch_size: 4\n${input(tensor('x'))}${output(tensor('y'))}ensemble_scheduling { step [
        { model_name: "absent" model_version: -1 input_map { key: "x" value: "x" } output_map { key: "y" value: "y" } } ] }\n`,
    ],
    ensembleWide: [
      undefined,
      `platform: "ensemble"\nmax_batch_size: 8\n${input(tensor('x'))}${output(tensor('y'))}ensemble_scheduling { step [
        { model_name: "absent" model_version: -1 input_map { key: "x" value: "x" } output_map { key: "y" value: "y" } } ] }\n`,
    ],
  },
};

/** Of these ONNX Runtime refuses the file; we have completed the configuration from it before, and find the tensors without a type of Triton's. */
const refusedFirst: Readonly<Record<string, Case>> = {
  complex: [identity('x', 'y', ['batch', 'n'], 14), one],
  eighth: [identity('x', 'y', ['batch', 'n'], 17), one],
};

const infer = (name: string, shape: readonly number[] = [1, 1], datatype = 'FP32'): Question => {
  const count = shape.reduce((product, dim) => product * dim, 1);
  const data = Array(count).fill(datatype === 'BYTES' ? 'a' : datatype === 'BOOL' ? true : 1);
  const parameters = name.startsWith('sequence') ? { sequence_id: 7, sequence_start: true } : {};
  return post(`/v2/models/${name}/infer`, { parameters, inputs: [{ name: 'x', datatype, shape, data }] });
};

const about = (name: string): readonly Question[] => ['', '/config', '/ready'].map((more) => get(`/v2/models/${name}${more}`));

function writeOpenModels(): string {
  const repository = mkdtempSync(join(tmpdir(), 'conch-likeness-'));
  for (const group of [...Object.values(models), refusedFirst])
    for (const [name, [onnx, config]] of Object.entries(group)) write(repository, name, onnx, config);
  writeFileSync(join(repository, 'labelled', 'labels.txt'), 'no\nyes\n');
  return repository;
}

test('what a configuration leaves open is completed as on the real tritonserver', async (t) => {
  const both = await startExplicit(t, writeOpenModels());
  if (!both) return;
  for (const [says, group] of Object.entries(models)) {
    await t.test(says, async (t) => {
      for (const [name, [, , shape, datatype]] of Object.entries(group))
        await t.test(name, () => sameAnswers(both, [load(name), ...about(name), infer(name, shape, datatype)], scripted));
      await sameAnswers(both, [index, ready], scripted);
    });
  }
  await t.test('and where ONNX Runtime is first to refuse, it is refused', () =>
    sameAnswers(
      both,
      Object.keys(refusedFirst).map((name) => load(name)),
      (told) => (told as { status: number }).status,
    ),
  );
});

test('each version is completed from its own file', async (t) => {
  const repository = mkdtempSync(join(tmpdir(), 'conch-likeness-'));
  const versioned = (name: string, config: string, ...files: readonly Uint8Array[]): void => {
    const versions = files.map((_, at) => String(at + 1));
    write(repository, name, undefined, `version_policy { all { } }\n${config}${one}`, versions);
    for (const [at, file] of files.entries()) writeFileSync(join(repository, name, String(at + 1), 'model.onnx'), file);
  };
  versioned('shapes', '', rows, cube, fixed);
  versioned('oneOfTwo', 'max_batch_size: 8\n', rows, fixed);
  versioned('otherOfTwo', 'max_batch_size: 8\n', fixed, rows);
  const both = await startExplicit(t, repository);
  if (!both) return;
  for (const name of ['shapes', 'oneOfTwo', 'otherOfTwo'])
    await t.test(name, async () => {
      const ofEach = ['1', '2', '3'].flatMap((version) => about(`${name}/versions/${version}`));
      await sameAnswers(both, [load(name)], scripted);
      await Promise.all(both.map(settled));
      await sameAnswers(both, [...about(name), ...ofEach, infer(name), infer(name, [1, 1, 2])], scripted);
      await sameAnswers(both, [index, ready], scripted);
    });
});

test('so is what a load brings along', async (t) => {
  const repository = mkdtempSync(join(tmpdir(), 'conch-likeness-'));
  write(repository, 'said', rows, `max_batch_size: 2\n${input(tensor('x'))}${output(tensor('y'))}${one}`);
  const both = await startExplicit(t, repository);
  if (!both) return;
  const group = { instance_group: [{ count: 1, kind: 'KIND_CPU' }] };
  const file = Buffer.from(fixed).toString('base64');
  const overrides: Readonly<Record<string, object>> = {
    "the largest batch alone, in NVIDIA's example": { config: '{"max_batch_size":"16"}' },
    nothing: { config: '{}' },
    'a backend': { config: '{"backend":"onnxruntime"}' },
    'instances, and so no longer the batch': { config: JSON.stringify(group) },
    'inputs, and a batcher': {
      config: JSON.stringify({
        ...group,
        max_batch_size: 8,
        input: [{ name: 'x', data_type: 'TYPE_FP32', dims: ['-1'] }],
        dynamic_batching: { preferred_batch_size: [4] },
      }),
    },
    'inputs that do not fit': { config: JSON.stringify({ ...group, input: [{ name: 'x', data_type: 'TYPE_FP32', dims: [7, 7] }] }) },
    'a name': { config: '{"name":"other"}' },
    'a file with it': { config: JSON.stringify(group), 'file:1/model.onnx': file },
    'a file that cannot batch': { config: '{"max_batch_size":4}', 'file:1/model.onnx': file },
    'nothing at all': {},
  };
  for (const [says, parameters] of Object.entries(overrides))
    await t.test(says, async () => {
      await sameAnswers(both, [load('said', parameters), ...about('said'), infer('said')], scripted);
      await sameAnswers(both, [index, ready], scripted);
    });
  await t.test('and the log tells it in the same words', () => {
    // Instances that change alone the real one changes in place, and so unloads less.
    const told = (server: LikenessServer): readonly string[] =>
      linesAbout(server.log())
        .map(unscripted)
        .filter((line) => !line.startsWith('successfully unloaded'));
    const [mine, real] = both.map(told);
    deepStrictEqual(mine, real);
  });
});

const flags: Readonly<Record<string, readonly string[]>> = {
  'a default for all backends': ['--backend-config=default-max-batch-size=6'],
  'one for this backend, which outweighs it': [
    '--backend-config=onnxruntime,default-max-batch-size=16',
    '--backend-config=default-max-batch-size=6',
  ],
  'none: models do not batch by default': ['--backend-config=onnxruntime,default-max-batch-size=0'],
  'one row': ['--backend-config=onnxruntime,default-max-batch-size=1', '--strict-model-config=false'],
  'nothing is completed': ['--strict-model-config=true'],
};

for (const [says, given] of Object.entries(flags))
  test(`by the flags: ${says}`, async (t) => {
    const repository = mkdtempSync(join(tmpdir(), 'conch-likeness-'));
    write(repository, 'open', rows, one);
    write(repository, 'absent', rows, undefined);
    const both = await startExplicit(t, repository, given);
    if (!both) return;
    for (const name of ['open', 'absent']) await sameAnswers(both, [load(name), ...about(name), infer(name), infer(name, [1])], scripted);
    await sameAnswers(both, [index, ready], scripted);
  });
