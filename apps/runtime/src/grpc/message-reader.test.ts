import { deepStrictEqual, strictEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { MessageReader } from './message-reader.ts';

const written = Buffer.concat([
  Buffer.from([0, 0, 0, 0, 3, 1, 2, 3]),
  Buffer.from([1, 0, 0, 0, 0]),
  Buffer.from([0, 0, 0, 1, 0]),
  Buffer.alloc(256, 7),
  Buffer.from([2, 0, 0, 0, 1, 9]),
]);
const expected = [
  [false, 3],
  [true, 0],
  [false, 256],
  [false, 1],
];

test('messages are cut out of pieces of any size', () => {
  for (const size of [1, 2, 3, 5, 7, 64, written.length]) {
    const reader = new MessageReader(1000);
    const messages = [];
    for (let at = 0; at < written.length; at += size) messages.push(...reader.push(written.subarray(at, at + size)));
    deepStrictEqual(
      messages.map(({ isCompressed, bytes }) => [isCompressed, bytes.length]),
      expected,
      `pieces of ${size}`,
    );
    strictEqual(
      messages[2]?.bytes.every((byte) => byte === 7),
      true,
    );
  }
});

test('a message that came in one piece is a view of it', () => {
  strictEqual(new MessageReader(1000).push(written)[0]?.bytes.buffer, written.buffer);
});

test('a message that is too long is refused when its head is there', () => {
  throws(() => new MessageReader(255).push(Buffer.from([0, 0, 0, 1, 0])), { message: 'Received message larger than max (256 vs. 255)' });
});
