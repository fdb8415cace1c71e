import { didYouMean } from '../base/nearest.ts';
import type { Scalar, TextProblem } from './nodes.ts';
import { type EnumSchema, type FieldSchema, isEnum, type ScalarType } from './schema.ts';
import type { Tokens } from './tokens.ts';

type Wrong = Pick<TextProblem, 'code' | 'says' | 'fix' | 'triton' | 'edit'>;

const instead = ({ from, to }: Tokens, text: string | undefined): Wrong['edit'] => (text === undefined ? undefined : { from, to, text });

/** Reads one kind of plain value from the present token on; `expected` is what protobuf says where no such value stands. */
export type ScalarReader = {
  read(field: FieldSchema, tokens: Tokens): { value: Scalar; warning?: Wrong } | Wrong;
  expected(field: FieldSchema, word: string): string;
};

export function scalarReader(type: FieldSchema['type']): ScalarReader {
  if (isEnum(type)) return enumReader(type);
  return typeof type === 'string' ? scalarReaders[type] : readers.text;
}

const integerReader = (type: 'int32' | 'int64' | 'uint32' | 'uint64'): ScalarReader => ({
  read: (field, tokens) => readInteger(field, tokens, ranges[type]),
  expected: (_, word) => `Expected integer, got: ${word}`,
});

const readers = {
  text: {
    read: (field, tokens) => ({
      code: 'config/type-mismatch',
      says: `"${field.name}" takes a string in quotes, got ${shownToken(tokens)}`,
      fix: tokens.kind === 'identifier' || tokens.kind === 'integer' ? `write ${field.name}: "${tokens.word}"` : undefined,
      triton: `Expected string, got: ${tokens.word}`,
    }),
    expected: (_, word) => `Expected string, got: ${word}`,
  },
  bool: {
    read: readBool,
    expected: (_, word) => `Expected identifier, got: ${word}`,
  },
  float: { read: (field, tokens) => readFloat(field, tokens, Math.fround), expected: (_, word) => `Expected double, got: ${word}` },
  double: { read: (field, tokens) => readFloat(field, tokens, Number), expected: (_, word) => `Expected double, got: ${word}` },
} as const satisfies Record<string, ScalarReader>;

const ranges = {
  int32: { min: -(2n ** 31n), max: 2n ** 31n - 1n },
  int64: { min: -(2n ** 63n), max: 2n ** 63n - 1n },
  uint32: { min: 0n, max: 2n ** 32n - 1n },
  uint64: { min: 0n, max: 2n ** 64n - 1n },
} as const;

const scalarReaders: Readonly<Record<ScalarType, ScalarReader>> = {
  string: readers.text,
  bool: readers.bool,
  float: readers.float,
  double: readers.double,
  int32: integerReader('int32'),
  int64: integerReader('int64'),
  uint32: integerReader('uint32'),
  uint64: integerReader('uint64'),
};

function readInteger(field: FieldSchema, tokens: Tokens, range: { min: bigint; max: bigint }): { value: Scalar } | Wrong {
  const isNegative = range.min < 0n && takeMinus(tokens);
  const { kind, word } = tokens;
  if (kind !== 'integer') {
    const triton = `Expected integer, got: ${word}`;
    if (range.min === 0n && word === '-') {
      const says = `"${field.name}" cannot be negative`;
      return { code: 'config/int-range', says, triton };
    }
    const isNumber = kind === 'float' || word === '+';
    const says = isNumber
      ? `"${field.name}" takes a whole number, got ${word}`
      : `"${field.name}" takes a whole number, got ${shownToken(tokens)}`;
    const isWhole = kind === 'string' && /^["']-?\d+["']$/.test(word);
    const fix = isWhole ? `write it without quotes: ${word.slice(1, -1)}` : undefined;
    const edit = isWhole ? instead(tokens, word.slice(1, -1)) : undefined;
    return { code: isNumber ? 'config/number-format' : 'config/type-mismatch', says, fix, triton, edit };
  }
  const size = word.length <= 15 && !word.startsWith('0') ? Number(word) : integerOf(word);
  const value = isNegative ? -size : size;
  if (value > range.max || value < range.min) {
    const says = `"${field.name}" takes a whole number from ${range.min} to ${range.max}, got ${isNegative ? '-' : ''}${word}`;
    return { code: 'config/int-range', says, triton: `Integer out of range (${word})` };
  }
  tokens.next();
  if (typeof value === 'number') return { value: value === 0 ? 0 : value };
  return { value: value >= -maxSafe && value <= maxSafe ? Number(value) : String(value) };
}

const maxSafe = BigInt(Number.MAX_SAFE_INTEGER);

/** Decimal, 0x… or octal with a leading 0. The tokenizer has complained of anything else. */
function integerOf(word: string): bigint {
  if (/^0[xX]/.test(word)) return /^0[xX][0-9a-fA-F]+$/.test(word) ? BigInt(word) : 0n;
  if (word.length > 1 && word.startsWith('0')) return /^0[0-7]+$/.test(word) ? BigInt(`0o${word.slice(1)}`) : 0n;
  // Longer than any type takes; BigInt would be slow on a megabyte of digits.
  return word.length > 40 ? 10n ** 40n : BigInt(word);
}

function readBool(field: FieldSchema, tokens: Tokens): { value: Scalar } | Wrong {
  const { kind, word } = tokens;
  if (kind === 'integer') {
    const value = integerOf(word);
    if (value > 1n) {
      const says = `"${field.name}" is true or false, got ${word}`;
      return { code: 'config/bool-format', says, triton: `Integer out of range (${word})` };
    }
    tokens.next();
    return { value: value === 1n };
  }
  const value = kind === 'identifier' ? bools[word] : undefined;
  if (value === undefined) {
    const triton =
      kind === 'identifier' ? `Invalid value for boolean field "${field.name}". Value: "${word}".` : `Expected identifier, got: ${word}`;
    const fix = /^["']?(true|yes|on|1)["']?$/i.test(word)
      ? 'write true'
      : /^["']?(false|no|off|0)["']?$/i.test(word)
        ? 'write false'
        : undefined;
    const edit = instead(tokens, fix?.replace('write ', ''));
    return { code: 'config/bool-format', says: `"${field.name}" is true or false, got ${shownToken(tokens)}`, fix, triton, edit };
  }
  tokens.next();
  return { value };
}

const bools: Readonly<Record<string, boolean | undefined>> = { true: true, True: true, t: true, false: false, False: false, f: false };

function readFloat(field: FieldSchema, tokens: Tokens, rounded: (value: number) => number): { value: Scalar } | Wrong {
  const isNegative = takeMinus(tokens);
  const { kind, word } = tokens;
  const value = floatOf(kind, word);
  if (typeof value !== 'number') {
    const says = `"${field.name}" takes a number, got ${shownToken(tokens)}`;
    return { code: value.code, says, triton: value.triton };
  }
  tokens.next();
  const exact = rounded(isNegative ? -value : value);
  if (!Number.isFinite(exact)) return { value: String(exact) };
  return { value: shortest(exact, isNegative ? -value : value, rounded) };
}

function floatOf(kind: Tokens['kind'], word: string): number | { code: TextProblem['code']; triton: string } {
  const isDecimal = kind === 'float' || (kind === 'integer' && !/^0[xX\d]/.test(word));
  if (isDecimal) return Number(word.replace(/[fF]$/, '').replace(/[eE][+-]?$/, ''));
  if (kind === 'integer') return { code: 'config/number-format', triton: `Expect a decimal number, got: ${word}` };
  const special = kind === 'identifier' ? specials[word.toLowerCase()] : undefined;
  return special ?? { code: 'config/type-mismatch', triton: `Expected double, got: ${kind === 'identifier' ? word.toLowerCase() : word}` };
}

const specials: Readonly<Record<string, number | undefined>> = {
  inf: Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  nan: Number.NaN,
};

/** A 32-bit float keeps the digits that were written where they mean the same float. */
function shortest(exact: number, written: number, rounded: (value: number) => number): number {
  return rounded(written) === exact && Number.isFinite(written) ? (written === 0 ? 0 : written) : exact;
}

function enumReader(type: EnumSchema): ScalarReader {
  return {
    read: (field, tokens) => {
      const { kind, word } = tokens;
      if (kind === 'identifier') {
        if (type.numbers.has(word)) {
          tokens.next();
          return { value: word };
        }
        const triton = `Unknown enumeration value of "${word}" for field "${field.name}".`;
        const says = `"${word}" is not a value of ${type.name}`;
        return { code: 'config/unknown-enum', says, fix: meantSymbol(word, type), triton, edit: instead(tokens, sameSymbol(word, type)) };
      }
      if (kind !== 'integer' && word !== '-') {
        const fix = kind === 'string' ? `write it without quotes: ${word.slice(1, -1)}` : undefined;
        const says = `"${field.name}" takes a value of ${type.name}, got ${shownToken(tokens)}`;
        const edit = kind === 'string' ? instead(tokens, sameSymbol(word.slice(1, -1), type)) : undefined;
        return { code: 'config/unknown-enum', says, fix, triton: `Expected integer or identifier, got: ${word}`, edit };
      }
      const read = readInteger(field, tokens, ranges.int32);
      if (!('value' in read)) return read;
      const symbol = type.symbols.find((one) => type.numbers.get(one) === read.value);
      if (symbol) return { value: symbol };
      const says = `${read.value} is no number of ${type.name}, and Triton keeps it as it is`;
      return { value: read.value, warning: { code: 'config/unknown-enum-number', says, fix: `write one of: ${type.symbols.join(', ')}` } };
    },
    expected: (_, word) => `Expected integer or identifier, got: ${word}`,
  };
}

/** The symbol that differs in its case, or by a prefix such as TYPE_, alone. */
const sameSymbol = (word: string, { symbols }: EnumSchema): string | undefined => {
  const upper = word.toUpperCase();
  const same = symbols.filter((symbol) => symbol === upper || symbol.endsWith(`_${upper}`));
  return same.length === 1 ? same[0] : undefined;
};

function meantSymbol(word: string, { symbols }: EnumSchema): string {
  // TYPE_, KIND_ and the like are often forgotten, and they would outweigh the rest of the word.
  const upper = word.toUpperCase();
  const other = otherNames[upper.replace(/^TYPE_/, '')];
  const meant = symbols.find((symbol) => symbol === upper || symbol.endsWith(`_${upper}`)) ?? symbols.find((symbol) => symbol === other);
  return meant ? `did you mean "${meant}"?` : didYouMean(word, symbols);
}

/** What other tools call the same types. */
const otherNames: Readonly<Record<string, string>> = {
  FLOAT: 'TYPE_FP32',
  FLOAT16: 'TYPE_FP16',
  FLOAT32: 'TYPE_FP32',
  FLOAT64: 'TYPE_FP64',
  HALF: 'TYPE_FP16',
  DOUBLE: 'TYPE_FP64',
  BFLOAT16: 'TYPE_BF16',
  INT: 'TYPE_INT32',
  LONG: 'TYPE_INT64',
  BYTES: 'TYPE_STRING',
  STR: 'TYPE_STRING',
};

function takeMinus(tokens: Tokens): boolean {
  if (tokens.kind !== 'symbol' || tokens.word !== '-') return false;
  tokens.next();
  return true;
}

function shownToken({ kind, word }: Tokens): string {
  if (kind === 'end') return 'the end of the file';
  return word.length > 40 ? `a long ${kind}` : kind === 'string' ? `the string ${word}` : `"${word}"`;
}
