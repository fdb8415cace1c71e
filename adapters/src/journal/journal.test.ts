import { deepStrictEqual, rejects } from 'node:assert';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Entry, faultsOf, link } from '#core/journal/chain.ts';
import type { Journal } from '#core/ports/control.ts';
import { memoryJournal } from './memory.ts';
import { sqliteJournal } from './sqlite.ts';

function journalContract(name: string, open: () => Journal): void {
  test(`${name}: an entry appended twice is there once, and the chain is whole`, async () => {
    const journal = open();
    const [first, second] = chainOfTwo();
    await journal.append([first, second]);
    await journal.append([second]);
    const entries = await journal.read({ writer: 'control/digits' });
    deepStrictEqual(entries, [first, second]);
    deepStrictEqual(faultsOf(entries), []);
    deepStrictEqual(await journal.read({ writer: 'control/digits', after: 1 }), [second]);
    deepStrictEqual(await journal.read({ writer: 'agent/here' }), []);
  });

  test(`${name}: another entry under the same number is refused`, async () => {
    const journal = open();
    const [first] = chainOfTwo();
    await journal.append([first]);
    const other = link('control/digits', { seq: 0, head: 'none' }, { ...record, says: 'something else' });
    await rejects(journal.append([other]), /two histories/);
    deepStrictEqual(await journal.read({ writer: 'control/digits' }), [first]);
  });
}

const record = {
  at: 1,
  kind: 'build',
  code: 'rollout/begin',
  says: 'a release is desired',
  actor: 'control',
  evidence: [{ n: 1 }],
} as const;

function chainOfTwo(): [Entry, Entry] {
  const first = link('control/digits', { seq: 0, head: 'none' }, record);
  return [first, link('control/digits', { seq: 1, head: first.digest }, { ...record, at: 2 })];
}

journalContract('memory journal', memoryJournal);
journalContract('SQLite journal', () => sqliteJournal(join(mkdtempSync(join(tmpdir(), 'conch-journal-')), 'journal.sqlite')));
