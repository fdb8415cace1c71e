import { deepStrictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Batching, formBatch, oneByOne, type Waiting } from './batcher.ts';

const since = (sinceMs: number, ...sizes: number[]): Waiting[] => sizes.map((size) => ({ size, shape: '[64]', sinceMs }));
const batching = (preferred: number[], delayMs = 0, sizeMax = 16): Batching => ({ sizeMax, preferred, delayMs });

const nowMs = 13;

const cases: readonly (readonly [string, Waiting[], Batching, object])[] = [
  ['nothing waits: no batch', [], batching([16]), { waitMs: Number.POSITIVE_INFINITY }],
  ['without a delay, whatever is there goes', since(0, 1, 1, 1), batching([16]), { take: 3, isFull: false }],
  ['without dynamic batching, each goes alone', since(0, 1, 1, 1), oneByOne, { take: 1, isFull: true }],
  ['also one of several rows', since(0, 4, 1), oneByOne, { take: 1, isFull: true }],
  ['no more than the largest batch', since(0, ...Array(20).fill(1)), batching([16]), { take: 16, isFull: true }],
  ['a preferred size splits what waits', since(0, 1, 1, 1, 1, 1), batching([4]), { take: 4, isFull: true }],
  ['the largest preferred size that can be made wins', since(0, 1, 1, 1, 1, 1), batching([2, 4]), { take: 4, isFull: true }],
  ['a request that would pass the largest preferred size stays behind', since(0, 3, 2), batching([4]), { take: 1, isFull: true }],
  ['a request above the preferred size goes alone', since(0, 5), batching([4]), { take: 1, isFull: true }],
  ['with a delay, too few wait for more', since(10, 1, 1), batching([4], 5), { waitMs: 2, wakeRows: 4 }],
  ['when the delay is over, all go', since(5, 1, 1), batching([4], 5), { take: 2, isFull: false }],
  ['when the delay is over, more than a preferred size goes', since(5, 1, 1, 1, 1, 1), batching([4], 5), { take: 5, isFull: true }],
  [
    'another shape closes the batch, delay or not',
    [...since(13, 1, 1), { size: 1, shape: '[32]', sinceMs: 13 }],
    batching([4], 5),
    { take: 2, isFull: true },
  ],
  ['a batch that is full does not wait', since(13, 8, 9), batching([16], 5), { take: 1, isFull: true }],
  ['with a delay, a preferred size goes and may still grow', since(13, 1, 1), batching([2, 4], 5), { take: 2, isFull: false }],
];

/** What waits beside a batch that waits for an instance. */
const growing: readonly (readonly [string, Waiting[], Waiting[], Batching, object])[] = [
  ['one of no preferred size is joined at once', since(0, 1), since(13, 1), batching([4], 5), { take: 1, isFull: false, wakeRows: 3 }],
  ['one of a preferred size is joined after the delay', since(0, 1, 1), since(13, 1), batching([2, 4], 5), { waitMs: 5, wakeRows: 2 }],
  ['or when the next such size can be made', since(0, 1, 1), since(13, 1, 1), batching([2, 4], 5), { take: 2, isFull: false }],
  ['beyond the largest one it takes one more', since(0, 4), since(13, 1), batching([2, 4], 5), { take: 1, isFull: true }],
  ['up to the largest batch', since(0, 4), since(13, 1), batching([2, 4], 5, 4), { take: 0, isFull: true }],
  ['and no other shape', since(0, 1), [{ size: 1, shape: '[32]', sinceMs: 13 }], batching([4]), { take: 0, isFull: true }],
  ['nothing waits', since(0, 1), [], batching([4]), { waitMs: Number.POSITIVE_INFINITY }],
];

test('batches are formed as Triton forms them', () => {
  for (const [says, waiting, how, expected] of cases) deepStrictEqual(formBatch(waiting, how, nowMs), expected, says);
});

test('a batch that waits for an instance grows as in Triton', () => {
  for (const [says, open, waiting, how, expected] of growing) deepStrictEqual(formBatch(waiting, how, nowMs, open), expected, says);
});

test('a batch is never larger than the largest, never of two shapes, and never empty', () => {
  const waiting = fc.array(fc.record({ size: fc.integer({ min: 1, max: 16 }), shape: fc.constantFrom('a', 'b'), sinceMs: fc.nat(20) }), {
    minLength: 1,
  });
  fc.assert(
    fc.property(waiting, fc.array(fc.integer({ min: 1, max: 16 })), fc.nat(10), fc.nat(40), (queue, preferred, delayMs, nowMs) => {
      const batch = formBatch(queue, { sizeMax: 16, preferred, delayMs }, nowMs);
      if ('waitMs' in batch) return batch.waitMs > 0;
      const taken = queue.slice(0, batch.take);
      const total = taken.reduce((sum, { size }) => sum + size, 0);
      return taken.length > 0 && total <= 16 && new Set(taken.map(({ shape }) => shape)).size === 1;
    }),
  );
});
