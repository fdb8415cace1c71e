import { deepStrictEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { fromText } from '@bufbuild/protobuf/txtpb';
import fc from 'fast-check';
import { fixText } from './fix-text.ts';
import { modelConfigSchema } from './model-config-schema.ts';
import { printConfig } from './print-config.ts';
import { readConfig, readConfigText } from './read-config.ts';
import { configSchema, type FieldSchema, isEnum, isMessage, type MessageSchema } from './schema.ts';

/** Texts with all that wants an escape. */
const text = fc.string({
  unit: fc.constantFrom('a', 'B', '_', ' ', '"', "'", '\\', '\n', '\t', '\r', '\0', '\u007f', 'ü', '✓', '🐚', '#', '{', '?'),
  minLength: 1,
  maxLength: 8,
});

/** Any configuration that the schema allows, as JSON: for tests. Defaults outside of choices are left out, as reading leaves them out. */
const anyConfig: fc.Arbitrary<Record<string, unknown>> = messageOf(configSchema, 3);

test('what is printed reads as what was printed: any configuration that the schema allows', () => {
  fc.assert(
    fc.property(anyConfig, (config) => {
      const text = printConfig(config);
      deepStrictEqual(readConfig(text, 'config.pbtxt'), { config });
      // Another parser takes it too.
      fromText(modelConfigSchema, text);
    }),
    { numRuns: 600 },
  );
});

test('printing what was read, and reading it again, changes nothing, and printing is its own end', () => {
  fc.assert(
    fc.property(anyConfig, (config) => {
      const once = printConfig(config);
      const read = readConfig(once, 'config.pbtxt');
      ok('config' in read);
      deepStrictEqual(printConfig(read.config), once);
    }),
    { numRuns: 200 },
  );
});

test('comments survive a rewriting to the letter, wherever they stand', () => {
  const comment = fc
    .string({ unit: fc.constantFrom('a', ' ', '"', '{', '}', '#', 'ü', ',', ':'), maxLength: 12 })
    .map((text) => `# ${text}`);
  fc.assert(
    fc.property(anyConfig, fc.array(comment, { minLength: 1, maxLength: 8 }), (config, comments) => {
      // Each line gets a comment behind it, and something to mend before all of it.
      const lines = printConfig(config).trimEnd().split('\n');
      const text = `max_batch_size "8"\n${lines
        .filter((line) => !line.startsWith('max_batch_size'))
        .map((line, index) => `${line} ${comments[index % comments.length]}`)
        .join('\n')}\n`;
      const fixed = fixText(text);
      const commentsOf = (of: string): string[] => of.split('\n').slice(1);
      deepStrictEqual(commentsOf(fixed.text), commentsOf(text));
      const read = readConfigText(fixed.text, 'config.pbtxt');
      deepStrictEqual(
        read.findings.filter(({ severity }) => severity === 'error'),
        [],
      );
      deepStrictEqual(read.config.max_batch_size, 8);
    }),
    { numRuns: 200 },
  );
});

const pieces = [
  'name',
  'input',
  'dims',
  ':',
  '{',
  '}',
  '[',
  ']',
  '<',
  '>',
  ',',
  ';',
  '"',
  "'",
  '\\',
  '#',
  '\n',
  '0',
  '08',
  '1e',
  '-',
  '+',
  '.',
  'inf',
  'TYPE_FP32',
  '\0',
  '\u0001',
  '\ufeff',
  'ü',
  '${x}',
  '/*',
  'parameters',
  'key',
  'value',
];

test('no text of any kind makes reading fail, and every place that is told lies in it', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((some) => some.join(' ')),
    fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((some) => some.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const lines = text.split('\n');
      for (const { place } of readConfigText(text, 'config.pbtxt').findings) {
        ok((place.line ?? 1) >= 1 && (place.line ?? 1) <= lines.length, text);
        ok((place.column ?? 1) >= 1 && (place.column ?? 1) <= (lines[(place.line ?? 1) - 1]?.length ?? 0) + 1, text);
      }
    }),
    { numRuns: 3000 },
  );
});

test('a bomb of brackets, of digits, of strings or of fields is read in time that grows with its length', () => {
  const bombs = [
    'input {'.repeat(200_000),
    '['.repeat(1_000_000),
    `max_batch_size: ${'9'.repeat(1_000_000)}`,
    `name: ${'"a" '.repeat(300_000)}`,
    'x { '.repeat(300_000),
    `input [ ${'{ },'.repeat(200_000)} { } ]`,
    '#'.repeat(2_000_000),
    'max_batch_size: 1 '.repeat(100_000),
  ];
  for (const bomb of bombs) {
    const { findings } = readConfigText(bomb, 'config.pbtxt');
    ok(findings.length <= 101);
  }
});

function messageOf(schema: MessageSchema, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const fields = [...schema.fields.values()].filter(({ type }) => depth > 0 || !isMessage(type));
  if (fields.length === 0) return fc.constant({});
  return fc.uniqueArray(fc.constantFrom(...fields), { maxLength: 6, selector: ({ name, oneof }) => oneof ?? name }).chain((chosen) =>
    fc.record(Object.fromEntries(chosen.map((field) => [field.name, fieldOf(field, depth)])) as Record<string, fc.Arbitrary<unknown>>, {
      noNullPrototype: true,
    }),
  );
}

function fieldOf({ type, repeats, oneof }: FieldSchema, depth: number): fc.Arbitrary<unknown> {
  if (repeats === 'map' && isMessage(type)) {
    const value = valueOf(type.fields.get('value')?.type ?? 'string', depth, true);
    const key = type.fields.get('key')?.type === 'string' ? text : fc.nat(1000).map(String);
    return fc.array(fc.tuple(key, value), { minLength: 1, maxLength: 3 }).map((entries) => Object.fromEntries(entries));
  }
  if (repeats === 'list') return fc.array(valueOf(type, depth, true), { minLength: 1, maxLength: 3 });
  return valueOf(type, depth, oneof !== undefined);
}

function valueOf(type: FieldSchema['type'], depth: number, withDefaults: boolean): fc.Arbitrary<unknown> {
  if (isMessage(type)) return messageOf(type, depth - 1);
  if (isEnum(type))
    return fc.constantFrom(...(withDefaults ? type.symbols : type.symbols.slice(1).length > 0 ? type.symbols.slice(1) : [7]), 99);
  const notZero = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T> =>
    withDefaults ? values : values.filter((value) => value !== 0 && !Object.is(value, -0));
  switch (type) {
    case 'string':
      return text;
    case 'bool':
      return withDefaults ? fc.boolean() : fc.constant(true);
    case 'int32':
      return notZero(fc.integer());
    case 'uint32':
      return notZero(fc.integer({ min: 0, max: 2 ** 32 - 1 }));
    case 'int64':
      return notZero(fc.oneof(fc.maxSafeInteger(), fc.constantFrom('-9223372036854775808', '9223372036854775807')));
    case 'uint64':
      return notZero(fc.oneof(fc.maxSafeNat(), fc.constant('18446744073709551615')));
    case 'float':
      return notZero(
        fc.oneof(
          fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
          fc.constantFrom('Infinity', '-Infinity', 'NaN'),
        ),
      );
    case 'double':
      return notZero(
        fc.oneof(
          fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
          fc.constantFrom('Infinity', 'NaN'),
        ),
      );
  }
}
