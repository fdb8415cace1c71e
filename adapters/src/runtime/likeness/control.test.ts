import { deepStrictEqual } from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { writeModels } from './models.ts';
import { type Question, sameAnswers } from './question.ts';
import { comparable, get, index, linesAbout, load, post, ready, settled, unload } from './repository-control.ts';
import { startBoth } from './servers.ts';

const x = (shape: readonly number[], data: readonly number[]) => ({ name: 'x', datatype: 'FP32', shape, data });
const tensors = {
  input: [{ name: 'x', data_type: 'TYPE_FP32', dims: [-1] }],
  output: [{ name: 'y', data_type: 'TYPE_FP32', dims: ['-1'] }],
};
const overriding = (more: object = {}): string =>
  JSON.stringify({
    backend: 'onnxruntime',
    ...tensors,
    instanceGroup: [{ count: 1, kind: 'kind_cpu' }],
    ...more,
  });

const scalarIn = (group: object, more: object = {}): string =>
  JSON.stringify({
    backend: 'onnxruntime',
    max_batch_size: 8,
    input: [{ name: 'x', data_type: 'TYPE_FP32', dims: [1], reshape: { shape: [] } }],
    output: [{ name: 'y', data_type: 'TYPE_FP32', dims: [1], reshape: { shape: [] } }],
    dynamic_batching: {},
    instance_group: [{ kind: 'KIND_CPU', ...group }],
    ...more,
  });
const sample = (more: object): object => ({ data_type: 'TYPE_FP32', dims: [1], ...more });
const one = post('/v2/models/scalar/infer', { inputs: [x([1, 1], [1])] });

const steps: Readonly<Record<string, readonly Question[]>> = {
  'nothing is loaded at first': [
    index,
    post('/v2/repository/index', { ready: true }),
    ready,
    get('/v2/models/flat'),
    get('/v2/models/stats'),
  ],
  'a model comes, and comes again': [
    load('flat'),
    index,
    ready,
    post('/v2/models/flat/infer', { inputs: [x([1], [1])] }),
    load('flat'),
    post('/v2/repository/index', { ready: true }),
  ],
  'loads that cannot be polled': [
    load('nope'),
    load('unreadable'),
    load('flat', { config: '{' }),
    load('flat', { config: '{"nope":1}' }),
    load('flat', { config: 7 }),
    load('flat', { nope: 'x' }),
    load('flat', { 'file:1/model.onnx': 'AAAA' }),
    load('flat', { 'file:1/model.onnx': 'AAAA', config: '{' }),
    ...['../../x', '1/../../../../x', '../x'].map((path) => load('flat', { [`file:${path}`]: 'AAAA', config: overriding() })),
    post('/v2/repository/models/flat/load', '{'),
    post('/v2/repository/models/flat/load', '[]'),
    ...['7', '"x"', 'null', '[{"config":"{}"}]'].map((parameters) =>
      post('/v2/repository/models/flat/load', `{"parameters":${parameters}}`),
    ),
    post('/v2/repository/x/models/flat/load'),
    post('/v2/repository/x/index'),
    index,
    ready,
  ],
  'a configuration that is written as protobuf takes it': [
    unload('flat'),
    ...[
      "{'backend':'onnxruntime',TAIL}",
      '{backend:"onnxruntime",TAIL,}',
      '{"backend":"onnxruntime",TAIL,"instance_group":[[{"count":"+1",kind:"kind-cpu"}],{"count":1.0,"kind":"2","passive":"NO"},]}',
      '{"backend":"onnxruntime",TAIL,"parameters":{"a":null,b:{string_value:\'it\\\'s\'}}}',
      '{"backend":7,"backend":"onnxruntime",TAIL}',
      '{"backend":"onnxruntime",TAIL,"instance_group":[{"count":[1]}]}',
      '{"backend":"onnxruntime",TAIL,"nope":1,"max_batch_size":"x"}',
      '{"backend":"onnxruntime",TAIL,"max_batch_size":01}',
    ].flatMap((text) => [
      load('flat', { config: text.replace('TAIL', JSON.stringify(tensors).slice(1, -1)) }),
      get('/v2/models/flat/config'),
      // Instances that change alone the real one changes in place.
      unload('flat'),
    ]),
  ],
  'a configuration that a load brings along': [
    load('versions', { config: overriding({ max_batch_size: '3' }) }),
    get('/v2/models/versions/config'),
    get('/v2/models/versions'),
    load('versions'),
    get('/v2/models/versions'),
    unload('versions'),
  ],
  'instances that change alone, while the others go on': [
    load('scalar'),
    one,
    ...[{ count: 3 }, { count: 3 }, { name: 'a', count: 2 }, { kind: 'KIND_GPU' }, { count: 1 }].flatMap((group) => [
      load('scalar', { config: scalarIn(group) }),
      one,
      index,
      get('/v2/models/scalar/config'),
      // Counted a moment after it is answered.
      ready,
      get('/v2/models/scalar/stats'),
    ]),
    load('scalar', { config: scalarIn({ count: 1 }, { max_batch_size: 7 }) }),
    one,
    index,
    get('/v2/models/scalar/config'),
    ready,
    get('/v2/models/scalar/stats'),
    unload('scalar'),
  ],
  'samples that warm an instance up are counted, or say what is wrong with them': [
    ...[
      [{ batch_size: 2, count: 3, inputs: { x: sample({ zero_data: true }) } }],
      [
        { batch_size: 1, inputs: { x: sample({ random_data: true }) } },
        { batch_size: 0, inputs: {} },
      ],
      [{ batch_size: 1, inputs: {} }],
      [{ batch_size: 1, inputs: { x: sample({}) } }],
      [{ batch_size: 1, inputs: { x: sample({ input_data_file: 'nope' }) } }],
      [{ batch_size: 1, inputs: { x: sample({ zero_data: true, data_type: 'TYPE_INT32' }) } }],
    ].flatMap((samples) => [
      load('scalar', {
        config: scalarIn({ count: 2 }, { model_warmup: samples.map((one, index) => ({ name: `s${index}`, ...one })) }),
      }),
      get('/v2/models/scalar/stats'),
      index,
      unload('scalar'),
    ]),
  ],
  'an ensemble brings what it runs, and goes without it': [
    load('pair'),
    post('/v2/models/pair/infer', { id: 'e', inputs: [{ ...x([1, 1, 2], [1, 2]), name: 'in' }] }),
    post('/v2/models/pair/infer', { inputs: [{ ...x([1, 1, 3], [1, 2, 3]), name: 'in' }] }),
    get('/v2/models/pair'),
    get('/v2/models/pair/config'),
    unload('matrix'),
  ],
  'and comes back with it': [load('matrix'), post('/v2/repository/index', { ready: true }), unload('pair', { unload_dependents: true })],
  'what was not asked for goes with its ensemble': [load('pair'), unload('matrix')],
  'versions by the policy': [
    load('versions'),
    post('/v2/repository/index', { ready: true }),
    get('/v2/models/versions'),
    unload('versions'),
  ],
  'unloading what is not there': [
    unload('nope'),
    post('/v2/repository/models/flat/unload', '{'),
    unload('flat', { unload_dependents: 'x' }),
  ],
};

test('under explicit control models come and go as with the real tritonserver', async (t) => {
  const repository = writeModels();
  t.after(() => rmSync(repository, { recursive: true, force: true }));
  const both = await startBoth([repository], ['--model-control-mode=explicit', '--disable-auto-complete-config']);
  if ('skip' in both) return t.skip(both.skip);
  t.after(() => Promise.all(both.map((one) => one.stop())));
  for (const [says, questions] of Object.entries(steps)) {
    await t.test(says, async () => {
      await sameAnswers(both, questions, comparable);
      await Promise.all(both.map(settled));
      await sameAnswers(both, [index, ready], comparable);
    });
  }
  await t.test('and the log tells it in the same words', () => {
    const [mine, real] = both.map((one) => linesAbout(one.log()));
    deepStrictEqual(mine, real);
  });
});
