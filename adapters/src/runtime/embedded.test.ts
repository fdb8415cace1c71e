import { match, strictEqual } from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { embedded } from './embedded.ts';
import { runtimeContract } from './runtime-contract.ts';

runtimeContract('embedded', (options) => embedded(options), "(await import(here + 'embedded.ts')).embedded()");

test('a program that is not there ends at once, and says which', async () => {
  const running = await embedded({ nodePath: '/nowhere/node' }).start({ id: 'a/0', repository: '/nowhere', model: 'digits' });
  match((await running.exited).says, /^\/nowhere\/node could not be started: /);
  await running.stop(1000);
});

test('its log is kept in a file of its own, and its last words in memory', async (t) => {
  const logFolder = mkdtempSync(join(tmpdir(), 'conch-logs-'));
  t.after(() => rmSync(logFolder, { recursive: true }));
  const running = await embedded({ logFolder }).start({ id: 'digits/a:0', repository: '/nowhere', model: 'digits' });
  t.after(() => running.stop(0));
  while (!running.tail(100).join().includes('Started Metrics Service')) await sleep(10);
  await running.stop(5000);
  match((await running.exited).says, /failed to stat file \/nowhere/);
  strictEqual(readFileSync(join(logFolder, 'digits_a_0.log'), 'utf8').trimEnd(), running.tail(100).join('\n'));
});
