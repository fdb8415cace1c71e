import { deepStrictEqual, match, rejects, strictEqual } from 'node:assert/strict';
import { chmodSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { asNobody } from '#adapters/tree/as-nobody.ts';
import { repositoryRoot } from '../repository-root.ts';
import { checkedModels, ensembleOf, fine, runCheck, standIn } from './check-in-test.ts';

const noGpu = { target: 'gpu=none' };

test('a repository: each model with its verdict, each finding with its place and fix, and a last line that sums up', async (t) => {
  standIn(t, {
    'models/fine/config.pbtxt': fine('fine'),
    'models/fine/1/': '',
    'models/typo/config.pbtxt': fine('typo', 'max_bacth_size: 8\nversion_policy: { latest { num_versions: two } }\n'),
    'models/typo/1/': '',
    'models/own/config.pbtxt': fine('own').replace('identity', 'ours'),
    'models/own/1/': '',
  });
  const { code, printed } = await runCheck('models', { target: 'triton=24.10,gpu=none' });
  strictEqual(code, 1);
  deepStrictEqual(printed.split('\n'), [
    'models/fine  accepted',
    '',
    'models/own  unknown',
    '    needs: the backend "ours" (libtriton_ours.so): nobody said whether the target has it, and what it refuses',
    "    needs: whether the image that is deployed adds the backend ours: Triton's own does not hold it",
    '',
    'models/typo  rejected',
    'models/typo/config.pbtxt:5:1  error  config/unknown-field  "max_bacth_size" is not a field of ModelConfig',
    '    triton stops here: Message type "inference.ModelConfig" has no field named "max_bacth_size".',
    '    fix: did you mean "max_batch_size"?',
    'models/typo/config.pbtxt:6:42  error  config/type-mismatch  "num_versions" takes a whole number, got "two"',
    '    triton: Expected integer, got: two',
    '',
    '3 models: 1 accepted, 1 rejected, 1 unknown; judged for Triton 24.10, no GPU',
    '',
  ]);
});

test('the exit code is 0 without errors, and unknown is no error', async (t) => {
  standIn(t, { 'm/config.pbtxt': fine('m').replace('identity', 'ours'), 'm/1/': '' });
  const { code, models } = await checkedModels('m');
  deepStrictEqual([code, models[0]?.verdict], [0, 'unknown']);
});

test('without a target the newest Triton is meant, and said', async (t) => {
  standIn(t, { 'm/config.pbtxt': fine('m'), 'm/1/': '' });
  match((await runCheck('m')).printed, /judged for Triton \d\d\.\d\d \(the newest we know\), GPU unknown\n$/);
});

test('of many models, those without findings are left out', async (t) => {
  const names = Array.from({ length: 11 }, (_, index) => `m${index}`);
  standIn(
    t,
    Object.fromEntries(
      names.flatMap((name) => [
        [`models/${name}/config.pbtxt`, fine(name)],
        [`models/${name}/1/`, ''],
      ]),
    ),
  );
  deepStrictEqual((await runCheck('models', noGpu)).printed.split(';')[0], '11 models: 11 accepted');
});

test('paths of all kinds mix, and are called as they were typed', async (t) => {
  const folder = standIn(t, { 'a/config.pbtxt': fine('a'), 'a/1/': '', 'all/b/config.pbtxt': fine('b'), 'all/b/1/': '', 'all/c/1/x': '' });
  const { models } = await checkedModels(['a', './all/b/config.pbtxt', `${folder}/all`]);
  deepStrictEqual(
    models.map(({ path }) => path),
    ['a', 'all/b', `${folder}/all/b`, `${folder}/all/c`],
  );
});

test('the folder that one stands in has its real name', async (t) => {
  standIn(t, { 'models/m/config.pbtxt': fine('other'), 'models/m/1/': '' });
  process.chdir('models/m');
  const [model] = (await checkedModels('.')).models;
  deepStrictEqual([model?.path, model?.name, model?.findings[0]?.place.file], ['.', 'm', 'config.pbtxt']);
});

test('an ensemble is judged with the models beside it, also when it is checked alone', async (t) => {
  standIn(t, {
    'models/pair/config.pbtxt': ensembleOf('pair', 'part'),
    'models/pair/1/': '',
    'models/part/config.pbtxt': fine('part'),
    'models/part/1/': '',
    'models/lost/config.pbtxt': ensembleOf('lost', 'gone'),
    'models/lost/1/': '',
  });
  const { models } = await checkedModels(['models/pair', 'models/lost'], noGpu);
  deepStrictEqual(
    models.map(({ verdict, findings }) => [verdict, findings[0]?.code]),
    [
      ['accept', undefined],
      ['reject', 'ensemble/model-unknown'],
    ],
  );
});

test('a release is judged with its contract, under the flags that releases are served with', async (t) => {
  standIn(t, { 'r/contract.yaml': 'contract: conch/v1\n', 'r/repository/m/1/model.onnx': 'x' });
  const { code, models } = await checkedModels('r', noGpu);
  const codes = models[0]?.findings.map((one) => one.code) ?? [];
  deepStrictEqual(
    [code, models[0]?.path, codes.includes('layout/config-missing'), codes.includes('contract/missing-field')],
    [1, 'r/repository/m', true, true],
  );
  const { models: auto } = await checkedModels('r', { ...noGpu, serverArgs: '--exit-on-error=false' });
  strictEqual(
    auto[0]?.findings.some((one) => one.code === 'layout/config-missing'),
    false,
  );
});

test('a release is judged for the Triton and the GPU that its contract names, unless somebody says otherwise', async () => {
  const release = join(repositoryRoot, 'examples/digits/releases/a');
  const judgedFor = async (target: string) => /judged for (.*)\n/.exec((await runCheck(release, { target })).printed)?.[1];
  strictEqual(await judgedFor(''), 'Triton 24.10, no GPU, auto-complete off');
  strictEqual(await judgedFor('triton=25.06,gpus=2,gpu=L4'), 'Triton 25.06, 2 × L4, auto-complete off');
});

test('flags of the server change the verdict', async (t) => {
  standIn(t, { 'm/1/model.py': 'class TritonPythonModel: pass\n', 'm/configs/h100.pbtxt': fine('m') });
  const verdictWith = async (serverArgs: string) => (await checkedModels('m', { ...noGpu, serverArgs })).models[0]?.verdict;
  deepStrictEqual(
    [await verdictWith('--disable-auto-complete-config'), await verdictWith('--disable-auto-complete-config --model-config-name h100')],
    ['reject', 'accept'],
  );
});

test('the target says what there is, and backends=accept-all judges the core of Triton alone', async (t) => {
  standIn(t, { 'm/config.pbtxt': fine('m', 'instance_group { kind: KIND_GPU gpus: [ 1 ] }\n').replace('identity', 'ours'), 'm/1/': '' });
  const verdictFor = async (target: string) => (await checkedModels('m', { target })).models[0]?.verdict;
  const accepting = 'backends=accept-all,triton=24.10';
  deepStrictEqual(
    [
      await verdictFor(accepting),
      await verdictFor(`${accepting},gpus=2`),
      await verdictFor(`${accepting},gpus=1`),
      await verdictFor(`${accepting},gpu=none`),
    ],
    ['unknown', 'accept', 'reject', 'reject'],
  );
});

test('what a target or a flag does not mean is told with what is meant, and nothing is checked', async (t) => {
  standIn(t, { 'm/config.pbtxt': fine('m'), 'm/1/': '' });
  const { code, printed, noted } = await runCheck('m', {
    target: 'triton=24.10,gpus=two,gpu=L5',
    serverArgs: '--disable-auto-complete-confg',
  });
  deepStrictEqual([code, printed], [2, '']);
  match(noted, /--target:1:14 {2}error {2}compat\/target {2}"two" is not a number of GPUs/);
  match(noted, /--target:1:23 .*"L5"/);
  match(noted, /--server-args .*--disable-auto-complete-confg/);
});

test('a path with nothing to check ends with exit code 2, and the others are checked all the same', async (t) => {
  standIn(t, { 'models/bad/config.pbtxt': 'nmae: "bad"', 'models/bad/1/': '', 'docs/readme.md': '' });
  const { code, printed } = await runCheck(['gone', 'docs', '.', 'models']);
  strictEqual(code, 2);
  match(printed, /^models\/bad {2}rejected$/m);
  match(printed, /^gone {2}not looked at {2}there is nothing at this path\n {4}fix: check the path$/m);
  match(printed, /^docs {2}not looked at {2}no model stands there: there is no config\.pbtxt, and no folder$/m);
  match(printed, /^ {4}fix: did you mean \.\/models\?$/m);
  match(printed, /1 model: 1 rejected; .*3 could not be looked at; judged for/);
});

test('folders and files that may not be read are told, and never taken for empty', async (t) => {
  const folder = standIn(t, {
    'models/closed/config.pbtxt': fine('closed'),
    'models/secret/config.pbtxt': fine('secret'),
    'models/secret/1/': '',
    'models/fine/config.pbtxt': fine('fine'),
    'models/fine/1/': '',
  });
  chmodSync(folder, 0o755);
  chmodSync('models/closed', 0o700);
  chmodSync('models/secret/config.pbtxt', 0o600);
  // Nobody may perhaps not read our own code either, so it is all loaded before.
  await checkedModels('models', noGpu);
  const { code, models, unlooked } = await asNobody(() => checkedModels('models', noGpu));
  deepStrictEqual(
    [code, models.map(({ name, verdict, findings }) => [name, verdict, findings[0]?.code]), unlooked.map(({ path, says }) => [path, says])],
    [
      2,
      [
        ['fine', 'accept', undefined],
        ['secret', 'reject', 'layout/config-unreadable'],
      ],
      [['models/closed', 'it cannot be looked at: permission denied']],
    ],
  );
});

test('links in a circle, pipes, garbage and files of a terabyte stop nobody', async (t) => {
  const garbage = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7919) % 251);
  standIn(t, {
    'models/garbage/config.pbtxt': garbage,
    'models/garbage/1/': '',
    'models/huge/config.pbtxt': fine('huge'),
    'models/huge/1/model.onnx': '',
  });
  for (const [to, from] of [
    ['.', 'models/garbage/loop'],
    ['circle', 'models/circle'],
    ['..', 'models/up'],
  ] as const)
    symlinkSync(to, from);
  writeFileSync('models/huge/config.pbtxt', 'backend: "onnxruntime"\n');
  truncateSync('models/huge/1/model.onnx', 2 ** 40);
  const { code, models } = await checkedModels('models', noGpu);
  deepStrictEqual(
    [code, models.map(({ name, verdict }) => [name, verdict])],
    [
      1,
      [
        ['garbage', 'reject'],
        ['huge', 'reject'],
        ['up', 'reject'],
        ['circle', 'reject'],
      ],
    ],
  );
});

test('a configuration that goes away while it is checked is no crash', async (t) => {
  standIn(t, { 'm/config.pbtxt': fine('m'), 'm/1/': '' });
  rmSync('m/config.pbtxt');
  strictEqual((await checkedModels('m')).code, 2);
});

test('an output that there is not is refused', async () => {
  await rejects(async () => runCheck('m', { output: 'xml' }), /--output: 'xml' is not one of: text, json, sarif, github/);
});

test('several repositories of one server: a model in two of them is loaded from neither, and a member may stand in another', async (t) => {
  standIn(t, {
    'ours/twice/config.pbtxt': fine('twice'),
    'ours/twice/1/': '',
    'ours/whole/config.pbtxt': ensembleOf('whole', 'part'),
    'ours/whole/1/': '',
    'theirs/twice/config.pbtxt': fine('twice'),
    'theirs/twice/1/': '',
    'theirs/part/config.pbtxt': fine('part'),
    'theirs/part/1/': '',
  });
  const both = '--model-repository=ours --model-repository ./theirs/';
  const verdicts = async (serverArgs: string) => {
    const { models } = await checkedModels('ours', { ...noGpu, serverArgs });
    return models.map(({ name, verdict, findings }) => [name, verdict, findings[0]?.code]);
  };
  const alone = [
    ['twice', 'accept', undefined],
    ['whole', 'reject', 'ensemble/model-unknown'],
  ];
  deepStrictEqual(await verdicts(''), alone);
  deepStrictEqual(await verdicts('--model-repository=/models/a --model-repository=/models/b'), alone);
  deepStrictEqual(await verdicts(both), [
    ['twice', 'reject', 'layout/model-not-unique'],
    ['whole', 'accept', undefined],
  ]);
  deepStrictEqual(await verdicts(`${both} --model-namespacing=true`), [
    ['twice', 'accept', undefined],
    ['whole', 'accept', undefined],
  ]);
});

test('a link that leads nowhere, directly in a repository, is told as a model that no server starts with', async (t) => {
  const folder = standIn(t, { 'models/m/config.pbtxt': fine('m'), 'models/m/1/': '' });
  symlinkSync('/nowhere', join(folder, 'models/z'));
  const { code, printed } = await runCheck('models', noGpu);
  strictEqual(code, 1);
  match(printed, /^models\/z {2}rejected\nmodels\/z {2}error {2}layout\/dead-link {2}the link leads nowhere/m);
});
