import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkedModels, standIn } from './check/check-in-test.ts';
import { config } from './commands/config.ts';
import { fakeTerminal } from './fake-terminal.ts';

const example = join(import.meta.dirname, '../../../examples/digits/releases/b');
const place = 'b/repository/digits/config.pbtxt';

async function runConfig(folder: string, typed: { write?: string } = {}) {
  const terminal = fakeTerminal();
  const code = await config.run({ folder, ...typed }, terminal);
  return { code, printed: terminal.written.join(''), said: terminal.said, noted: terminal.noted.join('\n') };
}

test('the configuration of a contract is printed, each part with its reason', async () => {
  const { code, printed } = await runConfig(example);
  strictEqual(code, 0);
  match(printed, /# The contract's largest batch \(shapes\.batch\.max\)\.[^\n]*\nmax_batch_size: 16\n/);
  match(printed, /# At 150 requests a second[^]*max_queue_size: 32/);
});

test('--write puts it where none is, and check takes it', async (t) => {
  standIn(t, {});
  cpSync(example, 'b', { recursive: true });
  rmSync(place);
  const { code, said } = await runConfig('b', { write: 'yes' });
  strictEqual(code, 0);
  deepStrictEqual(said, [`made ${place}`]);
  const { models } = await checkedModels('b');
  deepStrictEqual(
    models.map(({ verdict, findings }) => [verdict, findings.map((one) => one.code)]),
    [['accept', []]],
  );
});

test('--write keeps the one that is there, and says what the contract would give', async (t) => {
  standIn(t, {});
  cpSync(example, 'b', { recursive: true });
  const before = readFileSync(place, 'utf8');
  const { code, said } = await runConfig('b', { write: 'yes' });
  strictEqual(code, 0);
  strictEqual(said[0], `${place} is there, and is kept. The contract would give:`);
  match(said.join('\n'), /\n {2}dynamic_batching\.default_queue_policy\.max_queue_size: 256 → 32\n/);
  strictEqual(readFileSync(place, 'utf8'), before);
});

test('one that means the same is told as such', async (t) => {
  standIn(t, {});
  cpSync(example, 'b', { recursive: true });
  rmSync(place);
  await runConfig('b', { write: 'yes' });
  const { said } = await runConfig('b', { write: 'yes' });
  deepStrictEqual(said, [`${place} is there, and is kept. It means the same.`]);
});

test('without a contract, or with one that says too little, there is nothing to print', async (t) => {
  standIn(t, {});
  cpSync(example, 'b', { recursive: true });
  strictEqual((await runConfig('absent')).code, 2);
  const contract = readFileSync('b/contract.yaml', 'utf8');
  writeFileSync('b/contract.yaml', contract.replace('format: onnx', 'format: ensemble'));
  const { code, noted } = await runConfig('b');
  strictEqual(code, 2);
  match(noted, /of ensemble a contract does not say enough: which models it runs/);
  writeFileSync('b/contract.yaml', contract.replace('max: 16', 'max: none'));
  strictEqual((await runConfig('b')).code, 2);
});
