import { deepStrictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs } from './backoff.ts';

test('each attempt that failed doubles the wait, up to a bound', () => {
  const waits = [1, 2, 3, 4, 5, 500].map((failed) => backoffMs({ first: 200, most: 1000 }, failed, () => 1));
  deepStrictEqual(waits, [200, 400, 800, 1000, 1000, 1000]);
});

test('the dice take away up to half of it', () => {
  deepStrictEqual(
    [0, 0.5].map((dice) => backoffMs({ first: 200, most: 1000 }, 1, () => dice)),
    [100, 150],
  );
});
