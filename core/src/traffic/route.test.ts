import { deepStrictEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { noCredits, takeTurn } from './route.ts';

function counts(weights: number[], requests: number): number[] {
  const served = weights.map(() => 0);
  let credits = noCredits(weights.length);
  for (let sent = 0; sent < requests; sent++) {
    const turn = takeTurn(weights, credits);
    credits = turn.credits;
    served[turn.chosen] = (served[turn.chosen] ?? 0) + 1;
  }
  return served;
}

test('the split is exact after every hundred requests', () => {
  deepStrictEqual(counts([95, 5], 1000), [950, 50]);
  deepStrictEqual(counts([80, 10, 10], 500), [400, 50, 50]);
  deepStrictEqual(counts([100], 7), [7]);
});

test('turns are spread out, not served in lumps', () => {
  deepStrictEqual(counts([50, 50], 2), [1, 1]);
  deepStrictEqual(counts([75, 25], 4), [3, 1]);
});

test('after any number of requests each arm is within one request of its weight', () => {
  const weights = fc
    .array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 5 })
    .map((parts) => parts.map((part) => (100 * part) / parts.reduce((sum, each) => sum + each, 0)));
  fc.assert(
    fc.property(weights, fc.integer({ min: 1, max: 2000 }), (split, requests) => {
      for (const [index, served] of counts(split, requests).entries()) {
        const share = (requests * (split[index] ?? 0)) / 100;
        ok(Math.abs(served - share) < 1, `${served} of ${requests} with weights ${split.join(', ')}`);
      }
    }),
  );
});
