import { deepStrictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { ourRuling } from './our-ruling.ts';
import { casesOf } from './suite/base.ts';
import { entries } from './suite/entries.ts';

// Our half of the suite, which needs no server: what each rule refuses, and what comes near and is taken.

for (const entry of entries) {
  test(`${entry.code} is our first error on each of its cases, and none of those that come near is refused`, () => {
    const { bad, good } = casesOf(entry);
    deepStrictEqual(
      bad.filter((one) => ourRuling(one).code !== entry.code).map(({ id, files }) => [id, files]),
      [],
    );
    deepStrictEqual(
      good.filter((one) => ourRuling(one).verdict !== 'accept').map(({ id, files }) => [id, files]),
      [],
    );
  });
}
