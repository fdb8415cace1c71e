import { deepStrictEqual, match, rejects } from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { checkedModels, fine, runCheck, standIn } from './check-in-test.ts';

const target = { target: 'triton=24.10,gpu=none' };
const files = {
  'models/m/config.pbtxt': fine('m', 'zebra: 1\n'),
  'models/m/1/': '',
  'models/fine/config.pbtxt': fine('fine'),
  'models/fine/1/': '',
};

async function writeBaseline(): Promise<void> {
  writeFileSync('known.json', (await runCheck('models', { output: 'json', ...target })).printed);
}

test('what a baseline knows is left out and counted, and no longer fails a check', async (t) => {
  standIn(t, files);
  await writeBaseline();
  const { code, printed } = await runCheck('models', { baseline: 'known.json', ...target });
  deepStrictEqual([code, printed.includes('zebra')], [0, false]);
  match(printed, /2 models: 1 accepted, 1 rejected; 1 finding of the baseline left out; judged for/);
});

test('a moved line and a moved repository keep what is known; what is new is told', async (t) => {
  const folder = standIn(t, files);
  await writeBaseline();
  writeFileSync('models/m/config.pbtxt', fine('m', '\n\nzebra: 1\nzebra: 2\n'));
  cpSync('models', 'elsewhere', { recursive: true });
  const { code, models, counts } = await checkedModels(`${folder}/elsewhere`, { baseline: 'known.json', ...target });
  deepStrictEqual([code, models.find(({ name }) => name === 'm')?.findings.map(({ place }) => place.line), counts['known']], [1, [8], 1]);
});

test('a baseline that is missing or broken is told with how to make one', async (t) => {
  standIn(t, files);
  const broken: readonly [content: string, words: RegExp][] = [
    ['{"models":', /known\.json cannot be read .*; make one with: conch check PATH --output json > known\.json/],
    ['[]', /known\.json is no output of a check: it has no list of models/],
    ['{"models":[{"name":"m"}]}', /not each of its models has name, path and findings/],
  ];
  await rejects(async () => runCheck('models', { baseline: 'known.json' }), /known\.json cannot be read/);
  for (const [content, words] of broken) {
    writeFileSync('known.json', content);
    await rejects(async () => runCheck('models', { baseline: 'known.json' }), words);
  }
});
