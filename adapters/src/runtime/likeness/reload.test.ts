import { deepStrictEqual } from 'node:assert/strict';
import { chmodSync, cpSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { input, output, tensor } from './configs.ts';
import { identity, onnxTypes, write } from './models.ts';
import { ask, sameAnswers } from './question.ts';
import { comparable, get, index, linesAbout, load, post, settled, unload } from './repository-control.ts';
import { type LikenessServer, startExplicit } from './servers.ts';

const infer = (version: string) =>
  post(`/v2/models/m/versions/${version}/infer`, { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 1], data: [1] }] });

const all = 'version_policy { all { } }\n';
const config = (more = all, instances = 1): string =>
  `backend: "onnxruntime"\nmax_batch_size: 8\n${input(tensor('x'))}${output(tensor('y'))}` +
  `instance_group [ { count: ${instances} kind: KIND_CPU } ]\n${more}`;

test('what a reload leaves as it is goes on counting, as with the real tritonserver', async (t) => {
  const repository = mkdtempSync(join(tmpdir(), 'conch-reload-'));
  const at = (...path: readonly string[]): string => join(repository, 'm', ...path);
  const configure = (text: string): void => writeFileSync(at('config.pbtxt'), text);
  const touch = (path: string): void => utimesSync(path, new Date(), new Date());
  const changes: Readonly<Record<string, () => void>> = {
    nothing: () => undefined,
    'a comment': () => configure(`${config()}# said\n`),
    'a touched configuration': () => touch(at('config.pbtxt')),
    'more instances': () => configure(config(all, 2)),
    'a touched file of one version': () => touch(at('2', 'model.onnx')),
    'other rights of a file of one version': () => chmodSync(at('1', 'model.onnx'), 0o600),
    'a file more in one version': () => writeFileSync(at('1', 'other.txt'), ''),
    'a version more': () => cpSync(at('1'), at('3'), { recursive: true }),
    'a version less': () => rmSync(at('3'), { recursive: true }),
    'a file beside the versions': () => writeFileSync(at('labels.txt'), ''),
    'another choice of versions': () => configure(config('version_policy { specific { versions: [ 1 ] } }')),
    'and both again': () => configure(config('version_policy { specific { versions: [ 1, 2 ] } }')),
    'a parameter': () => configure(config(`${all}parameters { key: "a" value { string_value: "b" } }`)),
  };
  write(repository, 'm', identity('x', 'y', ['batch', 'n']), config(), ['1', '2']);
  const both = await startExplicit(t, repository, ['--disable-auto-complete-config', '--metrics-config=summary_latencies=true']);
  if (!both) return;
  const same = async (...first: Parameters<typeof sameAnswers>[1]): Promise<void> => {
    await sameAnswers(both, first, comparable);
    await Promise.all(both.map(settled));
    await sameAnswers(both, [index, infer('1'), infer('2')], comparable);
    // Triton counts a request shortly after it has answered it.
    const deadlineMs = performance.now() + 5000;
    let [mine, real] = await Promise.all(both.map(counted));
    while (!isDeepStrictEqual(mine, real) && performance.now() < deadlineMs) {
      await sleep(50);
      [mine, real] = await Promise.all(both.map(counted));
    }
    deepStrictEqual(mine, real);
  };
  await same(load('m'));
  for (const [says, change] of Object.entries(changes))
    await t.test(says, async () => {
      change();
      await same(load('m'));
    });
  await t.test('what does not load leaves all as it was', async () => {
    writeFileSync(at('2', 'model.onnx'), 'garbage');
    // Our backend for the real server is a script, which says the reason with where in the script it was.
    await Promise.all(both.map((server) => ask(server, load('m'))));
    await same();
  });
  await t.test('unloaded and loaded it begins anew', async () => {
    cpSync(at('1', 'model.onnx'), at('2', 'model.onnx'));
    await same(unload('m'));
    await same(load('m'));
  });
});

test('an ensemble is judged anew when what it runs changes, as with the real tritonserver', async (t) => {
  const repository = mkdtempSync(join(tmpdir(), 'conch-reload-'));
  const configure = (model: string, text: string): void => writeFileSync(join(repository, model, 'config.pbtxt'), text);
  const take = (type: 'FP32' | 'FP64'): void =>
    write(repository, 'm', identity('x', 'y', ['batch', 'n'], onnxTypes[type]), config().replaceAll('FP32', type));
  for (const name of ['m', 'other']) write(repository, name, identity('x', 'y', ['batch', 'n']), config());
  write(repository, 'e', undefined, ensemble('m'));
  write(repository, 'above', undefined, ensemble('e'));
  write(repository, 'streams', undefined, `${ensemble('m')}model_transaction_policy { decoupled: true }\n`);
  write(repository, 'bare', undefined, ensemble('m'), []);
  const infer = (model: string) =>
    post(`/v2/models/${model}/infer`, { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 1], data: [1] }] });
  const told = ['m', 'e', 'above'].flatMap((model) => [get(`/v2/models/${model}/ready`), infer(model)]);
  const changes: readonly (readonly [says: string, change: () => void, questions: Parameters<typeof sameAnswers>[1]])[] = [
    [
      'it says itself that it is decoupled',
      () => undefined,
      [load('streams'), get('/v2/models/streams/config'), infer('streams'), unload('streams')],
    ],
    ['it has no version', () => undefined, [load('bare'), infer('bare'), unload('bare', { unload_dependents: true })]],
    ['it fits', () => undefined, [load('above')]],
    ['what it runs takes smaller batches', () => configure('m', config().replace('size: 8', 'size: 4')), [load('m')]],
    ['it is loaded itself', () => undefined, [load('above'), load('above'), load('other'), load('e')]],
    ['what it runs has another datatype', () => take('FP64'), [load('m')]],
    ['it fits again', () => take('FP32'), [load('m'), load('other'), load('other')]],
    ['what it runs comes with a configuration', () => undefined, [load('m', { config: JSON.stringify(overriding) }), load('other')]],
    ['what it runs goes', () => undefined, [unload('m'), load('other')]],
    ['what it runs is back', () => undefined, [load('m'), load('other')]],
  ];
  const both = await startExplicit(t, repository, ['--disable-auto-complete-config']);
  if (!both) return;
  for (const [says, change, questions] of changes)
    await t.test(says, async () => {
      change();
      await sameAnswers(both, questions, comparable);
      await Promise.all(both.map(settled));
      await sameAnswers(both, [index, ...told], comparable);
    });
  await t.test('and the log tells it in the same words', () => {
    const [mine, real] = both.map((server) => linesAbout(server.log()));
    deepStrictEqual(mine, real);
  });
});

const overriding = {
  backend: 'onnxruntime',
  max_batch_size: 4,
  input: [{ name: 'x', data_type: 'TYPE_FP32', dims: [-1] }],
  output: [{ name: 'y', data_type: 'TYPE_FP32', dims: [-1] }],
  instance_group: [{ count: 1, kind: 'KIND_CPU' }],
};

const ensemble = (inner: string): string => `platform: "ensemble"
max_batch_size: 8
${input(tensor('x'))}${output(tensor('y'))}
ensemble_scheduling { step [ { model_name: "${inner}" model_version: -1 input_map { key: "x" value: "x" } output_map { key: "y" value: "y" } } ] }
`;

/** What is counted of the model, without the time that it took. Triton forgets to take failures of gone versions out. */
async function counted(server: LikenessServer) {
  const statistics = JSON.parse((await ask(server, get('/v2/models/m/stats'))).body.toString()) as unknown;
  const metrics = (await ask({ http: server.metrics }, get('/metrics'))).body.toString().split('\n');
  const lines = metrics.filter((line) => /^nv_inference_(count|exec_count|request_success|request_summary_us_count)\{/.test(line));
  return { statistics: comparable(statistics), metrics: lines.sort() };
}
