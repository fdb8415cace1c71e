import { deepStrictEqual, notDeepStrictEqual, ok } from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { digestOf } from '../base/digest.ts';
import { formatFinding } from '../base/finding.ts';
import { readManifest } from './oci.ts';
import { packRelease } from './pack.ts';
import { readPartFiles } from './read-release.ts';
import type { ClassParts } from './release.ts';
import type { PackFile, ReleaseBlobs } from './to-oci.ts';
import { readTar } from './tar.ts';

// Releases of more than one model: an ensemble, what it runs, and what comes before and after that.

const releases = fileURLToPath(new URL('../../../examples/reviews/releases', import.meta.url));
const filesOf = (name: string): PackFile[] =>
  readdirSync(join(releases, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: relative(join(releases, name), path), bytes: new Uint8Array(readFileSync(path)) }));

const edited = (path: string, from: string, to: string): PackFile[] =>
  filesOf('a').map((file) => {
    if (file.path !== path) return file;
    const text = new TextDecoder().decode(file.bytes);
    ok(text.includes(from), `${path} has no ${from}`);
    return { path, bytes: new TextEncoder().encode(text.replace(from, to)) };
  });

function packed(files: readonly PackFile[]): ReleaseBlobs {
  const made = packRelease(files);
  ok('digest' in made, made.findings.map(formatFinding).join('\n'));
  deepStrictEqual(made.findings.map(formatFinding), []);
  return made;
}

function partsOf(files: readonly PackFile[]): ClassParts {
  const parts = packed(files).release.classes['cpu'];
  ok(parts);
  return parts;
}

const says = (files: readonly PackFile[]): string[] => packRelease(files).findings.map(formatFinding);
const textOf = ({ blobs }: ReleaseBlobs, digest: string): string =>
  new TextDecoder().decode([...blobs].find(([one]) => one === digest)?.[1]);

const bytesOf = (name: string, path: string): string =>
  digestOf(filesOf(name).find((file) => file.path === path)?.bytes ?? new Uint8Array(0));
const model = 'repository/reviews_classifier/1/model.onnx';

for (const name of ['b-tokenizer', 'c-broken-tokenizer', 'c2-ascii-tokenizer', 'd-dying-tokenizer']) {
  test(`${name} has the model of a, to the byte, and differs from it in its processing alone`, () => {
    const names = ['artifact', 'config', 'runtime', 'engine', 'processing'] as const;
    const [before, after] = [partsOf(filesOf('a')), partsOf(filesOf(name))];
    deepStrictEqual(
      names.filter((part) => before[part] !== after[part]),
      ['processing'],
    );
    deepStrictEqual(bytesOf(name, model), bytesOf('a', model));
  });
}

test('every file is in one part, and each part is the digest of its list', () => {
  const made = packed(filesOf('a'));
  const parts = partsOf(filesOf('a'));
  const listed = (part: string): string[] => {
    const read = readPartFiles(textOf(made, part), part);
    ok('files' in read);
    return read.files.map(({ path }) => path);
  };
  const models = ['reviews', 'reviews_classifier', 'reviews_labels', 'reviews_tokens'];
  deepStrictEqual(listed(parts.artifact), ['reviews/1/.gitkeep', 'reviews_classifier/1/model.onnx']);
  deepStrictEqual(
    listed(parts.config),
    models.map((one) => `${one}/config.pbtxt`),
  );
  deepStrictEqual(listed(parts.processing), [
    'reviews_labels/1/model.py',
    ...['model.py', 'tokenizer.py', 'vocabulary.txt'].map((file) => `reviews_tokens/1/${file}`),
  ]);
});

test('processing travels in layers of its own, so that another tokenizer moves no weights', () => {
  const layersOf = (name: string): Map<string, string[]> => {
    const made = packed(filesOf(name));
    const image = readManifest(textOf(made, partsOf(filesOf(name)).image), 'image');
    ok('value' in image);
    const paths = (digest: string): string[] =>
      readTar([...made.blobs].find(([one]) => one === digest)?.[1] ?? new Uint8Array(0)).map(({ path }) => path.replace('models/', ''));
    return new Map(image.value.layers.map(({ digest }) => [digest, paths(digest)]));
  };
  const [a, b] = [layersOf('a'), layersOf('b-tokenizer')];
  const moved = [...b].filter(([digest]) => !a.has(digest)).flatMap(([, paths]) => paths);
  deepStrictEqual(
    moved,
    ['model.py', 'tokenizer.py', 'vocabulary.txt'].map((file) => `reviews_tokens/1/${file}`),
  );
});

test('the names of the processing are not the business of the runtime', () => {
  const files = [
    ...edited('contract.yaml', '1/vocabulary.txt]', '1/vocabulary.txt, 1/more.txt]'),
    { path: 'repository/reviews_tokens/1/more.txt', bytes: new Uint8Array([1]) },
  ];
  deepStrictEqual(partsOf(files).runtime, partsOf(filesOf('a')).runtime);
  notDeepStrictEqual(partsOf(files).processing, partsOf(filesOf('a')).processing);
});

const tokens = 'repository/reviews_tokens/config.pbtxt';
const table: readonly (readonly [what: string, files: () => PackFile[], ...says: RegExp[]])[] = [
  [
    'a model that the contract does not name',
    () => [...filesOf('a'), { path: 'repository/other/1/model.py', bytes: new Uint8Array([1]) }],
    /layout\/model-folder {2}"other" is not the contract's model "reviews", and none that it names beside it/,
  ],
  [
    'a model that is named and not there',
    () => filesOf('a').filter(({ path }) => !path.startsWith('repository/reviews_labels/')),
    /reviews_labels\/config.pbtxt {2}error {2}layout\/file-missing/,
  ],
  [
    'a file that is named and not there',
    () => filesOf('a').filter(({ path }) => !path.endsWith('vocabulary.txt')),
    /contract.yaml:\d+:\d+ {2}error {2}layout\/file-missing {2}the contract's file 1\/vocabulary.txt is not in repository\/reviews_tokens/,
  ],
  [
    'a file that the contract does not name',
    () => [...filesOf('a'), { path: 'repository/reviews_tokens/1/notes.txt', bytes: new Uint8Array([1]) }],
    /reviews_tokens\/1\/notes.txt {2}warning {2}layout\/file-unlisted/,
  ],
  [
    'a model in two parts',
    () => edited('contract.yaml', 'models: { reviews_classifier', 'models: { reviews_labels: [1/model.py], reviews_classifier'),
    /agree\/part {2}"reviews_labels" is said to be of the artifact and of the processing/,
  ],
  [
    'the own model among those beside it',
    () => edited('contract.yaml', 'models: { reviews_classifier', 'models: { reviews: [1/.gitkeep], reviews_classifier'),
    /agree\/part {2}the contract's own model "reviews" stands among those beside it/,
  ],
  [
    'a step that Triton would refuse',
    () => edited(tokens, 'dims: [ 24 ]', 'dims: [ 25 ]'),
    /error {2}ensemble\/.*IDS|error {2}ensemble\/.*ids/,
  ],
  [
    'a bucket in the configuration of a step',
    () => edited(tokens, '# Batch what', 'parameters { key: "vocabulary" value { string_value: "s3://words/latest" } }\n# Batch what'),
    /reviews_tokens\/config.pbtxt:\d+:\d+ {2}error {2}release\/mutable-reference/,
  ],
];

for (const [what, files, ...expected] of table) {
  test(`${what} is said`, () => {
    const found = says(files()).join('\n');
    for (const one of expected) ok(one.test(found), `${one} is not in:\n${found}`);
  });
}
