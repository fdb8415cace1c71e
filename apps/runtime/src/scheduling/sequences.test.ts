import assert, { deepStrictEqual, strictEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from './job.ts';
import { Sequences, type Slot } from './sequences.ts';

type Asked = { readonly start?: boolean; readonly end?: boolean; readonly timeoutMs?: number; readonly size?: number };
type Told = Job & { isGone: boolean };

const job = (id: bigint | string, { start = false, end = false, timeoutMs = 0, size = 1 }: Asked = {}): Told => {
  const request = { id: '', timeoutUs: BigInt(timeoutMs * 1000), sequence: { id, isStart: start, isEnd: end } };
  const told = { size, request, isGone: false, isCancelled: () => told.isGone };
  return told as unknown as Told;
};

/** Two slots at each of the instances, where a sequence is idle after a second. */
function sequencesAt(...instances: readonly string[]) {
  const cancelled: Job[] = [];
  const sequences = new Sequences({ model: 'm', initial: [], idleMs: 1000, cancel: (one) => cancelled.push(one) });
  for (const instance of instances) sequences.addSlots([0, 1].map((index) => ({ instance, index })));
  const add = (one: Job, nowMs = 0): Job => {
    sequences.add(one, nowMs);
    return one;
  };
  const slot = (index: number): Slot => {
    const found = sequences.slots[index];
    assert(found);
    return found;
  };
  const seated = () => sequences.slots.map(({ sequence }) => sequence?.id);
  return { sequences, cancelled, add, slot, seated };
}

test('a sequence that starts gets the lowest free slot, of the first instance that has it free', () => {
  const { sequences, add, slot, seated } = sequencesAt('a', 'b');
  for (const id of [1n, 2n, 3n]) add(job(id, { start: true, end: id === 2n }));
  deepStrictEqual(
    sequences.slots.map(({ instance, index, sequence }) => [instance, index, sequence?.id]),
    [
      ['a', 0, 1n],
      ['b', 0, 2n],
      ['a', 1, 3n],
      ['b', 1, undefined],
    ],
  );
  sequences.takeFrom(slot(1));
  add(job(4n, { start: true }));
  deepStrictEqual(seated(), [1n, 4n, 3n, undefined]);
});

test('who comes when all are taken waits for the first that ends', () => {
  const { sequences, add, slot, seated } = sequencesAt('a');
  for (const id of [1n, 2n, 3n, 4n]) add(job(id, { start: true }));
  add(job(2n, { end: true }));
  sequences.takeFrom(slot(1));
  deepStrictEqual(seated(), [1n, 2n]);
  sequences.takeFrom(slot(1));
  deepStrictEqual(seated(), [1n, 3n]);
});

test('after its end a sequence has to start anew, and a number is not the text of it', () => {
  const { add } = sequencesAt('a');
  add(job(5n, { start: true, end: true }));
  throws(() => add(job(5n)), /inference request for sequence 5 to model 'm' must specify the START flag/);
  throws(() => add(job('5')), /must specify the START flag/);
  add(job(5n, { start: true }));
});

test('a start before the end is a conflict', () => {
  const { sequences } = sequencesAt('a');
  const isConflict = (asked: Asked): boolean => sequences.add(job(5n, asked), 0).isConflict;
  deepStrictEqual([{ start: true }, {}, { start: true, end: true }, { start: true }].map(isConflict), [false, false, true, false]);
});

test('a cancelled request ends its sequence when it is the next one, and all behind it with it', () => {
  const { sequences, cancelled, add, slot, seated } = sequencesAt('a');
  const [first, second, third] = [job(1n, { start: true }), job(1n), job(1n)];
  for (const one of [first, second, third]) add(one);
  second.isGone = true;
  strictEqual(sequences.nextOf(slot(0)), first);
  sequences.takeFrom(slot(0));
  strictEqual(sequences.nextOf(slot(0)), undefined);
  deepStrictEqual(
    [cancelled, seated()],
    [
      [second, third],
      [undefined, undefined],
    ],
  );
  throws(() => add(job(1n)), /must specify the START flag/);
});

test('of a sequence in the backlog any cancelled request ends it, when its turn comes', () => {
  const { sequences, cancelled, add, slot, seated } = sequencesAt('a');
  for (const id of [1n, 2n]) add(job(id, { start: true, end: true }));
  const waiting = [job(3n, { start: true }), job(3n)];
  for (const one of [...waiting, job(4n, { start: true })]) add(one);
  (waiting[1] as Told).isGone = true;
  deepStrictEqual(cancelled, []);
  sequences.takeFrom(slot(0));
  deepStrictEqual([cancelled, seated()], [waiting, [4n, 2n]]);
  throws(() => add(job(3n)), /must specify the START flag/);
});

test('the shortest timeout of its requests is how long a sequence waits for a slot', () => {
  const { sequences, add } = sequencesAt('a');
  for (const id of [1n, 2n]) add(job(id, { start: true, timeoutMs: 10 }));
  const waiting = [add(job(3n, { start: true, timeoutMs: 900 })), add(job(3n, { timeoutMs: 100 }), 200), add(job(3n), 210)];
  strictEqual(sequences.nextChangeMs(), 300);
  deepStrictEqual(sequences.expire(299), []);
  deepStrictEqual(sequences.expire(300), waiting);
  throws(() => add(job(3n), 300), /must specify the START flag/);
  add(job(2n), 300);
});

test('a sequence is over when no request has come for long, behind those that wait', () => {
  const { sequences, add, slot, seated } = sequencesAt('a');
  const first = add(job(1n, { start: true }), 100);
  add(job(2n, { start: true }), 200);
  add(job(3n, { start: true }), 300);
  add(job(2n), 400);
  strictEqual(sequences.nextChangeMs(), 1100);
  deepStrictEqual(sequences.endIdle(1099), []);
  deepStrictEqual(sequences.endIdle(1100), [slot(0)]);
  throws(() => add(job(1n), 1100), /must specify the START flag/);
  strictEqual(sequences.nextOf(slot(0)), first);
  sequences.takeFrom(slot(0));
  deepStrictEqual(sequences.nextOf(slot(0))?.request.sequence.id, 3n);
  deepStrictEqual(seated(), [3n, 2n]);
  // The time in the backlog counts.
  deepStrictEqual(sequences.endIdle(1300), [slot(0)]);
});

test('slots of an instance that is not wanted any more are given to nobody, and keep their sequences to the end', () => {
  const { sequences, add, slot, seated } = sequencesAt('a', 'b');
  for (const id of [1n, 2n, 3n]) add(job(id, { start: true }));
  const [, ofB] = [slot(0), slot(1)];
  sequences.close('b');
  deepStrictEqual(seated(), [1n, 2n, 3n]);
  for (const asked of [{}, { end: true }]) add(job(2n, asked));
  add(job(4n, { start: true }));
  for (let left = 3; left > 0; left -= 1) sequences.takeFrom(ofB);
  deepStrictEqual(seated(), [1n, 3n]);
  sequences.addSlots([{ instance: 'b', index: 0 }]);
  for (const id of [5n, 6n]) add(job(id, { start: true, end: id === 5n }));
  deepStrictEqual(seated(), [1n, 5n, 3n]);
  sequences.takeFrom(slot(1));
  deepStrictEqual(seated(), [1n, 4n, 3n]);
});

test('no id and several rows are refused', () => {
  const { add } = sequencesAt('a');
  for (const id of [0n, '']) throws(() => add(job(id, { start: true })), /must specify a non-zero or non-empty correlation ID/);
  throws(() => add(job(1n, { start: true, size: 2 })), /must specify batch-size 1 due to requirements of sequence batcher/);
});
