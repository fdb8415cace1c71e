import { deepStrictEqual, match, rejects, strictEqual } from 'node:assert/strict';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import type { MadeUpFiles } from '#core/model/made-up-tree.ts';
import { model, value } from '#core/model-file/made-up-onnx.ts';
import { message } from '#core/model-file/made-up-protobuf.ts';
import { fine, standIn } from '../check/check-in-test.ts';
import { digits, runInit, treeOf, weights, withWeights } from './init-in-test.ts';

/** A tensor of floats that says nothing of its shape. */
const unranked = message([1, 'x'], [2, message([1, message([1, 1])])]);

const refusals: readonly (readonly [says: string, files: MadeUpFiles, words: RegExp, path?: string])[] = [
  ['an empty file', { 'm.onnx': '' }, /the file is empty/],
  ['a cut file', { 'm.onnx': digits.subarray(0, 5000) }, /cut off|ends/],
  [
    'a Git LFS pointer',
    { 'm.onnx': `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 1234\n` },
    /Git LFS pointer: the 1234 bytes[^]*git lfs pull/,
  ],
  ['a web page', { 'm.onnx': '<!DOCTYPE html><html><title>Sign in</title></html>' }, /web page \("Sign in"\)/],
  ['unknown rank', { 'm.onnx': model({ inputs: [unranked] }) }, /"x" says nothing of its shape/],
  ['a size of zero', { 'm.onnx': model({ inputs: [value('x', ['n', 0])] }) }, /the size 0 in dimension 1/],
  ['weights that are not there', { 'm.onnx': withWeights('w.bin') }, /lie in "w\.bin", which is not there/],
  ['weights outside of its folder', { 'a/m.onnx': withWeights('../w.bin'), 'w.bin': weights }, /leads out of its folder/, 'a/m.onnx'],
  ['safetensors', { 'm.safetensors': `${'\u0010'}${'\0'.repeat(7)}{"a":{}}       ` }, /weights alone/, 'm.safetensors'],
  ['a text', { 'm.txt': 'hello' }, /no model that is known/, 'm.txt'],
  ['nothing', {}, /there is nothing at this path/],
  ['an empty folder', { 'm/': '' }, /the folder is empty/, 'm'],
];

for (const [says, files, words, path = 'm.onnx'] of refusals) {
  test(`${says} is refused with words, and nothing is written`, async (t) => {
    standIn(t, files);
    const before = treeOf('.');
    const { code, noted } = await runInit(path);
    strictEqual(code, 2);
    match(noted, words);
    match(noted, /fix: /);
    deepStrictEqual(treeOf('.'), before);
  });
}

test('a release is not made in the folder that it is made of', async (t) => {
  standIn(t, { 'm/config.pbtxt': fine('m'), 'm/1/w': 'w' });
  const { code, noted } = await runInit('m');
  strictEqual(code, 2);
  match(noted, /would be made in the folder that it is made of[^]*--into releases/);
});

test('a mixture of two models is refused, and nothing is written', async (t) => {
  standIn(t, { 'digits.onnx': digits, 'other/digits.onnx': model({ inputs: [value('x', ['n', 2])], outputs: [value('y', ['n', 2])] }) });
  await runInit('digits.onnx');
  const before = treeOf('.');
  const { code, noted } = await runInit('other/digits.onnx');
  strictEqual(code, 2);
  match(noted, /repository\/digits\/1\/model\.onnx is there, and is another file/);
  strictEqual((await runInit('other/digits.onnx', { name: 'digits', into: 'digits' })).code, 0);
  deepStrictEqual(
    Object.keys(treeOf('.')).filter((path) => !path.startsWith('digits/digits')),
    Object.keys(before),
  );
});

test('what cannot be written leaves nothing behind', async (t) => {
  standIn(t, { 'm.onnx': withWeights('w.bin'), 'w.bin': weights });
  mkdirSync('m/repository/m/1', { recursive: true });
  symlinkSync('/nowhere/at/all', 'm/repository/m/1/w.bin');
  await rejects(runInit('m.onnx'), /w\.bin/);
  deepStrictEqual(readdirSync('m', { recursive: true, encoding: 'utf8' }).sort(), [
    'repository',
    'repository/m',
    'repository/m/1',
    'repository/m/1/w.bin',
  ]);
});

test('a file where a folder is needed, or a folder in the place of a file, is in the way', async (t) => {
  standIn(t, { 'digits.onnx': digits, file: 'a file', 'digits/contract.yaml/': '' });
  match((await runInit('digits.onnx', { into: 'file' })).noted, /file is in the way of the release's folder/);
  match((await runInit('digits.onnx')).noted, /digits\/contract\.yaml is in the way/);
  deepStrictEqual(Object.keys(treeOf('.')), ['digits.onnx', 'file']);
});

test('a contract that cannot be read is told by its lines, and nothing is written', async (t) => {
  standIn(t, { 'digits.onnx': digits, 'digits/contract.yaml': 'contract: conch/v1\nmodel: [\n' });
  const { code, noted } = await runInit('digits.onnx');
  strictEqual(code, 2);
  match(noted, /digits\/contract\.yaml:\d+:\d+ {2}error {2}yaml\/syntax/);
  deepStrictEqual(Object.keys(treeOf('.')), ['digits.onnx', 'digits/contract.yaml']);
});
