import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { FailureCounts, noFailures } from './failure-counts.ts';

test('a version that comes back under the same labels counts on', () => {
  const counts = new FailureCounts();
  counts.of({ model: 'digits', version: '1' }).BACKEND += 2;
  counts.of({ version: '1', model: 'digits' }).BACKEND += 1;
  strictEqual(counts.of({ model: 'digits', version: '1' }).BACKEND, 3);
});

test('another version, or other tags, are counted for themselves', () => {
  const counts = new FailureCounts();
  counts.of({ model: 'digits', version: '1' }).OTHER += 1;
  const others = [
    { model: 'digits', version: '2' },
    { model: 'digits', version: '1', _team: 'search' },
  ];
  for (const labels of others) deepStrictEqual(counts.of(labels), noFailures());
  deepStrictEqual(
    [...counts.all()].map(({ failures }) => failures.OTHER),
    [1, 0, 0],
  );
});
