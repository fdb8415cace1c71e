import { deepStrictEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../base/digest.ts';
import { type TarEntry, TarReader, readTar, tarOf, tarProblem } from './tar.ts';

const name = fc.stringMatching(/^[A-Za-z0-9_.-]{1,40}$/).filter((part) => part !== '.' && part !== '..');
const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
const isNoFolder = (one: TarEntry, _: number, all: TarEntry[]) => !all.some((other) => other.path.startsWith(`${one.path}/`));
const entries = fc
  .uniqueArray(fc.record({ path, bytes: fc.uint8Array({ maxLength: 2000 }) }), { maxLength: 8, selector: (entry) => entry.path })
  .map((all) => all.filter(isNoFolder).filter((entry) => tarProblem(entry.path, 0) === 'none'));

test('what goes into a tar comes out of it, whatever the chunks', () => {
  fc.assert(
    fc.property(entries, fc.integer({ min: 1, max: 1500 }), (all, chunk) => {
      const tar = tarOf(all);
      const reader = new TarReader();
      const read: { path: string; bytes: number[] }[] = [];
      for (let at = 0; at < tar.length; at += chunk) {
        for (const piece of reader.feed(tar.subarray(at, at + chunk))) {
          if (piece.is === 'file') read.push({ path: piece.path, bytes: [] });
          else read.at(-1)?.bytes.push(...piece.bytes);
        }
      }
      reader.end();
      const sorted = [...all].sort((one, other) => (one.path < other.path ? -1 : 1));
      const byPath = [...read].sort((one, other) => (one.path < other.path ? -1 : 1));
      deepStrictEqual(
        byPath,
        sorted.map(({ path, bytes }) => ({ path, bytes: [...bytes] })),
      );
    }),
  );
});

test('the order of files does not change a byte', () => {
  fc.assert(fc.property(entries, (all) => deepStrictEqual(tarOf([...all].reverse()), tarOf(all))));
});

test('equal files are the same bytes on every machine and at any time', () => {
  const layer = tarOf([{ path: 'models/digits/1/model.onnx', bytes: new Uint8Array([1, 2, 3]) }]);
  // When this changes, every release that people have packed gets another address: a decision, never a side effect.
  deepStrictEqual(digestOf(layer), 'sha256:3373b2206234cb7f2b76d338cc34a9ce6aa312fccf17379b6c511d6ffb3c6c2e');
});

test('a long path is split between its two fields, and one that does not fit is a problem', () => {
  const long = `${'a'.repeat(90)}/${'b'.repeat(60)}/model.onnx`;
  deepStrictEqual(readTar(tarOf([{ path: long, bytes: new Uint8Array([1]) }])), [{ path: long, bytes: new Uint8Array([1]) }]);
  deepStrictEqual(tarProblem('a'.repeat(101), 1), 'its path is longer than 255 bytes, or one name in it longer than 100');
  deepStrictEqual(tarProblem('1/model.onnx', 8 ** 11), 'it is larger than 8 GiB');
});

test('a path that leaves the folder, a link and a tar that was cut off are refused', () => {
  const tar = tarOf([{ path: 'aa/b', bytes: new Uint8Array(3) }]);
  const edited = (at: number, text: string) => {
    const copy = tar.slice();
    copy.set(new TextEncoder().encode(text), 512 + at);
    copy.set(new TextEncoder().encode('        '), 512 + 148);
    const sum = copy.subarray(512, 1024).reduce((total, byte) => total + byte, 0);
    copy.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, '0')}\0 `), 512 + 148);
    return copy;
  };
  throws(() => readTar(edited(0, '../b')), /leaves the folder/);
  throws(() => readTar(edited(156, '2')), /neither a file nor a folder/);
  throws(() => readTar(tar.subarray(0, 1100)), /ends in the middle/);
  const damaged = tar.slice();
  damaged[512] = 0x7a;
  throws(() => readTar(damaged), /wrong checksum/);
});
