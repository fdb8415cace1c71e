import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { virtualClock } from './virtual.ts';

test('sleepers wake in order of time, those of one instant in the order they lay down', async () => {
  const clock = virtualClock(1000);
  const woken: string[] = [];
  for (const [name, ms] of Object.entries({ c: 30, a: 10, b: 10, d: 40 })) {
    void clock.sleep(ms).then(() => woken.push(`${name} at ${clock.now()}`));
  }
  await clock.advance(35);
  deepStrictEqual(woken, ['a at 1010', 'b at 1010', 'c at 1030']);
  strictEqual(clock.now(), 1035);
  strictEqual(clock.next(), 1040);
});

test('what a sleeper causes settles before the next one wakes', async () => {
  const clock = virtualClock(0);
  const seen: string[] = [];
  void (async () => {
    await clock.sleep(10);
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
    seen.push(`settled at ${clock.now()}`);
    await clock.sleep(5);
    seen.push(`woken at ${clock.now()}`);
  })();
  void clock.sleep(15).then(() => seen.push(`other at ${clock.now()}`));
  await clock.advance(20);
  deepStrictEqual(seen, ['settled at 10', 'other at 15', 'woken at 15']);
});

test('a signal ends a sleep at once, and time goes on as if it had never been', async () => {
  const clock = virtualClock(0);
  const end = new AbortController();
  let isAwake = false;
  void clock.sleep(1000, end.signal).then(() => (isAwake = true));
  end.abort();
  await clock.advance(0);
  strictEqual(isAwake, true);
  strictEqual(clock.next(), 'never');
  await clock.sleep(1000, end.signal);
});
