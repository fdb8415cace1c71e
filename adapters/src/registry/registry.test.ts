import { deepStrictEqual, ok, rejects } from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exampleRelease } from './example-release.ts';
import { memoryRegistry } from './memory.ts';
import { ociLayout } from './oci-layout.ts';
import { registryContract } from './registry-contract.ts';

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'conch-registry-'));
const blobPath = (folder: string, blob: string): string => join(folder, 'blobs', 'sha256', blob.slice('sha256:'.length));

registryContract('memory registry', async () => {
  const registry = memoryRegistry();
  return {
    registry,
    async damage(blob, edit) {
      const edited = edit(registry.blobs.get(blob) ?? new Uint8Array(0));
      if (edited === 'gone') registry.blobs.delete(blob);
      else registry.blobs.set(blob, edited);
    },
  };
});

registryContract('OCI layout', async () => {
  const folder = newFolder();
  return {
    registry: ociLayout(folder),
    async damage(blob, edit) {
      const path = blobPath(folder, blob);
      const edited = edit(new Uint8Array(readFileSync(path)));
      if (edited === 'gone') rmSync(path);
      else writeFileSync(path, edited);
    },
  };
});

const a = exampleRelease('a');

test('OCI layout: other tools find a layout of version 1.0.0, and no tag in it', async () => {
  const folder = newFolder();
  await ociLayout(folder).store(a);
  deepStrictEqual(JSON.parse(readFileSync(join(folder, 'oci-layout'), 'utf8')), { imageLayoutVersion: '1.0.0' });
  deepStrictEqual(JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')), {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      {
        mediaType: 'application/vnd.oci.image.index.v1+json',
        digest: a.digest,
        size: a.blobs.get(a.digest)?.length,
        artifactType: 'application/vnd.conch.release.v1+json',
        annotations: { 'dev.conch.model': 'digits' },
      },
    ],
  });
});

test('OCI layout: a release that another tool copied here is found', async () => {
  const folder = newFolder();
  await ociLayout(folder).store(a);
  // As skopeo 1.9.3 writes it.
  const entry = { mediaType: 'application/vnd.oci.image.index.v1+json', digest: a.digest, size: a.blobs.get(a.digest)?.length };
  const annotations = { 'org.opencontainers.image.ref.name': 'copied' };
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [{ ...entry, annotations }] }));
  deepStrictEqual(await ociLayout(folder).releases('digits'), [a.digest]);
});

test('OCI layout: two processes that store at one time lose no release', async () => {
  const folder = newFolder();
  const releases = ['a', 'b', 'b-again', 'd'].map((name) => exampleRelease(name));
  await Promise.all(releases.map((release) => ociLayout(folder).store(release)));
  deepStrictEqual((await ociLayout(folder).releases('digits')).sort(), releases.map(({ digest }) => digest).sort());
});

test('OCI layout: a corrupt blob is named with its path, and with the digest that it has and that it should have', async () => {
  const folder = newFolder();
  const registry = ociLayout(folder);
  await registry.store(a);
  writeFileSync(blobPath(folder, a.release.contract), 'contract: other');
  await rejects(registry.fetch(a.release.contract, 1000), (fault: Error) => {
    ok(fault.message.includes(a.release.contract));
    ok(fault.message.includes(blobPath(folder, a.release.contract)));
    ok(fault.message.includes('sha256:e8359c'), fault.message);
    return true;
  });
});

test('OCI layout: a write that fails is a fault, and nothing half-written counts as stored', async () => {
  const folder = newFolder();
  const registry = ociLayout(folder);
  await registry.store(a);
  const b = exampleRelease('b');
  // A folder in the place of a blob stands for a disk that takes no more: the blobs before it are written, this one is not.
  const stuck = [...b.blobs.keys()].filter((blob) => !a.blobs.has(blob)).at(-1) ?? b.digest;
  mkdirSync(join(blobPath(folder, stuck), 'x'), { recursive: true });
  await rejects(registry.store(b), { name: 'Fault', isRetryable: true });
  deepStrictEqual(await registry.releases('digits'), [a.digest]);
  deepStrictEqual(
    readdirSync(join(folder, 'blobs', 'sha256')).filter((name) => name.endsWith('.tmp')),
    [],
  );
  rmSync(blobPath(folder, stuck), { recursive: true });
  await registry.store(b);
  deepStrictEqual(await registry.releases('digits'), [a.digest, b.digest]);
});

test('OCI layout: the lock and the drafts of a killed process are cleared away', async () => {
  const folder = newFolder();
  await ociLayout(folder).store(a);
  const [lock, draft] = [join(folder, 'index.lock'), join(folder, 'blobs', 'sha256', 'abc.tmp')];
  for (const path of [lock, draft]) {
    writeFileSync(path, '');
    utimesSync(path, 0, 0);
  }
  await ociLayout(folder).store(exampleRelease('b'));
  deepStrictEqual(
    [lock, draft].map((path) => readdirSync(join(path, '..')).includes(path.slice(path.lastIndexOf('/') + 1))),
    [false, false],
  );
});

test('OCI layout: an index that cannot be read is a fault that says what to do, and is left as it is', async () => {
  const folder = newFolder();
  const registry = ociLayout(folder);
  await registry.store(a);
  writeFileSync(join(folder, 'index.json'), '{}');
  await rejects(registry.releases('digits'), { code: 'registry/unreadable' });
  await rejects(registry.store(exampleRelease('b')), { code: 'registry/unreadable' });
  deepStrictEqual(readFileSync(join(folder, 'index.json'), 'utf8'), '{}');
});
