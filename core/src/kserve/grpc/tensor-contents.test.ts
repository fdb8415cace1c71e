import { deepStrictEqual, strictEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { readContents, type TensorContents } from './tensor-contents.ts';

const contents = (hex: string, datatype: string) => readContents([Buffer.from(hex, 'hex')], datatype);
const hexOf = ({ bytes, unexpected }: TensorContents) => ({ bytes: Buffer.from(bytes).toString('hex'), unexpected });

// The left column is what tritonclient 2.51 writes.
const cases: readonly (readonly [encoded: string, datatype: string, bytes: string])[] = [
  ['0a03010001', 'BOOL', '010001'],
  ['1210ffffffffffffffffff0105ffffffff07', 'INT32', 'ffffffff05000000ffffff7f'],
  ['1210ffffffffffffffffff0105ffffffff07', 'INT16', 'ffff0500ffff'],
  ['1210ffffffffffffffffff0105ffffffff07', 'INT8', 'ff05ff'],
  ['1a1dffffffffffffffffff01ffffffffffffffff7f80808080808080808001', 'INT64', 'ffffffffffffffffffffffffffffff7f0000000000000080'],
  ['220800ac02ffffffff0f', 'UINT32', '000000002c010000ffffffff'],
  ['220800ac02ffffffff0f', 'UINT8', '002cff'],
  ['2a0bffffffffffffffffff0101', 'UINT64', 'ffffffffffffffff0100000000000000'],
  ['32080000c03f000000c0', 'FP32', '0000c03f000000c0'],
  ['3a08000000000000f83f', 'FP64', '000000000000f83f'],
  ['42016142004203626364', 'BYTES', '01000000610000000003000000626364'],
];

test('each list becomes the little-endian bytes of the datatype', () => {
  for (const [encoded, datatype, bytes] of cases)
    deepStrictEqual(hexOf(contents(encoded, datatype)), { bytes, unexpected: undefined }, datatype);
});

test('packed floating-point numbers are not copied', () => {
  const encoded = Buffer.from('32080000c03f000000c0', 'hex');
  strictEqual(readContents([encoded], 'FP32').bytes.buffer, encoded.buffer);
});

test('elements may come unpacked, in several lists and in several pieces of the message', () => {
  const pieces = ['10011002', '120103'].map((hex) => Buffer.from(hex, 'hex'));
  deepStrictEqual([...readContents(pieces, 'INT8').bytes], [1, 2, 3]);
  deepStrictEqual([...contents('350000803f32040000c03f', 'FP32').bytes], [0, 0, 0x80, 0x3f, 0, 0, 0xc0, 0x3f]);
});

test('a boolean is 1 for whatever is not 0', () => {
  deepStrictEqual([...contents('0a0480020002', 'BOOL').bytes], [1, 0, 1]);
});

test('a list of another datatype is unexpected, the first one in order when there are several', () => {
  strictEqual(contents('12010132040000803f', 'FP32').unexpected, 'INT32');
  strictEqual(contents('12010132040000803f', 'INT32').unexpected, 'FP32');
  strictEqual(contents('12010132040000803f', 'FP16').unexpected, 'INT32');
  strictEqual(contents('1200', 'FP32').unexpected, undefined, 'an empty list is no list');
});

test('lists that end within an element throw, also where another is wanted', () => {
  for (const hex of ['120180', '32030000c0', '3a0400000000', '420561', '120bffffffffffffffffffff01'])
    throws(() => contents(hex, 'FP32'), hex);
});
