import { rawByte } from './case.ts';

// Texts for one value each, right and wrong: what a number, a string or a word may look like is decided by the parser alone.

export const oddNumbers: readonly string[] = [
  ...list(
    `0 -0 +0 00 010 08 -010 0x10 0X1F -0x10 0x 0xg 0b1 0o7 1_000 1,000 1e3 1E3 1e 1e+ 1e-2 .5 5. -.5 0.5 -0.5 1.5f 1f 1F 1.f 0f 0x1f`,
  ),
  ...list(`0x1p3 1e3f 1.0e1 5.5.5 1..2 . - +1 +.5 --1 inf -inf Inf INF infinity -Infinity INFINITY nan -nan NaN NAN inff nanf inf1 1inf`),
  ...list(
    `2147483647 2147483648 -2147483648 -2147483649 4294967295 4294967296 9223372036854775807 9223372036854775808 -9223372036854775808`,
  ),
  ...list(
    `-9223372036854775809 18446744073709551615 18446744073709551616 -18446744073709551615 99999999999999999999999 0x7fffffff 0x80000000`,
  ),
  ...list(`0xffffffff 0x100000000 -0x80000000 0xffffffffffffffff 0x10000000000000000 017777777777 01777777777777777777777`),
  ...list(
    `1e308 1e309 -1e400 1e39 3.5e38 1e-400 123456789012345678901234567890.5 1.0 2.0 2.5 1a 1true true "1" 1. 1.e1 0e0 00.5 01.5 09.5`,
  ),
  ...['- 1', '-  0x2', '- # c\n 3', '- inf', '- nan', '1 2', '- .5', '-\n7'],
];

export const oddWords: readonly string[] = [
  ...list(
    'true false True False TRUE FALSE t f T F yes no on off 0 1 2 -0 -1 01 00 0x1 0x0 1.0 0.0 "true" "1" tru true1 +1 \'t\' 1e0 -true',
  ),
  '- 1',
];

export const oddSymbols: readonly string[] = [
  ...list(
    `TYPE_FP32 type_fp32 FP32 "TYPE_FP32" 11 0 14 15 99 -1 -11 +11 011 0xb 1.0 1e1 2147483647 2147483648 -2147483648 -2147483649 4294967296`,
  ),
  ...list(`9223372036854775808 KIND_CPU KIND_GPU inference.TYPE_FP32 TYPE_FP32. TYPE_FP32f true DataType.TYPE_FP32 [TYPE_FP32] inf -nan`),
  ...['- TYPE_FP32', '[TYPE_FP32, TYPE_FP16]', '{ }'],
];

/** Inside of the quotes of a string. */
const escapes: readonly string[] = list(
  String.raw`\n \r \t \a \b \f \v \\ \' \" \? \0 \00 \000 \101 \1 \12 \400 \377 \777 \8 \9 \18 \x41 \X41 \x4 \x \xg \x414 \xff \xc3\xa9 ` +
    String.raw`\u00e9 \u00E9 \u12 \u \uD83D\uDE00 \ud800 \udc00 \ud800x \U0001F600 \U00110000 \U0010FFFF \U1234 \Uffffffff \q \c \ ` +
    String.raw`\u0000 \N \e \% \/ \( \u{41} \342\202\254 \U0000d800 \uFFFE`,
);

const insides: readonly string[] = [
  ...list("é 漢字 😀 \u200b \u2028 it's # // /* { } < ; , [ :"),
  ...['', 'a b', '\u00a0', '\ufeff', '# not a comment', '\\ ', '\t', '\v', '\f', '\0', '\x01', '\x7f', '\n', '\r', '\r\n'],
  ...['ff', '80', 'c3 a9', 'c0 80', 'e2', 'ed a0 80', 'f4 90 80 80', 'c3', 'f0 9f 98 80', 'ef bf bf'].map(bytes),
];

const wholeStrings: readonly string[] = [
  ...list(
    `'a' "a""b" 'a"b' "a'b" """a""" '' "" "a 'a a" "a' \`a\` a 1 ["a"] [] ("a") r"a" b"a" u"a" "a"b "a"1 “a” "\\ "\\" null true -"a"`,
  ),
  ...['"a" "b"', '\'a\' "b"', '"a"\n"b"', '"a" # c\n "b"', '"a", "b"', '["a", "b"]', '"a" + "b"', '"a\\\nb"', '"a" ; "b"', '"a" -'],
];

export const oddStrings: readonly string[] = [
  ...escapes.map((inside) => `"x${inside}y"`),
  ...escapes.map((inside) => `'${inside}'`),
  ...insides.flatMap((inside) => [`"${inside}"`, `'a${inside}b'`]),
  ...wholeStrings,
];

/** Between tokens: what separates, what comments, and what a tokenizer stumbles over. */
export const oddGaps: readonly string[] = [
  ...[
    ' ',
    '\t',
    '\n',
    '\r',
    '\r\n',
    '\v',
    '\f',
    '\0',
    '\x01',
    '\x1b',
    '\x7f',
    '\u00a0',
    '\ufeff',
    '\u2028',
    '\u3000',
    bytes('ff'),
    bytes('c3'),
  ],
  ...['# a comment\n', '#\n', '# é\n', `# ${bytes('ff')}\n`, '# \0\n', '#\r', '# a\r\n', '// a\n', '/* a */', ', ;', ' ,\n'],
  ...list('# // /* / -- ; ;; , ,, ;, . : :: = @ $ % & * ! ~ ` | \\ ? ( ) _ é'),
];

/** Tokens from anywhere in the language. */
export const anyTokens: readonly string[] = [
  ...list(
    `{ } < > [ ] : ; , - + / . # " ' {} <> [] [{ }] 1 -1 0x1 1.5 true "x" 'y' x name input dims TYPE_FP32 max_batch_size backend inf nan`,
  ),
  ...list('[a.b] [a.b/c.D] [type.googleapis.com/inference.ModelInput] [inference.ModelInput] name: é \0'),
  ...['{ }', '< >', '[ ]', ': [', ': {', 'name: "x"'],
];

function list(words: string): string[] {
  return words.split(' ').filter((word) => word !== '');
}

function bytes(hex: string): string {
  const codes = hex.split(' ').map((digits) => Number.parseInt(digits, 16));
  return codes.map((code) => (code < 0x80 ? String.fromCharCode(code) : rawByte(code))).join('');
}
