import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { chmodSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { checkedModels, fine, runCheck, standIn } from './check-in-test.ts';

const broken = fine('m', 'max_batch_size: "8"  # as agreed\n');
const noGpu = { target: 'gpu=none', fix: 'yes' };

test('--fix lists what it mends, keeps comments and mode, and judges what it wrote', async (t) => {
  standIn(t, { 'models/m/config.pbtxt': broken, 'models/m/1/': '' });
  chmodSync('models/m/config.pbtxt', 0o664);
  const { code, printed } = await runCheck('models', noGpu);
  strictEqual(code, 0);
  const [first, , third] = printed.split('\n');
  match(first ?? '', /^models\/m\/config\.pbtxt:5 {2}mended {2}"max_batch_size" takes a whole number, got the string "8"/);
  strictEqual(third, 'models/m  accepted');
  strictEqual(readFileSync('models/m/config.pbtxt', 'utf8'), broken.replace('"8"', '8'));
  strictEqual(statSync('models/m/config.pbtxt').mode & 0o7777, 0o664);
  deepStrictEqual(readdirSync('models/m'), ['1', 'config.pbtxt']);
});

test('done twice, it mends nothing more and says so', async (t) => {
  standIn(t, { 'm/config.pbtxt': broken, 'm/1/': '' });
  await runCheck('m', noGpu);
  match((await runCheck('m', noGpu)).printed, /^nothing to mend\n\nm {2}accepted\n/);
});

test('JSON holds what was mended', async (t) => {
  standIn(t, { 'm/config.pbtxt': broken, 'm/1/': '' });
  const { mended } = await checkedModels('m', noGpu);
  match(JSON.stringify(mended), /^\[\{"file":"m\/config\.pbtxt","changes":\[\{"line":5,"says":/);
});

test('a link is kept and what it leads to is mended, unless that is outside', async (t) => {
  const other = standIn(t, { 'shared.pbtxt': broken });
  standIn(t, { 'models/m/real.pbtxt': broken, 'models/m/1/': '', 'models/n/1/': '' });
  symlinkSync('real.pbtxt', 'models/m/config.pbtxt');
  symlinkSync(`${other}/shared.pbtxt`, 'models/n/config.pbtxt');
  const { code, unlooked } = await checkedModels('models', noGpu);
  strictEqual(lstatSync('models/m/config.pbtxt').isSymbolicLink(), true);
  deepStrictEqual(
    [readFileSync('models/m/real.pbtxt', 'utf8').includes('"8"'), readFileSync(`${other}/shared.pbtxt`, 'utf8')],
    [false, broken],
  );
  deepStrictEqual([code, unlooked.map(({ path }) => path)], [2, ['models/n/config.pbtxt']]);
});

test('what is no UTF-8 is left as it is', async (t) => {
  const bytes = Buffer.concat([Buffer.from(broken), Buffer.from([0x23, 0xff, 0x0a])]);
  standIn(t, { 'm/config.pbtxt': bytes, 'm/1/': '' });
  match((await runCheck('m', noGpu)).printed, /^nothing to mend/);
  deepStrictEqual(readFileSync('m/config.pbtxt'), bytes);
});
