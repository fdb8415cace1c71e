import { deepStrictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseExactJson } from './exact-json.ts';
import { Double } from './exact-number.ts';

const bytesOf = (text: string): string => Buffer.from(text).toString('latin1');

test('of members with one name the first counts, and they keep their order', () => {
  deepStrictEqual(parseExactJson('{"a":1,"b":2,"a":3}'), { value: { a: 1, b: 2 } });
});

test('a whole number with a point or an exponent is told from an integer, and so is one beyond 64 bits', () => {
  deepStrictEqual(parseExactJson('[1,1.0,1e0,-0,18446744073709551615,18446744073709551616,1.5]'), {
    value: [1, new Double(1), new Double(1), 0, 18446744073709551615n, new Double(18446744073709551616), 1.5],
  });
});

test('places are of bytes, and text is UTF-8', () => {
  deepStrictEqual(parseExactJson(bytesOf('{"größe":"日本 \\u00fc 😀"}')), { value: { größe: '日本 ü 😀' } });
  deepStrictEqual(parseExactJson(bytesOf('{"größe":x}')), { says: 'Invalid value.', at: 11 });
});

test('a mark of byte order is passed over, and a zero byte is the end', () => {
  deepStrictEqual(parseExactJson(bytesOf('\ufeff7\0more')), { value: 7 });
});

test('numbers that no double can hold are refused where they begin', () => {
  for (const number of ['1e309', '-1e400', '9'.repeat(400)])
    deepStrictEqual(parseExactJson(`[${number}]`), { says: 'Number too big to be stored in double.', at: 1 });
  deepStrictEqual(parseExactJson('[1e-400,5e-324]'), { value: [new Double(0), 5e-324] });
});

test('an exponent behind a word is read and changes nothing, and one without digits is missed', () => {
  deepStrictEqual(parseExactJson('[Infe5,-InfinityE-1,NaNe1]'), { value: [Infinity, -Infinity, NaN] });
  deepStrictEqual(parseExactJson('Inference'), { says: 'Miss exponent in number.', at: 4 });
});

test('nesting beyond what a stack holds is refused', () => {
  deepStrictEqual(parseExactJson('['.repeat(100_000)), { says: 'Terminate parsing due to Handler error.', at: 1001 });
});

const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

test('the quick way of reading a number and the thorough one come to the same', () => {
  // An exponent is never read the quick way, and this one says nothing.
  const digits = (from: number, to: number) => fc.string({ unit: fc.constantFrom(...DIGITS), minLength: from, maxLength: to });
  const whole = fc.oneof(
    fc.constant('0'),
    fc.tuple(fc.constantFrom(...DIGITS.slice(1)), digits(0, 16)).map((parts) => parts.join('')),
  );
  const number = fc.tuple(fc.constantFrom('', '-'), whole, fc.constantFrom('', '0', '0000000'), digits(1, 40));
  fc.assert(
    fc.property(number, ([sign, before, zeros, behind]) => {
      const text = `${sign}${before}.${zeros}${behind}`;
      for (const rounding of ['rapid', 'nearest'] as const)
        deepStrictEqual(parseExactJson(text, rounding), parseExactJson(`${text}e0`, rounding));
    }),
    { numRuns: 5000 },
  );
});
