import { deepStrictEqual, match } from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { model, node, value, zeros } from '#core/model-file/made-up-onnx.ts';
import { message } from '#core/model-file/made-up-protobuf.ts';
import { input, one, output, tensor } from './configs.ts';
import { firstRow, identity, onnxTypes, sequenceModel, write } from './models.ts';
import { ask, type Question, sameAnswers } from './question.ts';
import { get, index, load, post, ready } from './repository-control.ts';
import { startExplicit } from './servers.ts';
import { scripted } from './unscripted.ts';

/** What a request gives of an input. */
type Given = { readonly name: string; readonly shape: readonly number[]; readonly data: readonly unknown[]; readonly datatype?: string };

type Case = { readonly onnx: Uint8Array; readonly config: string; readonly asks?: readonly (readonly Given[])[] };

const x = (...data: readonly number[]): Given => ({ name: 'x', shape: [1, data.length], data });
const shaped = (shape: readonly number[], ...data: readonly unknown[]): Given => ({ name: 'x', shape, data });

const scalar = identity('x', 'y', []);
const named = (...names: readonly string[]): string => names.join(', ');
const both = (dims: string): string => input(tensor('x', dims)) + output(tensor('y', dims));

const scalars: Readonly<Record<string, Case>> = {
  scalar: { onnx: scalar, config: both('dims: [ 1 ]'), asks: [[shaped([1], 7)], [shaped([2], 7, 8)], [shaped([], 7)]] },
  scalarOnes: { onnx: scalar, config: both('dims: [ 1, 1 ]'), asks: [[shaped([1, 1], 7)]] },
  scalarWide: { onnx: scalar, config: both('dims: [ 4 ]') },
  scalarWideOutput: { onnx: scalar, config: input(tensor('x', 'dims: [ 1 ]')) + output(tensor('y', 'dims: [ 4 ]')) },
  scalarOpen: { onnx: scalar, config: both('dims: [ -1 ]') },
  scalarRows: {
    onnx: scalar,
    config: `max_batch_size: 4\n${both('dims: [ 1 ]')}`,
    asks: [[shaped([1, 1], 7)], [shaped([2, 1], 7, 8)], [shaped([1], 7)]],
  },
  scalarReshaped: {
    onnx: scalar,
    config: `max_batch_size: 4\n${both('dims: [ 1 ] reshape { shape: [ ] }')}`,
    asks: [[shaped([1, 1], 7)]],
  },
  scalarSum: {
    onnx: model({
      inputs: [value('x', ['batch', 'n'])],
      outputs: [value('y', [])],
      nodes: [node('Size', ['x'], ['s']), node('Cast', ['s'], ['y'], { attributes: [message([1, 'to'], [3, 1], [20, 2])] })],
    }),
    config: `max_batch_size: 4\n${input(tensor('x'))}${output(tensor('y', 'dims: [ 1 ]'))}`,
    asks: [[x(1, 2, 3)]],
  },
};

/** An input that has a value of its own in the model. */
const withOwn = model({
  inputs: [value('x', [2]), value('own', [2])],
  outputs: [value('y', [2])],
  nodes: [node('Add', ['x', 'own'], ['y'])],
  initializers: [zeros('own', 2)],
});
const rowsWithOwn = model({
  inputs: [value('x', ['batch', 2]), value('own', [2])],
  outputs: [value('y', ['batch', 2])],
  nodes: [node('Add', ['x', 'own'], ['y'])],
  initializers: [zeros('own', 2)],
});
const optional = (name: string, dims = 'dims: [ 2 ]'): string => tensor(name, `${dims} optional: true`);
const two = output(tensor('y', 'dims: [ 2 ]'));

const optionals: Readonly<Record<string, Case>> = {
  optionalOwn: { onnx: withOwn, config: input(tensor('x', 'dims: [ 2 ]'), optional('own')) + two, asks: [[shaped([2], 1, 2)], []] },
  optionalNeeded: { onnx: identity('x', 'y', [2]), config: input(optional('x')) + two },
  optionalRows: { onnx: rowsWithOwn, config: `max_batch_size: 4\n${input(tensor('x', 'dims: [ 2 ]'), optional('own'))}${two}` },
  optionalWrong: { onnx: withOwn, config: input(tensor('x', 'dims: [ 2 ]'), optional('own', 'dims: [ 3 ]')) + two },
  optionalUnknown: { onnx: withOwn, config: input(tensor('x', 'dims: [ 2 ]'), optional('z')) + two },
  ownUnsaid: { onnx: withOwn, config: input(tensor('x', 'dims: [ 2 ]')) + two, asks: [[shaped([2], 1, 2)]] },
  ownAsked: { onnx: withOwn, config: input(tensor('x', 'dims: [ 2 ]'), tensor('own', 'dims: [ 2 ]')) + two },
};

const control = (kind: string, values = 'fp32_false_true: [ 0, 1 ]', name = kind): string =>
  `{ name: "${name}" control [ { kind: CONTROL_SEQUENCE_${kind} ${values} } ] }`;
const controlled = (...controls: readonly string[]): string =>
  `max_batch_size: 4\nsequence_batching { direct { } control_input [ ${named(...controls)} ] }\n${both('dims: [ 1 ]')}`;
const corrid = control('CORRID', 'data_type: TYPE_UINT64');

const controls: Readonly<Record<string, Case>> = {
  controlsAll: { onnx: sequenceModel(), config: controlled(control('START'), control('END'), control('READY'), corrid) },
  controlsFew: { onnx: sequenceModel(), config: controlled(control('START')) },
  controlsMissing: {
    onnx: sequenceModel(),
    config: controlled(control('START', undefined, 'BEGIN'), control('END'), control('READY'), corrid),
  },
  controlsTyped: {
    onnx: sequenceModel(),
    config: controlled(control('START', 'int32_false_true: [ 0, 1 ]'), control('END'), control('READY'), corrid),
  },
  controlsBool: {
    onnx: sequenceModel(),
    config: controlled(control('START', 'bool_false_true: [ false, true ]'), control('END'), control('READY'), corrid),
  },
  controlsId: {
    onnx: sequenceModel(),
    config: controlled(control('START'), control('END'), control('READY'), control('CORRID', 'data_type: TYPE_INT32')),
  },
  controlsWide: {
    onnx: model({
      inputs: [value('x', ['batch', 1]), value('START', ['batch', 2])],
      outputs: [value('y', ['batch', 1])],
      nodes: [node('Identity', ['x'], ['y'])],
    }),
    config: controlled(control('START')),
  },
};

const ragged = tensor('x', 'dims: [ -1 ] allow_ragged_batch: true');
const batchOf = (kind: string, type = 'TYPE_FP32', target = 'b'): string =>
  `batch_input [ { kind: ${kind} target_name: [ "${target}" ] data_type: ${type} source_input: "x" } ]\n`;
const passes = (from: string, toShape: readonly (string | number)[], type: number = onnxTypes.FP32): Uint8Array =>
  model({
    inputs: [value('x', ['values']), value('b', toShape, type)],
    outputs: [value('y', toShape, type)],
    nodes: [node('Identity', [from], ['y'])],
  });
const each = (dims: string, type = 'data_type: TYPE_FP32'): string => output(tensor('y', dims, type));
const counted = (kind: string): Case => ({
  onnx: passes('b', ['n']),
  config: `max_batch_size: 4\n${input(ragged)}${each('dims: [ 1 ] reshape { shape: [ ] }')}${batchOf(kind)}`,
  asks: [[x(1, 2, 3)], [shaped([2, 2], 1, 2, 3, 4)]],
});

const scatter = 'batch_output [ { target_name: [ "y" ] kind: BATCH_SCATTER_WITH_INPUT_SHAPE source_input: "x" } ]\n';

const raggeds: Readonly<Record<string, Case>> = {
  raggedCount: counted('BATCH_ELEMENT_COUNT'),
  raggedSum: counted('BATCH_ACCUMULATED_ELEMENT_COUNT'),
  raggedSumZero: counted('BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO'),
  raggedMax: counted('BATCH_MAX_ELEMENT_COUNT_AS_SHAPE'),
  raggedFlat: counted('BATCH_ITEM_SHAPE_FLATTEN'),
  raggedItems: {
    onnx: passes('b', ['n', 2]),
    config: `max_batch_size: 4\n${input(tensor('x', 'dims: [ -1, -1 ] allow_ragged_batch: true'))}${each('dims: [ 2 ]')}${batchOf('BATCH_ITEM_SHAPE')}`,
    asks: [[shaped([1, 2, 3], 1, 2, 3, 4, 5, 6)], [shaped([2, 1, 2], 1, 2, 3, 4)]],
  },
  raggedWhole: {
    onnx: passes('b', ['n'], onnxTypes.INT32),
    config: `max_batch_size: 4\n${input(ragged)}${each('dims: [ 1 ] reshape { shape: [ ] }', 'data_type: TYPE_INT32')}${batchOf('BATCH_ELEMENT_COUNT', 'TYPE_INT32')}`,
    asks: [[x(1, 2, 3)]],
  },
  raggedScattered: {
    onnx: identity('x', 'y', ['values']),
    config: `max_batch_size: 4\n${input(ragged)}${output(tensor('y'))}${scatter}`,
    asks: [[x(1, 2, 3)], [shaped([2, 2], 1, 2, 3, 4)]],
  },
  raggedAlone: {
    onnx: identity('x', 'y', ['values']),
    config: `${input(tensor('x', 'dims: [ -1, -1 ] allow_ragged_batch: true'))}${output(tensor('y', 'dims: [ 1, -1 ]'))}${scatter}`,
    asks: [[shaped([1, 3], 1, 2, 3)]],
  },
  raggedUncut: {
    onnx: identity('x', 'y', ['values']),
    config: `max_batch_size: 4\n${input(ragged)}${each('dims: [ 1 ] reshape { shape: [ ] }')}`,
    asks: [[x(1, 2, 3)], [shaped([2, 2], 1, 2, 3, 4)]],
  },
  raggedMatrix: { onnx: identity('x', 'y', ['batch', 'n']), config: `max_batch_size: 4\n${input(ragged)}${output(tensor('y'))}` },
  raggedUncounted: { onnx: passes('b', ['n']), config: `max_batch_size: 4\n${input(ragged)}${each('dims: [ 1 ] reshape { shape: [ ] }')}` },
  raggedTarget: {
    onnx: passes('b', ['n']),
    config: `max_batch_size: 4\n${input(ragged)}${each('dims: [ 1 ] reshape { shape: [ ] }')}${batchOf('BATCH_ELEMENT_COUNT', 'TYPE_FP32', 'c')}`,
  },
};

const list = (name: string): Uint8Array => message([1, name], [2, message([4, message([1, message([1, message([1, 1])])])])]);

const others: Readonly<Record<string, Case>> = {
  fewerRows: { onnx: firstRow, config: `max_batch_size: 4\n${both('dims: [ -1 ]')}`, asks: [[x(1, 2)], [shaped([2, 2], 1, 2, 3, 4)]] },
  moreRows: {
    onnx: model({
      inputs: [value('x', ['batch', 'n'])],
      outputs: [value('y', ['m', 'n'])],
      nodes: [node('Concat', ['x', 'x'], ['y'], { attributes: [message([1, 'axis'], [3, 0], [20, 2])] })],
    }),
    config: `max_batch_size: 4\n${both('dims: [ -1 ]')}`,
    asks: [[x(1, 2)], [shaped([2, 1], 1, 2)]],
  },
  listed: { onnx: model({ inputs: [list('x')], outputs: [list('y')] }), config: both('dims: [ 1 ]') },
  twoMissing: { onnx: identity('x', 'y', [2]), config: input(tensor('x', 'dims: [ 2 ]'), tensor('a', 'dims: [ 2 ]')) + two },
  textForNumber: {
    onnx: identity('x', 'y', ['batch', 'n'], onnxTypes.STRING),
    config: `max_batch_size: 4\n${both('dims: [ -1 ]')}`,
  },
};

const groups = {
  scalars,
  'optional inputs': optionals,
  'controls of sequences': controls,
  'ragged batches': raggeds,
  'and others': others,
};

const infer = (name: string, inputs: readonly Given[]): Question =>
  post(`/v2/models/${name}/infer`, { inputs: inputs.map((given) => ({ datatype: 'FP32', ...given })) });

test('a model and its configuration agree, or do not, and answer as by the backend for the real tritonserver', async (t) => {
  const repository = mkdtempSync(join(tmpdir(), 'conch-likeness-'));
  for (const group of Object.values(groups))
    for (const [name, { onnx, config }] of Object.entries(group)) write(repository, name, onnx, `backend: "onnxruntime"\n${config}${one}`);
  const servers = await startExplicit(t, repository, ['--disable-auto-complete-config']);
  if (!servers) return;
  for (const [says, group] of Object.entries(groups))
    await t.test(says, async (t) => {
      for (const [name, { asks = [] }] of Object.entries(group))
        await t.test(name, () =>
          sameAnswers(servers, [load(name), get(`/v2/models/${name}`), ...asks.map((inputs) => infer(name, inputs))], scripted),
        );
      await sameAnswers(servers, [index, ready], scripted);
    });
  await t.test('what only the real one can do is refused plainly: another value for what the model has one of', async () => {
    const question = infer('optionalOwn', [shaped([2], 1, 2), { name: 'own', shape: [2], data: [3, 4] }]);
    const [mine, real] = await Promise.all(servers.map((server) => ask(server, question)));
    match(`${real?.body}`, /"data":\[4\.0,6\.0\]/);
    match(
      `${mine?.status} ${mine?.body}`,
      /^500 .*'own' is no input of the model, or has a value there, which conch-embedded cannot replace/,
    );
  });
});

test('requests of different lengths share a ragged batch, and each gets what is its own', async (t) => {
  const repository = mkdtempSync(join(tmpdir(), 'conch-likeness-'));
  const slow = 'parameters { key: "rehearse_service_time_us" value { string_value: "400000" } }\ndynamic_batching { }\n';
  const slowly = (name: string, { onnx, config }: Case | undefined = counted('')): void =>
    write(repository, name, onnx, `backend: "onnxruntime"\n${config}${slow}${one}`);
  slowly('sums', raggeds.raggedSum);
  slowly('scattered', raggeds.raggedScattered);
  const servers = await startExplicit(t, repository, ['--disable-auto-complete-config', '--load-model=*']);
  if (!servers) return;
  for (const name of ['sums', 'scattered'])
    await t.test(name, async () => {
      const told = await Promise.all(
        servers.map(async (server) => {
          // The first one occupies the instance, and the others come one after the other.
          const asked = [];
          for (const inputs of [[x(1)], [x(1, 2, 3)], [x(4, 5)], [shaped([2, 1], 6, 7)]]) {
            asked.push(ask(server, infer(name, inputs)));
            await sleep(50);
          }
          const replies = await Promise.all(asked);
          const { body } = await ask(server, get(`/v2/models/${name}/stats`));
          const {
            model_stats: [stats],
          } = JSON.parse(`${body}`) as { model_stats: { execution_count: number; inference_count: number }[] };
          return [replies.map((reply) => JSON.parse(`${reply.body}`) as unknown), stats?.inference_count, stats?.execution_count];
        }),
      );
      deepStrictEqual(told[0], told[1]);
      deepStrictEqual(told[0]?.slice(1), [5, 2]);
    });
});
