import { deepStrictEqual, strictEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from './job.ts';
import { Sequences } from './sequences.ts';

const job = (id: bigint | string, flags: { start?: boolean; end?: boolean } = {}, size = 1): Job =>
  ({ size, request: { id: '', sequence: { id, isStart: flags.start ?? false, isEnd: flags.end ?? false } } }) as unknown as Job;

const slotsOf = (sequences: Sequences) => [...sequences.all].map(({ id, slot }) => [id, slot?.instance, slot?.index]);

test('each sequence keeps a place; who comes when all are taken waits for the first that ends', () => {
  const sequences = new Sequences(
    'm',
    [],
    [
      { instance: 'i0', index: 0 },
      { instance: 'i1', index: 0 },
    ],
  );
  for (const id of [1n, 2n, 3n]) sequences.add(job(id, { start: true }));
  deepStrictEqual(slotsOf(sequences), [
    [1n, 'i0', 0],
    [2n, 'i1', 0],
    [3n, undefined, undefined],
  ]);
  const second = [...sequences.all][1];
  if (second) sequences.end(second);
  deepStrictEqual(slotsOf(sequences), [
    [1n, 'i0', 0],
    [3n, 'i1', 0],
  ]);
});

test('after its end a sequence has to start anew, and a number is not the text of it', () => {
  const sequences = new Sequences('m', [], [{ instance: 'i0', index: 0 }]);
  sequences.add(job(5n, { start: true, end: true }));
  throws(() => sequences.add(job(5n)), /inference request for sequence 5 to model 'm' must specify the START flag/);
  throws(() => sequences.add(job('5')), /must specify the START flag/);
  sequences.add(job(5n, { start: true }));
  strictEqual(sequences.waiting, 2);
});

test('no id and several rows are refused', () => {
  const sequences = new Sequences('m', [], []);
  for (const id of [0n, '']) throws(() => sequences.add(job(id, { start: true })), /must specify a non-zero or non-empty correlation ID/);
  throws(() => sequences.add(job(1n, { start: true }, 2)), /must specify batch-size 1 due to requirements of sequence batcher/);
});
