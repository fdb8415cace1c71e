import { deepStrictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseJson } from './json.ts';

test('plain JSON is read as everyone reads it, the slow way too', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      deepStrictEqual(parseJson(text), { value: JSON.parse(text) });
      // A bare NaN at the end sends the same text the slow way.
      deepStrictEqual(parseJson(`[${text},NaN]`), { value: [JSON.parse(text), Number.NaN] });
    }),
  );
});

test('bare NaN and infinities are numbers, as Triton writes them', () => {
  deepStrictEqual(parseJson('{"data":[NaN,-NaN,Infinity,-Infinity,Inf,-Inf,1.5]}'), {
    value: { data: [Number.NaN, Number.NaN, Infinity, -Infinity, Infinity, -Infinity, 1.5] },
  });
});

test('a name inside a string is no number', () => {
  deepStrictEqual(parseJson('["NaN","a \\"Infinity\\" b",NaN]'), { value: ['NaN', 'a "Infinity" b', Number.NaN] });
});

test('big integers keep their digits when asked', () => {
  deepStrictEqual(parseJson('[9007199254740993,-9223372036854775808,7]', { keepsBigIntegers: true }), {
    value: [9007199254740993n, -9223372036854775808n, 7],
  });
});

// Each line was sent to a running tritonserver 2.51.0.
const mistakes: readonly (readonly [string, string, number])[] = [
  ['{', 'Missing a name for object member.', 1],
  ['hello', 'Invalid value.', 0],
  ['{"a"', 'Missing a colon after a name of object member.', 4],
  ['{"a" 1}', 'Missing a colon after a name of object member.', 5],
  ['{"a":', 'Invalid value.', 5],
  ['{"a":1', "Missing a comma or '}' after an object member.", 6],
  ['{"a":1,', 'Missing a name for object member.', 7],
  ['{"a":1,}', 'Missing a name for object member.', 7],
  ['[1', "Missing a comma or ']' after an array element.", 2],
  ['[1,]', 'Invalid value.', 3],
  ['"ab', 'Missing a closing quotation mark in string.', 3],
  ['{"a":"\\x"}', 'Invalid escape character in string.', 6],
  ['{"a":"\n"}', 'Invalid escape character in string.', 6],
  ['{"a":"\\u00"}', 'Incorrect hex digit after \\u escape in string.', 6],
  ['{"a":01}', "Missing a comma or '}' after an object member.", 6],
  ['{"a":1.}', 'Miss fraction part in number.', 7],
  ['{"a":1e}', 'Miss exponent in number.', 7],
  ['{"a":-}', 'Invalid value.', 6],
  ['{"a":+1}', 'Invalid value.', 5],
  ['{"a":tru}', 'Invalid value.', 8],
  ['{"a":Infinit}', 'Invalid value.', 12],
  ['{"a":nan}', 'Invalid value.', 6],
  [' ', 'The document is empty.', 1],
  ['{}x', 'The document root must not be followed by other values.', 2],
];

test('a mistake is told in the words of Triton, at its character', () => {
  for (const [text, says, at] of mistakes) deepStrictEqual(parseJson(text), { says, at }, text);
});
