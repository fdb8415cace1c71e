import { deepStrictEqual, strictEqual } from 'node:assert';
import { test } from 'node:test';
import { readLfsPointer } from './git-lfs.ts';

const oid = `sha256:${'4d7a'.repeat(16)}`;
const read = (text: string) => readLfsPointer(new TextEncoder().encode(text));

test('a Git LFS pointer tells the digest and the size of the file that is not there', () => {
  deepStrictEqual(read(`version https://git-lfs.github.com/spec/v1\noid ${oid}\nsize 12345\n`), { oid, size: 12345 });
});

test('extensions and old names do not hide it', () => {
  deepStrictEqual(read(`version https://git-lfs.github.com/spec/v1\next-0-x ${oid}\noid ${oid}\nsize 1\n`), { oid, size: 1 });
  deepStrictEqual(read(`version https://hawser.github.com/spec/v1\r\noid ${oid}\r\nsize 0\r\n`), { oid, size: 0 });
});

for (const [what, text] of [
  ['another version', `version https://git-lfs.github.com/spec/v2\noid ${oid}\nsize 1\n`],
  ['no digest', 'version https://git-lfs.github.com/spec/v1\nsize 1\n'],
  ['a short digest', 'version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 1\n'],
  ['no size', `version https://git-lfs.github.com/spec/v1\noid ${oid}\n`],
  ['a size below zero', `version https://git-lfs.github.com/spec/v1\noid ${oid}\nsize -1\n`],
  ['more than a pointer holds', `version https://git-lfs.github.com/spec/v1\noid ${oid}\nsize 1\n${' '.repeat(1024)}`],
  ['nothing', ''],
] as const) {
  test(`${what} is no pointer`, () => strictEqual(read(text), undefined));
}
