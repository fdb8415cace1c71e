import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { printDouble } from './print-double.ts';

test('doubles have the digits that a tritonserver 2.51 wrote for them', () => {
  const seen: readonly (readonly [value: number, written: string])[] = [
    [0, '0.0'],
    [-0, '-0.0'],
    [3, '3.0'],
    [-1234.5, '-1234.5'],
    [0.1, '0.1'],
    [1 / 3, '0.3333333333333333'],
    [Math.fround(0.1), '0.10000000149011612'],
    [Math.fround(0.08687987923622131), '0.08687987923622132'],
    [Math.fround(0.019853660836815834), '0.019853660836815835'],
    [Math.fround(3.4e38), '3.3999999521443644e38'],
    [Math.PI, '3.141592653589793'],
    [1024.2857666015625, '1024.2857666015626'],
    [-7.5680249530792825, '-7.5680249530792829'],
    [-279415498198925.88, '-279415498198925.89'],
    [1.4112000805986721e-7, '1.4112000805986722e-7'],
    [9007199254740992, '9007199254740992.0'],
    [123456789012345680000, '123456789012345680000.0'],
    [2 ** 70, '1.1805916207174114e21'],
    [1e21, '1e21'],
    [1e23, '9.999999999999999e22'],
    [6.02214076e23, '6.02214076e23'],
    [0.000001, '0.000001'],
    [1e-7, '1e-7'],
    [5e-324, '5e-324'],
    [1.5e-323, '1.5e-323'],
    [2.2250738585072014e-308, '2.2250738585072014e-308'],
    [Number.MAX_VALUE, '1.7976931348623157e308'],
  ];
  deepStrictEqual(
    seen.map(([value]) => [value, printDouble(value)]),
    seen,
  );
});

test('whatever is printed reads back as the same double', () => {
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => strictEqual(Number(printDouble(value)), value)));
});
