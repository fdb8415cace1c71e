import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fixText } from './fix-text.ts';

const cases: readonly (readonly [says: string, before: string, after: string])[] = [
  ['a missing colon', 'name "digits"', 'name: "digits"'],
  ['a doubled separator', 'name: "a";; backend: "b"', 'name: "a"; backend: "b"'],
  ['a comma behind the last item', 'input { dims: [ 1, 2, ] }', 'input { dims: [ 1, 2 ] }'],
  ['a missing comma', 'input { dims: [ 1 2 ] }', 'input { dims: [ 1, 2 ] }'],
  ['a number in quotes', 'max_batch_size: "8"', 'max_batch_size: 8'],
  ['a symbol without its prefix', 'input { data_type: fp32 }', 'input { data_type: TYPE_FP32 }'],
  ['a symbol in quotes', 'input { data_type: "TYPE_FP32" }', 'input { data_type: TYPE_FP32 }'],
  ['another spelling of true', 'input { optional: TRUE }', 'input { optional: true }'],
  ['a byte order mark', '\ufeffname: "a"', 'name: "a"'],
  ['comments of another language', '// the model\nname: "a"  // its name', '# the model\nname: "a"  # its name'],
  [
    'several at once, comments untouched',
    '# top\nname "a" # the name\ninput { dims: [ 1 2, ] # dims\n}',
    '# top\nname: "a" # the name\ninput { dims: [ 1, 2 ] # dims\n}',
  ],
];

for (const [says, before, after] of cases) {
  test(`--fix mends ${says}, once and for all`, () => {
    const fixed = fixText(before);
    strictEqual(fixed.text, after);
    strictEqual(fixed.changes.length > 0, true);
    deepStrictEqual(fixText(after), { text: after, changes: [] });
  });
}

test('what could be meant in two ways is left alone: a misspelt field, a number out of range, a value of another kind', () => {
  for (const text of ['max_bacth_size: 8', 'max_batch_size: 99999999999', 'name: 4', 'max_batch_size: 8 max_batch_size: 4']) {
    deepStrictEqual(fixText(text), { text, changes: [] });
  }
});

test('a change says its line and what was done', () => {
  deepStrictEqual(fixText('name: "a"\nmax_batch_size: "8"').changes, [
    { line: 2, says: '"max_batch_size" takes a whole number, got the string "8": wrote 8 for "8"' },
  ]);
});

test('no text makes it fail, and a second time it finds nothing', () => {
  const piece = fc.constantFrom(
    'name',
    ':',
    '"a"',
    '[',
    ']',
    '{',
    '}',
    ',',
    ';',
    '1',
    'dims',
    'input',
    '//',
    '#',
    '\n',
    ' ',
    'TRUE',
    'optional',
    "'",
    '-',
    '<',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const fixed = fixText(pieces.join(' '));
      deepStrictEqual(fixText(fixed.text).changes, []);
    }),
    { numRuns: 500 },
  );
});
