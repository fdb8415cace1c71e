import { deepStrictEqual, ok } from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatFinding } from '#core/base/finding.ts';
import { exampleFolder, exampleRelease } from './example-release.ts';
import { memoryRegistry } from './memory.ts';
import { packFolder } from './pack-folder.ts';

function copyOf(release: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'conch-pack-'));
  cpSync(exampleFolder(release), folder, { recursive: true });
  return folder;
}

const says = (folder: string, findings: Parameters<typeof formatFinding>[0][]): string[] =>
  findings.map((finding) => formatFinding(finding).replace(`${folder}/`, ''));

test('a folder becomes a release in the registry, with the same digest wherever the folder is', async () => {
  const registry = memoryRegistry();
  const packed = await packFolder(copyOf('a'), { registry });
  ok('digest' in packed);
  deepStrictEqual(packed.digest, exampleRelease('a').digest);
  deepStrictEqual(packed.findings, []);
  deepStrictEqual(await registry.releases('digits'), [packed.digest]);
});

test('what editors and systems leave behind stays out, with a word about it, and changes no digest', async () => {
  const folder = copyOf('a');
  writeFileSync(join(folder, '.DS_Store'), '');
  writeFileSync(join(folder, 'contract.yaml~'), '');
  mkdirSync(join(folder, 'repository/digits/1/__pycache__'));
  writeFileSync(join(folder, 'repository/digits/1/__pycache__/model.pyc'), '');
  const packed = await packFolder(folder, { registry: memoryRegistry() });
  deepStrictEqual('digest' in packed && packed.digest, exampleRelease('a').digest);
  deepStrictEqual(says(folder, packed.findings), [
    '.DS_Store  warning  pack/leftover  it is left out: an editor or a tool made it\n    fix: remove it',
    'contract.yaml~  warning  pack/leftover  it is left out: an editor or a tool made it\n    fix: remove it',
    'repository/digits/1/__pycache__  warning  pack/leftover  it is left out: an editor or a tool made it\n    fix: remove it',
  ]);
});

test('a link is refused, wherever it points', async () => {
  const folder = copyOf('a');
  symlinkSync('/etc/passwd', join(folder, 'repository/digits/1/weights.bin'));
  const registry = memoryRegistry();
  const packed = await packFolder(folder, { registry });
  deepStrictEqual(says(folder, packed.findings), [
    'repository/digits/1/weights.bin  error  pack/link  it is a link, and what it points at can change\n    fix: put the file itself there',
  ]);
  deepStrictEqual(registry.blobs.size, 0);
});

test('pieces that disagree are told with the path that people can open, and nothing is stored', async () => {
  const registry = memoryRegistry();
  const folder = copyOf('e-misfit');
  const packed = await packFolder(folder, { registry });
  deepStrictEqual('digest' in packed, false);
  ok(packed.findings.every(({ place }) => place.file.startsWith(folder)));
  deepStrictEqual(registry.blobs.size, 0);
});

test('a folder that is not there is a finding', async () => {
  const packed = await packFolder('/nowhere/at/all', { registry: memoryRegistry() });
  deepStrictEqual(
    packed.findings.map(({ code }) => code),
    ['pack/no-folder'],
  );
});
