import { deepStrictEqual } from 'node:assert/strict';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { writeNamespaces } from './models.ts';
import { type Question, sameAnswers } from './question.ts';
import { comparable, get, index, linesAbout, load, post, ready, said, settled, unload, until } from './repository-control.ts';
import { type LikenessServer, startBoth } from './servers.ts';

const infer = (model: string, more = ''): Question =>
  post(`/v2/models/${model}${more}/infer`, { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 1], data: [1] }] });
const generate = (model: string): Question => post(`/v2/models/${model}/generate`, { x: 1 });
const onlyReady = post('/v2/repository/index', { ready: true });
const dependents = { unload_dependents: true };

/** All that can be asked about one model. */
const about = (model: string): readonly Question[] => [
  ...['', '/ready', '/config', '/versions/1', '/versions/1/ready', '/trace/setting'].map((more) => get(`/v2/models/${model}${more}`)),
  infer(model),
  infer(model, '/versions/1'),
  infer(model, '/versions/7'),
  generate(model),
];

const override = JSON.stringify({
  backend: 'onnxruntime',
  max_batch_size: 16,
  input: [{ name: 'x', data_type: 'TYPE_FP32', dims: [-1] }],
  output: [{ name: 'y', data_type: 'TYPE_FP32', dims: [-1] }],
  instance_group: [{ count: 1, kind: 'KIND_CPU' }],
});

/** A name means every model of that name, and one is meant only where it is the only one. */
const steps = (file: string): Readonly<Record<string, readonly Question[]>> => ({
  'nothing is loaded at first': [get('/v2/models/stats'), ...about('twin'), unload('twin')],
  'what is the only one of its name is found by it': [load('alone'), load('alone'), onlyReady, ...about('alone'), get('/v2/models/stats')],
  'and unloaded it was known once': [unload('alone'), ...about('alone'), get('/v2/models/alone/stats'), get('/v2/models/stats')],
  'a configuration comes along for all of the name': [
    load('twin', { config: override }),
    load('twin', { config: '{' }),
    index,
    ...about('twin'),
    unload('twin'),
  ],
  'a load brings both, and neither can be meant': [load('twin'), load('twin'), index, ...about('twin'), get('/v2/models/twin/stats')],
  'both go': [unload('twin')],
  'an ensemble runs the one of its own repository, and brings the other one too': [load('own'), index, ...about('own'), ...about('twin')],
  'without its ensemble goes only the one that it ran': [unload('own', dependents)],
  'and the other one is the only one then': [...about('twin'), unload('twin')],
  'an ensemble runs the only one of another repository': [load('above'), index, ...about('far'), ...about('above'), load('far')],
  'goes without it': [unload('other')],
  'is still known': [...about('far'), ...about('other'), load('other')],
  'and is back with it': [index, ...about('far'), unload('above', dependents)],
  'what was asked for stays, what it runs too': [infer('above'), infer('far'), infer('other'), unload('far', dependents), unload('other')],
  'an ensemble that does not fit what it runs': [
    ...['ambiguous', 'ambiguous', 'missing', 'missing', 'wide', 'wide', 'aboveWide', 'amiss', 'late'].map((name) => load(name)),
    index,
    ready,
    ...about('ambiguous'),
    unload('late'),
    unload('amiss'),
    unload('other'),
  ],
  'one of two that cannot be read': [load('half'), index, infer('half'), load('unreadable'), infer('unreadable'), load('nope')],
  'is not served': [unload('half')],
  'files come along for a model of no repository': [
    load('alone', { config: override, 'file:1/model.onnx': file }),
    index,
    ...about('alone'),
    load('alone'),
    index,
    ...about('alone'),
    load('alone', { 'file:1/model.onnx': file }),
  ],
  'a model without versions, and what runs it': [unload('alone'), load('empty'), load('hollow'), ...about('empty'), ...about('hollow')],
});

test('with namespaces models come and go as with the real tritonserver', async (t) => {
  const { both, folder } = await started(t, ['--model-namespacing=true', '--model-control-mode=explicit']);
  if (!both) return;
  const file = readFileSync(join(folder, 'a', 'alone', '1', 'model.onnx')).toString('base64');
  for (const [says, questions] of Object.entries(steps(file))) {
    await t.test(says, async () => {
      await sameAnswers(both, questions, comparable);
      await Promise.all(both.map(settled));
      await sameAnswers(both, [index, ready], comparable);
    });
  }
  await t.test('and the log tells it in the same words', async () => {
    await said(both, "successfully unloaded 'alone' version 1");
    sameLogs(both);
  });
});

test('with namespaces all are loaded at the start, and the metrics tell them apart', async (t) => {
  const more = ['--cache-config=local,size=1048576', '--metrics-config=summary_latencies=true'];
  const { both } = await started(t, ['--model-namespacing=true', ...more]);
  if (!both) return;
  const names = ['twin', 'alone', 'other', 'own', 'far', 'above', 'ambiguous', 'half', 'wide'];
  await sameAnswers(both, [index, onlyReady, ready, ...names.flatMap(about), get('/v2/models/stats'), load('alone')], comparable);
  const [mine, real] = await Promise.all(both.map(labels));
  deepStrictEqual(mine, real);
  sameLogs(both);
});

test('with namespaces, polling, one of two goes and comes', async (t) => {
  const { both, folder } = await started(
    t,
    ['--model-namespacing=true', '--model-control-mode=poll', '--repository-poll-secs=1'],
    ['small'],
  );
  if (!both) return;
  const [one, other] = [join(folder, 'a', 'twin'), join(folder, 'b', 'twin')];
  const kept = `${folder}/kept`;
  cpSync(other, kept, { recursive: true });
  const same = () => sameAnswers(both, [index, ready, ...['twin', 'own', 'ambiguous'].flatMap(about)], comparable);
  const unloaded = (model: string, times = 1) => said(both, `successfully unloaded '${folder}/${model}' version 1`, times);

  await t.test('at first there are two', same);
  await t.test('then one, which is found by its name', async () => {
    rmSync(other, { recursive: true });
    await unloaded('b::twin');
    await same();
  });
  await t.test('then two again', async () => {
    cpSync(kept, other, { recursive: true });
    await said(both, `successfully loaded '${folder}/b::twin'`, 2);
    await same();
  });
  await t.test('when its own goes, an ensemble runs the other one', async () => {
    rmSync(one, { recursive: true });
    await unloaded('a::own');
    await unloaded('a::twin');
    await same();
  });
  await t.test('and goes with that one', async () => {
    rmSync(other, { recursive: true });
    await unloaded('a::own', 2);
    await unloaded('b::twin', 2);
    await same();
  });
  await t.test('and the log tells it in the same words', () => sameLogs(both));
});

test('without namespaces none of two is loaded, with the words of the real tritonserver', async (t) => {
  const { both, folder } = await started(t, ['--model-control-mode=explicit']);
  if (!both) return;
  const file = readFileSync(join(folder, 'a', 'alone', '1', 'model.onnx')).toString('base64');
  const same = (...questions: readonly Question[]) => sameAnswers(both, questions, comparable);
  await t.test('a name means one model', async () => {
    await same(index, onlyReady, ready, get('/v2/models/stats'), ...about('twin'), load('twin'), load('own'), load('own'), unload('twin'));
    await same(load('twin', { config: override }), load('above'), ...about('above'), unload('above', dependents));
    await Promise.all(both.map(settled));
  });
  await t.test('what a load brings along is served all the same', async () => {
    await same(load('twin', { config: override, 'file:1/model.onnx': file }), index, ...about('twin'), ...about('own'), unload('twin'));
    await said(both, "successfully unloaded 'twin' version 1");
  });
  await t.test('a second folder leaves what serves alone', async () => {
    await same(load('other'));
    cpSync(join(folder, 'b', 'other'), join(folder, 'a', 'other'), { recursive: true });
    await same(index, onlyReady, infer('other'), load('other'), infer('other'), load('far'), infer('far'), ready);
  });
  await t.test('a model that moves is loaded from where it is', async () => {
    const alone = (repository: string): string => join(folder, repository, 'alone');
    await same(unload('alone'), load('alone'), infer('alone'));
    cpSync(alone('a'), alone('c'), { recursive: true, preserveTimestamps: true });
    await same(load('alone'), infer('alone'));
    rmSync(alone('a'), { recursive: true });
    await same(load('alone'), infer('alone'), load('alone'), index);
  });
  await t.test('and the log tells it in the same words', async () => {
    await said(both, "successfully unloaded 'alone' version 1");
    const [mine, real] = both.map((one) => linesAbout(one.log()));
    deepStrictEqual(mine, real);
  });
});

test('without namespaces, polling, a second folder unloads the model', async (t) => {
  const { both, folder } = await started(t, ['--model-control-mode=poll', '--repository-poll-secs=1'], ['small', 'half', 'empty']);
  if (!both) return;
  const same = () => sameAnswers(both, [index, onlyReady, ready, ...['other', 'far', 'twin'].flatMap(about)], comparable);
  await t.test('at first it serves', same);
  await t.test('then there are two', async () => {
    cpSync(join(folder, 'b', 'other'), join(folder, 'c', 'other'), { recursive: true });
    await said(both, "successfully unloaded 'far' version 1");
    await said(both, "successfully unloaded 'other' version 2");
    await same();
  });
  await t.test('then one again', async () => {
    rmSync(join(folder, 'c', 'other'), { recursive: true });
    await Promise.all(both.map((server) => until(server, 'far serves', (told) => /"name":"far","version":"1","state":"READY"/.test(told))));
    await same();
  });
});

/** Both on the three repositories, without the models named. */
async function started(t: TestContext, flags: readonly string[], without: readonly string[] = []) {
  const folder = writeNamespaces();
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const repositories = ['a', 'b', 'c'].map((name) => join(folder, name));
  for (const repository of repositories) for (const name of without) rmSync(join(repository, name), { recursive: true, force: true });
  const both = await startBoth(repositories, ['--exit-on-error=false', '--disable-auto-complete-config', ...flags]);
  if ('skip' in both) {
    t.skip(both.skip);
    return { both: undefined, folder };
  }
  t.after(() => Promise.all(both.map((one) => one.stop())));
  return { both, folder };
}

/** Times at which a repository is polled are left to each: a line counts once. */
function sameLogs(both: readonly LikenessServer[]): void {
  const [mine, real] = both.map((one) => [...new Set(linesAbout(one.log()))]);
  deepStrictEqual(mine, real);
}

/** What is told of models, without the values. */
async function labels({ metrics }: LikenessServer): Promise<readonly string[]> {
  const lines = (await (await fetch(`${metrics}/metrics`)).text()).split('\n');
  return lines
    .filter((line) => line.includes('model='))
    .map((line) => line.replace(/ [^ ]*$/, ''))
    .sort();
}
