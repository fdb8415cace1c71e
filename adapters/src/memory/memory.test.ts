import { deepStrictEqual, match } from 'node:assert/strict';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { agentMemoryInFiles } from './agent-file.ts';
import { fakeMemory } from './fake.ts';
import { agentMemoryContract, targetsOf } from './memory-contract.ts';

const homes: string[] = [];
after(() => Promise.all(homes.map((home) => rm(home, { recursive: true }))));

function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'conch-memory-'));
  homes.push(home);
  return home;
}

agentMemoryContract('agent memory in files', () => {
  const home = newHome();
  return () => agentMemoryInFiles({ home, log: () => undefined });
});
agentMemoryContract('fake agent memory', () => {
  const memory = fakeMemory();
  return () => memory;
});

test('a file cut in half is set aside with a line in the log, and keeps no other model down', async () => {
  const home = newHome();
  const logged: string[] = [];
  const memory = agentMemoryInFiles({ home, log: (line) => logged.push(line) });
  await memory.store(targetsOf('a', 1));
  await memory.store(targetsOf('b', 1));
  const folder = join(home, 'agent', 'targets');
  writeFileSync(join(folder, 'a.json'), '{"model":"a","poolsGen');
  deepStrictEqual(await memory.load(), [targetsOf('b', 1)]);
  deepStrictEqual(readdirSync(folder).sort(), ['a.json.spoiled', 'b.json']);
  match(logged.join(), /a\.json cannot be read and is set aside/);
});
