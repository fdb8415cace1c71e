import { type CaseLine, caseLine } from './case.ts';
import { type Dice, weighted } from '#core/base/dice.ts';
import { oddStatements } from './odd-statements.ts';
import { anyTokens, oddGaps, oddNumbers, oddStrings, oddSymbols, oddWords } from './odd-values.ts';
import { seeds } from './seeds.ts';
import { type FieldShape, modelConfigShape, type Shape } from './shape.ts';
import { readTree, writeTree } from './tree.ts';

/** A configuration whose text is odd: what its tokens look like, what stands between them, which of them is missing. */
export function textCase(dice: Dice, id: string): CaseLine {
  const [text, files, notes] = weighted(dice, [
    [4, mutatedSeed],
    [3, oddValue],
    [3, oddStatement],
  ])(dice);
  return caseLine(id, 'm', { 'm/1/': '', ...files, 'm/config.pbtxt': ending(text, dice) }, notes);
}

type Made = readonly [text: string, files: Readonly<Record<string, string>>, notes: readonly string[]];

/** One field of any scalar kind, wherever it stands in the schema, with a value that only the parser can judge. */
function oddValue(dice: Dice): Made {
  const path = randomPath(dice, modelConfigShape);
  const last = path.at(-1) as FieldShape;
  const value = dice.chance(0.08) ? dice.pick([...oddNumbers, ...oddStrings, ...oddWords, ...oddSymbols]) : oddOfKind(last, dice);
  const values = last.isRepeated && dice.chance(0.4) ? listOf([value, oddOfKind(last, dice)], dice) : value;
  const colon = weighted(dice, [
    [20, ': '],
    [2, ':'],
    [1, ' '],
    [1, ' : '],
    [1, ':\n'],
  ]);
  const inner = `${last.name}${colon}${values}`;
  const statement = path.slice(0, -1).reduceRight((text, { name }) => wrapped(name, text, dice), inner);
  const first = path[0]?.name === 'backend' ? '' : 'backend: "accept"\n';
  return [
    dice.chance(0.8) ? `${first}${statement}` : `${statement}\n${first}`,
    {},
    ['value', path.map(({ name }) => name).join('.'), value],
  ];
}

function oddOfKind({ type }: FieldShape, dice: Dice): string {
  switch (type.kind) {
    case 'number':
      return dice.pick(oddNumbers);
    case 'bool':
      return dice.pick(oddWords);
    case 'enum':
      return dice.chance(0.5) ? dice.pick(oddSymbols) : dice.pick(type.symbols);
    case 'string':
      return dice.pick(oddStrings);
    case 'message':
      return dice.pick(['1', '"x"', 'true', '[ ]', '{ ', '', '< >', '{ }']);
  }
}

function randomPath(dice: Dice, shape: Shape): FieldShape[] {
  const field = dice.pick(shape.fields.filter(({ name }) => name !== 'model_metrics' || dice.chance(0.1)));
  const isLast = field.type.kind !== 'message' || field.type.shape.fields.length === 0 || dice.chance(0.03);
  return isLast || field.type.kind !== 'message' ? [field] : [field, ...randomPath(dice, field.type.shape)];
}

function wrapped(name: string, inner: string, dice: Dice): string {
  return weighted(dice, [
    [10, `${name} { ${inner} }`],
    [2, `${name}: { ${inner} }`],
    [2, `${name} < ${inner} >`],
    [1, `${name} [ { ${inner} } ]`],
    [1, `${name}{${inner}\n}`],
  ]);
}

function listOf(values: readonly string[], dice: Dice): string {
  const between = weighted(dice, [
    [8, ', '],
    [1, ' '],
    [1, ' ; '],
    [1, ',, '],
    [1, '\n,# c\n'],
  ]);
  const end = weighted(dice, [
    [8, ' ]'],
    [1, ', ]'],
    [1, ''],
    [1, ' }'],
  ]);
  return `[ ${values.join(between)}${end}`;
}

/** A whole statement beside a small configuration, or two. */
function oddStatement(dice: Dice): Made {
  const before = dice.chance(0.3) ? 'max_batch_size: 4' : '';
  const one = dice.pick(oddStatements);
  const gap = dice.chance(0.4) ? dice.pick(oddGaps) : '\n';
  const parts = dice.chance(0.7) ? ['backend: "accept"', before, one] : [one, before, 'backend: "accept"'];
  return [parts.filter((part) => part !== '').join(gap), {}, ['statement', one, gap]];
}

/** A realistic text with one to three slips of the pen. */
function mutatedSeed(dice: Dice): Made {
  const seed = dice.pick(seeds);
  const tokens = tokensOf(writeTree(readTree(seed.config), dice));
  const notes = ['tokens', seed.name];
  const count = 1 + dice.below(3);
  for (let at = 0; at < count; at += 1) notes.push(slip(tokens, dice));
  return [tokens.join(''), seed.files, notes];
}

/** Strings, words, numbers, signs, and the gaps between them. */
function tokensOf(text: string): string[] {
  return text.match(/"(?:[^"\\]|\\.)*"|[\w.]+|\s+|[^\w\s]/g) ?? [];
}

function slip(tokens: string[], dice: Dice): string {
  const at = dice.below(tokens.length);
  const token = tokens[at] ?? '';
  return weighted(dice, [
    [3, () => (tokens.splice(at, 1), `drop ${token}`)],
    [2, () => (tokens.splice(at, 0, token), `double ${token}`)],
    [2, () => (tokens.splice(at, 2, tokens[at + 1] ?? '', token), `swap ${token}`)],
    [4, () => insert(tokens, at, dice.pick(oddGaps))],
    [3, () => insert(tokens, at, dice.pick(anyTokens))],
    [2, () => insert(tokens, at, `\n${dice.pick(oddStatements)}\n`)],
    [4, () => replace(tokens, at, oddLike(token, dice))],
    [2, () => replace(tokens, at, slipInside(token, dice))],
    [2, () => brackets(tokens, dice)],
    [2, () => (tokens.splice(at + 1, 0, dice.pick([',', ';', ' , ', ';;'])), 'separator')],
    [1, () => (tokens.splice(at), 'cut')],
    [2, () => colons(tokens, dice)],
  ])();
}

function insert(tokens: string[], at: number, what: string): string {
  tokens.splice(at, 0, what);
  return `insert ${what}`;
}

function replace(tokens: string[], at: number, what: string): string {
  const old = tokens[at];
  tokens[at] = what;
  return `${old} becomes ${what}`;
}

function oddLike(token: string, dice: Dice): string {
  if (token.startsWith('"')) return dice.pick(oddStrings);
  if (/^\d/.test(token)) return dice.pick(oddNumbers);
  if (/^(true|false)$/.test(token)) return dice.pick(oddWords);
  if (/^[A-Z][A-Z_0-9]+$/.test(token)) return dice.pick(oddSymbols);
  if (/^\s/.test(token)) return dice.pick([...oddGaps, '']);
  return dice.pick([
    token.toUpperCase(),
    token.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
    `${token}_`,
    `"${token}"`,
    `[${token}]`,
    ...anyTokens,
  ]);
}

const oddCharacters: readonly string[] = Array.from('{}[]<>:;,"\'#-+.\\/ _0aZ\n\té\0');

/** One character more, less or other. */
function slipInside(token: string, dice: Dice): string {
  const at = dice.below(token.length + 1);
  const char = dice.pick(oddCharacters);
  return weighted(dice, [
    [2, token.slice(0, at) + token.slice(at + 1)],
    [2, token.slice(0, at) + char + token.slice(at)],
    [1, token.slice(0, at) + char + token.slice(at + 1)],
  ]);
}

function brackets(tokens: string[], dice: Dice): string {
  const pairs = dice.pick([
    ['<', '>'],
    ['<', '}'],
    ['{', '>'],
    ['(', ')'],
  ] as const);
  const opening = tokens.flatMap((token, at) => (token === '{' ? [at] : []));
  if (opening.length === 0) return 'no brackets';
  const from = dice.pick(opening);
  let depth = 0;
  for (let at = from; at < tokens.length; at += 1) {
    if (tokens[at] === '{' || tokens[at] === '<') depth += 1;
    if (tokens[at] === '}' || tokens[at] === '>') depth -= 1;
    if (depth > 0) continue;
    tokens[at] = pairs[1];
    break;
  }
  tokens[from] = pairs[0];
  return `brackets ${pairs.join(' ')}`;
}

function colons(tokens: string[], dice: Dice): string {
  const places = tokens.flatMap((token, at) => (token === ':' || token === '{' ? [at] : []));
  if (places.length === 0) return 'no colons';
  const at = dice.pick(places);
  if (tokens[at] === ':') return replace(tokens, at, dice.pick(['', ' ', '=', '::', ' :\n']));
  return insert(tokens, at, dice.pick([':', ': ', ' :', '::']));
}

/** How the file begins, ends its lines and itself. */
function ending(text: string, dice: Dice): string {
  return weighted(dice, [
    [30, text],
    [2, text.replaceAll('\n', '\r\n')],
    [1, text.replaceAll('\n', '\r')],
    [1, `\ufeff${text}`],
    [1, `${text}\n# the end`],
    [1, `${text}\n#`],
    [1, `${text}\0`],
    [1, `# ${dice.pick(oddGaps)}\n${text}`],
    [1, text.replaceAll(/[ \n]+/g, ' ')],
    [1, `${text}\x1a`],
    [1, text.replaceAll(' ', '\t')],
  ]);
}
