import { deepStrictEqual, notDeepStrictEqual, ok } from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { digestOf, isDigest } from '../base/digest.ts';
import { formatFinding } from '../base/finding.ts';
import { readIndex, readManifest } from './oci.ts';
import { type Packed, packRelease } from './pack.ts';
import { readPartFiles, readRelease } from './read-release.ts';
import { servingDigest } from './release.ts';
import { readTar } from './tar.ts';
import type { PackFile } from './to-oci.ts';

const examples = fileURLToPath(new URL('../../../examples/digits/releases/', import.meta.url));

function filesOf(release: string): PackFile[] {
  const folder = join(examples, release);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: relative(folder, path).replaceAll('\\', '/'), bytes: new Uint8Array(readFileSync(path)) }));
}

/** A copy of a release's files in which one file has another text. */
function edited(files: readonly PackFile[], path: string, edit: (text: string) => string): PackFile[] {
  ok(files.some((file) => file.path === path));
  return files.map((file) =>
    file.path === path ? { path, bytes: Uint8Array.from(Buffer.from(edit(Buffer.from(file.bytes).toString('latin1')), 'latin1')) } : file,
  );
}

function packed(files: readonly PackFile[]): Packed {
  const result = packRelease(files);
  ok('digest' in result, `findings: ${result.findings.map(formatFinding).join('\n')}`);
  return result;
}

const digits = filesOf('a');
const config = 'repository/digits/config.pbtxt';
const cpuParts = (files: readonly PackFile[]) => {
  const parts = packed(files).release.classes.cpu;
  ok(parts);
  return parts;
};

test('a release is the same bytes, whatever the order of its files', () => {
  const { digest, blobs } = packed(digits);
  fc.assert(
    fc.property(fc.shuffledSubarray(digits, { minLength: digits.length }), (shuffled) => {
      const again = packed(shuffled);
      deepStrictEqual(again.digest, digest);
      deepStrictEqual([...again.blobs.keys()].sort(), [...blobs.keys()].sort());
    }),
    { numRuns: 20 },
  );
});

test('everything in a release is found from its one digest', () => {
  const { digest, blobs, release } = packed(digits);
  const textOf = (one: string): string => new TextDecoder().decode(isDigest(one) ? blobs.get(one) : undefined);
  const index = readIndex(textOf(digest), digest);
  ok('value' in index);
  const [own, image] = index.value.manifests;
  ok(own && image);
  const manifest = readManifest(textOf(own.digest), own.digest);
  ok('value' in manifest);
  deepStrictEqual(readRelease(textOf(manifest.value.config.digest), 'release.json'), { release });
  deepStrictEqual(
    manifest.value.layers.map(({ annotations }) => annotations?.['org.opencontainers.image.title']),
    ['contract.yaml', 'golden.json', 'route.json', 'cpu.artifact.json', 'cpu.config.json'],
  );
  const parts = release.classes.cpu;
  ok(parts);
  deepStrictEqual(image.digest, parts.image);
  deepStrictEqual(readPartFiles(textOf(parts.artifact), 'files'), {
    files: digits
      .filter(({ path }) => path.endsWith('.onnx'))
      .map(({ bytes }) => ({ path: 'digits/1/model.onnx', digest: digestOf(bytes), size: bytes.length })),
  });
  for (const [one, bytes] of blobs) deepStrictEqual(digestOf(bytes), one);
});

test('the image holds the model repository under /models, weights first, configuration and labels in a last layer of their own', () => {
  const { blobs, release } = packed(digits);
  const image = readManifest(new TextDecoder().decode(blobs.get(release.classes.cpu?.image ?? 'sha256:')), 'image');
  ok('value' in image);
  const layers = image.value.layers.map(({ digest }) => readTar(blobs.get(digest) ?? new Uint8Array(0)).map(({ path }) => path));
  deepStrictEqual(layers, [['models/digits/1/model.onnx'], ['models/digits/config.pbtxt', 'models/digits/labels.txt']]);
});

test('a large file has a layer of its own', () => {
  const large = [...digits, { path: 'repository/digits/1/weights.bin', bytes: new Uint8Array(2 ** 20 + 1) }];
  const { blobs, release, findings } = packed(large);
  const image = readManifest(new TextDecoder().decode(blobs.get(release.classes.cpu?.image ?? 'sha256:')), 'image');
  deepStrictEqual('value' in image && image.value.layers.length, 3);
  deepStrictEqual(findings.map(formatFinding), [
    'repository/digits/1/weights.bin  warning  layout/file-unlisted  it is packed, and the contract does not name it\n    fix: name it in artifact.files, or take it out',
  ]);
});

const moves: readonly (readonly [what: string, path: string, edit: (text: string) => string, changed: string[]])[] = [
  ['a phone number', 'contract.yaml', (text) => text.replace('vision@example.com', 'eyes@example.com'), []],
  ['a route', 'route.json', (text) => text.replace('2000', '3000'), []],
  ['labels', 'repository/digits/labels.txt', (text) => text.replace('zero', 'null'), ['config', 'image']],
  ['a queue bound', config, (text) => text.replace('max_queue_size: 256', 'max_queue_size: 128'), ['config', 'image']],
  ['a memory limit', 'contract.yaml', (text) => text.replace('512MiB', '1GiB'), ['runtime']],
  ['weights', 'repository/digits/1/model.onnx', (text) => text.replace('Logistic', 'logistic'), ['artifact', 'image']],
];

for (const [what, path, edit, changed] of moves) {
  test(`changing ${what} is another release, and changes ${changed.length > 0 ? `the parts ${changed.join(' and ')} alone` : 'no part of a server'}`, () => {
    const files = edited(digits, path, edit);
    notDeepStrictEqual(packed(files).digest, packed(digits).digest);
    const [before, after] = [cpuParts(digits), cpuParts(files)];
    const names = ['artifact', 'config', 'runtime', 'engine', 'processing', 'image'] as const;
    deepStrictEqual(names.filter((name) => before[name] !== after[name]).sort(), [...changed].sort());
    const isSameServer = changed.length === 0;
    deepStrictEqual(servingDigest('digits', 'cpu', before) === servingDigest('digits', 'cpu', after), isSameServer);
  });
}

test('every good release of the example packs without a finding', () => {
  for (const release of ['a', 'b', 'b-again', 'c', 'c2', 'd']) deepStrictEqual(packed(filesOf(release)).findings, [], release);
});

test('an upload that broke off is refused, with the file and how far it got', () => {
  deepStrictEqual(packRelease(filesOf('e-truncated')).findings.map(formatFinding), [
    'repository/digits/1/model.onnx  error  onnx/truncated  it is cut off: its last part is longer than the 11836 bytes of the file\n' +
      '    fix: copy the file again, and compare its size with the original',
  ]);
});

test('pieces that disagree are refused, unless someone asks for them on purpose', () => {
  const files = edited(digits, config, (text) => text.replace('max_batch_size: 16', 'max_batch_size: 8').replace('[ 16 ]', '[ 8 ]'));
  const refused = packRelease(files);
  deepStrictEqual('digest' in refused, false);
  const forced = packRelease(files, { despiteDisagreements: true });
  ok('digest' in forced);
  deepStrictEqual(forced.findings.map(formatFinding), [
    'repository/digits/config.pbtxt:7:1  error  agree/batch  the model takes batches of 8, and the contract promises batches of 16\n    fix: write max_batch_size: 16 in config.pbtxt, or batch.max: 8 in the contract',
  ]);
});

test('what cannot be read, is not there or does not fit is a finding', () => {
  const says = (files: readonly PackFile[]) => packRelease(files, { despiteDisagreements: true }).findings.map(formatFinding);
  deepStrictEqual(says(digits.filter(({ path }) => path !== 'golden.json' && path !== config)), [
    'golden.json  error  layout/file-missing  a release needs this file, and it is not there',
    'repository/digits/config.pbtxt  error  layout/file-missing  a release needs this file, and it is not there',
  ]);
  deepStrictEqual(says([{ path: 'route.json', bytes: new Uint8Array([0xff]) }, ...digits.filter(({ path }) => path !== 'route.json')]), [
    'route.json  error  layout/encoding  it is not UTF-8 text',
  ]);
  deepStrictEqual(says([...digits, { path: '../x', bytes: new Uint8Array(0) }]), [
    '../x  error  release/path  it cannot be packed: its path is not a plain path below the release',
  ]);
  deepStrictEqual(says([...digits, { path: 'notes.txt', bytes: new Uint8Array(0) }]), [
    "notes.txt  warning  release/file-not-packed  it is no part of a release, and stays out of it\n    fix: keep it elsewhere, or put it into the model's folder below repository/",
  ]);
});
