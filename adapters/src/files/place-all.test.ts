import { deepStrictEqual, rejects } from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { placeAll } from './place-all.ts';

const never = new AbortController().signal;

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'conch-place-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('texts and copies stand where they were asked for, and nothing beside them', async (t) => {
  const folder = folderFor(t);
  writeFileSync(join(folder, 'from'), 'weights');
  const to = join(folder, 'to');
  await placeAll(
    [
      { to: join(to, 'a/b.txt'), text: 'words' },
      { to: join(to, 'c.bin'), from: join(folder, 'from') },
    ],
    never,
  );
  deepStrictEqual(readdirSync(to, { recursive: true, encoding: 'utf8' }).sort(), ['a', 'a/b.txt', 'c.bin']);
  deepStrictEqual(readFileSync(join(to, 'c.bin'), 'utf8'), 'weights');
});

test('when one cannot be copied, the others are taken away again, and the folders that were made for them', async (t) => {
  const folder = folderFor(t);
  const to = join(folder, 'to');
  const placings = [
    { to: join(to, 'a/b.txt'), text: 'words' },
    { to: join(to, 'c.bin'), from: join(folder, 'absent') },
  ];
  await rejects(placeAll(placings, never), /nothing was left behind/);
  deepStrictEqual(existsSync(to), false);
});

test('what is there already is not overwritten, and nothing else is written then', async (t) => {
  const folder = folderFor(t);
  writeFileSync(join(folder, 'b'), 'old');
  await rejects(
    placeAll(
      [
        { to: join(folder, 'a'), text: 'new' },
        { to: join(folder, 'b'), text: 'new' },
      ],
      never,
    ),
    /is taken/,
  );
  deepStrictEqual(readdirSync(folder), ['b']);
  deepStrictEqual(readFileSync(join(folder, 'b'), 'utf8'), 'old');
});

test('whoever ends it in the middle of a copy finds nothing half-written', async (t) => {
  const folder = folderFor(t);
  writeFileSync(join(folder, 'from'), 'weights');
  const ending = new AbortController();
  ending.abort();
  await rejects(placeAll([{ to: join(folder, 'to/w'), from: join(folder, 'from') }], ending.signal), { name: 'AbortError' });
  deepStrictEqual(readdirSync(folder), ['from']);
});
