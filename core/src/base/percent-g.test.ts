import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { percentG } from './percent-g.ts';

test('numbers are printed as C prints them', () => {
  const values = [0, -0, 1, -1.5, 123456, 1234567, 999999.5, 0.0001, 0.00001234567, 1e20, 1.5e-300, Infinity, -Infinity, NaN];
  deepStrictEqual(
    values.map((value) => percentG(value, 6)),
    '0 -0 1 -1.5 123456 1.23457e+06 1e+06 0.0001 1.23457e-05 1e+20 1.5e-300 inf -inf nan'.split(' '),
  );
  strictEqual(percentG(0.1 + 0.2, 15), '0.3');
});
