import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Entry } from '#core/base/asking.ts';
import { type MadeUpFiles, madeUpTree } from '#core/model/made-up-tree.ts';
import { asNobody } from './as-nobody.ts';
import { diskTree } from './disk.ts';
import { treeContract } from './tree-contract.ts';
import { writeFiles } from './write-files.ts';

const top = mkdtempSync(join(tmpdir(), 'conch-tree-'));
chmodSync(top, 0o755);
after(() => rmSync(top, { recursive: true, force: true }));

treeContract('a made-up tree', (files) => ({ answer: madeUpTree(files), root: '' }));
treeContract('a disk', (files) => {
  const root = onDisk(files);
  return { answer: diskTree(root), root };
});

test('links are followed, told as they are written, and known for leading out, nowhere or in a circle', () => {
  const root = onDisk({ 'm/1/model.onnx': 'abc', 'm/2/': '' });
  const outside = onDisk({ 'weights.bin': '12345' });
  const links = { circle: 'circle', file: '1/model.onnx', folder: '2', nowhere: 'gone', out: join(outside, 'weights.bin'), up: '../../' };
  for (const [name, to] of Object.entries(links)) symlinkSync(to, join(root, 'm', name));
  const entries = diskTree(root)({ list: `${root}/m` }) as Entry[];
  deepStrictEqual(
    entries.filter(({ link }) => link).map(({ name, kind, size, link, leadsOut = false }) => [name, kind, size, link, leadsOut]),
    [
      ['circle', 'broken', 0, 'circle', false],
      ['file', 'file', 3, '1/model.onnx', false],
      ['folder', 'folder', 0, '2', false],
      ['nowhere', 'broken', 0, 'gone', false],
      ['out', 'file', 5, links.out, true],
      ['up', 'folder', 0, '../../', true],
    ],
  );
  deepStrictEqual(diskTree(root)({ read: `${root}/m/circle`, from: 0, size: 1 }), { unseen: 'its links lead in a circle' });
});

test('a root that is itself a link is the folder that it leads to', () => {
  const root = onDisk({ 'm/a': 'x' });
  symlinkSync('a', join(root, 'm/b'));
  const alias = join(onDisk({}), 'alias');
  symlinkSync(root, alias);
  const [, link] = diskTree(alias)({ list: `${alias}/m` }) as Entry[];
  strictEqual(link?.leadsOut, undefined);
});

test('a pipe is neither file nor folder, and nobody waits for it', () => {
  const root = onDisk({ 'm/': '' });
  spawnSync('mkfifo', [join(root, 'm/pipe')]);
  deepStrictEqual((diskTree(root)({ list: `${root}/m` }) as Entry[])[0]?.kind, 'other');
  deepStrictEqual(diskTree(root)({ read: `${root}/m/pipe`, from: 0, size: 9 }), { unseen: 'it is neither a file nor a folder' });
});

test('modes are told, and what may not be read is said to be denied', async () => {
  const root = onDisk({ 'm/secret': 'x', 'closed/a': 'x', 'm/link': '' });
  chmodSync(join(root, 'm/secret'), 0o200);
  chmodSync(join(root, 'closed'), 0o200);
  symlinkSync('../closed/a', join(root, 'm/denied'));
  const answer = diskTree(root);
  await asNobody(() => {
    const entries = answer({ list: `${root}/m` }) as Entry[];
    deepStrictEqual(
      entries.map(({ name, kind, mode }) => [name, kind, mode]),
      [
        ['denied', 'other', undefined],
        ['link', 'file', 0o644],
        ['secret', 'file', 0o200],
      ],
    );
    deepStrictEqual(answer({ read: `${root}/m/secret`, from: 0, size: 1 }), { unseen: 'permission denied' });
    deepStrictEqual(answer({ list: `${root}/closed` }), { unseen: 'permission denied' });
  });
  chmodSync(join(root, 'closed'), 0o700);
});

test('of a file of a terabyte, only what is asked for is read', () => {
  const root = onDisk({ 'm/huge': 'abc' });
  truncateSync(join(root, 'm/huge'), 2 ** 40);
  const answer = diskTree(root);
  strictEqual((answer({ list: `${root}/m` }) as Entry[])[0]?.size, 2 ** 40);
  deepStrictEqual(answer({ read: `${root}/m/huge`, from: 2 ** 40 - 2, size: 10 }), new Uint8Array(2));
});

test('a thousand model folders are listed, and it does not take for ever', () => {
  const root = onDisk(Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`m/model-${index}/config.pbtxt`, 'x'])));
  const answer = diskTree(root);
  const began = performance.now();
  for (const { name } of answer({ list: `${root}/m` }) as Entry[]) answer({ list: `${root}/m/${name}` });
  ok(performance.now() - began < 30_000);
});

function onDisk(files: MadeUpFiles): string {
  const root = mkdtempSync(join(top, 'tree-'));
  chmodSync(root, 0o755);
  writeFiles(root, files);
  return root;
}
