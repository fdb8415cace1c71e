import { deepStrictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { pingLimitsDefault, PingStrikes } from './ping-strikes.ts';

/** Which of the pings at these times were one too many. */
const tooMany = (strikes: PingStrikes, hasCalls: boolean, ...atMs: readonly number[]): readonly boolean[] =>
  atMs.map((ms) => strikes.isTooMany(ms, hasCalls));

test('the first ping is free, two more may come too soon, and one after that ends it', () => {
  deepStrictEqual(tooMany(new PingStrikes(pingLimitsDefault, false), true, 0, 1, 2, 3), [false, false, false, true]);
});

test('pings that take their time are borne, without a call only two hours apart, unless that is permitted', () => {
  const minutes = [0, 5, 10, 15, 20].map((minute) => minute * 60_000);
  deepStrictEqual(tooMany(new PingStrikes(pingLimitsDefault, false), true, ...minutes), [false, false, false, false, false]);
  deepStrictEqual(tooMany(new PingStrikes(pingLimitsDefault, false), false, ...minutes), [false, false, false, true, true]);
  deepStrictEqual(tooMany(new PingStrikes(pingLimitsDefault, true), false, ...minutes), [false, false, false, false, false]);
});

test('what is sent in between forgives', () => {
  const strikes = new PingStrikes(pingLimitsDefault, false);
  deepStrictEqual(tooMany(strikes, true, 0, 1, 2), [false, false, false]);
  strikes.reset();
  deepStrictEqual(tooMany(strikes, true, 3, 4, 5, 6), [false, false, false, true]);
});

test('with a limit of none all are borne', () => {
  deepStrictEqual(tooMany(new PingStrikes({ strikesMax: 0, everyMs: 100 }, false), true, 0, 1, 2, 3, 4), [
    false,
    false,
    false,
    false,
    false,
  ]);
});
