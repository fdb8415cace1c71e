import { didYouMean } from '../base/nearest.ts';
import { type FieldNode, isMessageNode, keyOf, type MessageNode, type Scalar, type TextProblem } from './nodes.ts';
import { scalarReader } from './scalars.ts';
import { oddFix, ownersOf, placeholder } from './hints.ts';
import { configSchema, type FieldSchema, isMessage, type MessageSchema } from './schema.ts';
import { readString } from './strings.ts';
import { Tokens } from './tokens.ts';

export type ParsedText = { readonly root: MessageNode; readonly problems: readonly TextProblem[] };

/**
 * Reads config.pbtxt as the C++ parser that Triton links does, with a place for every node. Where protobuf stops at its first error, this
 * goes on behind a field that is wrong by itself and tells the others too; the first error is protobuf's. It stops where the grammar is
 * broken, since what follows there would be guessed. Unknown nesting is skipped by counting, so no depth of it does harm.
 * `isKnown` says whether the target's server version is new enough for a field that came with one; it stops at `problemsMax` problems.
 */
export function parseText(text: string, isKnown: (since: string) => boolean = () => true, problemsMax = problemsTold): ParsedText {
  return new Parser(text, isKnown, problemsMax).parse();
}

/** Odd characters that are told one by one. */
const oddMax = 3;

/** More findings than this in one file help nobody. */
const problemsTold = 100;

/** Thrown and caught in here alone: the grammar is broken, and what follows has no meaning. */
class Broken extends Error {}

class Parser {
  readonly #tokens: Tokens;
  readonly #problems: TextProblem[] = [];
  #tokenProblems = 0;
  #odd = 0;
  readonly #open: { readonly at: number; readonly close: string }[] = [];

  readonly #keys = new Map<MessageNode, Map<FieldSchema, Set<Scalar | undefined>>>();
  readonly #isKnown: (since: string) => boolean;
  readonly #problemsMax: number;

  constructor(text: string, isKnown: (since: string) => boolean, problemsMax: number) {
    this.#tokens = new Tokens(text);
    this.#isKnown = isKnown;
    this.#problemsMax = problemsMax;
  }

  parse(): ParsedText {
    const root: MessageNode = { schema: configSchema, fields: [], from: 0, to: 0 };
    try {
      while (this.#tokens.kind !== 'end') this.#field(root);
    } catch (thrown) {
      if (!(thrown instanceof Broken)) throw thrown;
      // What the tokenizer minds further on is minded all the same.
      while (this.#tokens.kind !== 'end' && this.#problems.length < this.#problemsMax) this.#tokens.next();
    }
    this.#takeTokenProblems();
    root.to = this.#tokens.text.length;
    return { root, problems: this.#problems };
  }

  #field(message: MessageNode): void {
    const tokens = this.#tokens;
    const nameAt = tokens.from;
    if (tokens.isSymbol(openBracket)) return this.#extension(message);
    if (tokens.kind === 'symbol' && this.#skipped()) return;
    if (tokens.kind !== 'identifier') this.#notAName();
    const name = tokens.word;
    const field = message.schema.fields.get(name);
    tokens.next();
    if (!field || (field.since && !this.#isKnown(field.since))) {
      if (field?.since) this.#newerField(name, nameAt, { schema: message.schema, since: field.since });
      else this.#unknownField(name, nameAt, message.schema);
      this.#skipValue();
      this.#separator();
      return;
    }
    this.#checkOnce(message, field, nameAt);
    const isOfMessages = isMessage(field.type);
    if (tokens.isSymbol(colon)) tokens.next();
    else if (!isOfMessages) {
      const triton = this.#expected(':');
      const edit = { from: tokens.before, to: tokens.before, text: ':' };
      this.#say({
        code: 'config/missing-colon',
        at: nameAt,
        says: `a ":" is missing between "${name}" and its value`,
        fix: `write ${name}:`,
        triton,
        edit,
      });
    }
    const first = message.fields.length;
    if (tokens.isSymbol(openBracket) && field.repeats !== 'once') this.#list(message, field, nameAt);
    else this.#value(message, field, nameAt);
    this.#separator();
    for (let index = first; index < message.fields.length; index += 1) {
      const node = message.fields[index];
      if (node) node.end = tokens.before;
    }
  }

  #list(message: MessageNode, field: FieldSchema, nameAt: number): void {
    const tokens = this.#tokens;
    this.#open.push({ at: tokens.from, close: ']' });
    tokens.next();
    if (!tokens.isSymbol(closeBracket)) {
      for (;;) {
        this.#value(message, field, nameAt);
        if (tokens.isSymbol(closeBracket)) break;
        if (tokens.isSymbol(comma)) {
          const at = tokens.from;
          tokens.next();
          if (!tokens.isSymbol(closeBracket)) continue;
          this.#trailingComma(field, at);
          break;
        }
        const triton = this.#expected(',');
        if (tokens.kind === 'end') this.#unbalanced(triton);
        const isItem = isMessage(field.type)
          ? tokens.isSymbol(openBrace)
          : tokens.kind === 'integer' || tokens.kind === 'float' || tokens.kind === 'string';
        if (!isItem) {
          const says = `"[" of "${field.name}" is not closed before ${tokens.word}`;
          this.#fail({ code: 'config/unbalanced', at: tokens.from, says, fix: 'close it by "]", or write a ","', triton });
        }
        const edit = { from: tokens.before, to: tokens.before, text: ',' };
        this.#say({
          code: 'config/separator',
          at: tokens.from,
          says: `a "," is missing between the items of "${field.name}"`,
          triton,
          edit,
        });
      }
    }
    this.#open.pop();
    tokens.next();
  }

  #trailingComma({ name, type }: FieldSchema, at: number): void {
    const triton = isMessage(type) ? this.#expected('{') : scalarReader(type).expected({ name, type, number: 0, repeats: 'list' }, ']');
    const says = `there is a "," behind the last item of "${name}"`;
    this.#say({ code: 'config/separator', at, says, fix: 'take it out', triton, edit: { from: at, to: at + 1, text: '' } });
  }

  #value(message: MessageNode, field: FieldSchema, nameAt: number): void {
    const tokens = this.#tokens;
    const valueAt = tokens.from;
    if (isMessage(field.type)) {
      const value = this.#message(field, field.type);
      message.fields.push({ field, nameAt, valueAt, valueEnd: tokens.before, end: tokens.before, value });
      if (field.repeats === 'map') this.#warnOfSameKey(message, field, nameAt);
      return;
    }
    if (tokens.isSymbol(openBracket)) {
      const says = `"${field.name}" takes one value, and a list is given`;
      const problem = { code: 'config/list-on-singular', at: valueAt, says, fix: 'write the value without brackets' } as const;
      this.#fail({ ...problem, triton: scalarReader(field.type).expected(field, tokens.word) });
    }
    if (tokens.isSymbol(openBrace) || tokens.isSymbol(less)) {
      const says = `"${field.name}" takes a plain value, and a message is given`;
      this.#say({ code: 'config/type-mismatch', at: valueAt, says, triton: scalarReader(field.type).expected(field, tokens.word) });
      return this.#skipValue();
    }
    const read = this.#scalar(field);
    if ('code' in read) {
      if (tokens.kind === 'end') this.#unbalanced(read.triton ?? '');
      const left = placeholder(tokens.text.slice(valueAt, valueAt + 60).split('\n')[0] ?? '');
      this.#say({ at: valueAt, ...read, ...(tokens.kind === 'symbol' ? left : undefined) });
      if (tokens.kind === 'symbol' && !tokens.isSymbol(minus)) throw new Broken();
      return this.#skipValue();
    }
    if ('warning' in read) this.#problems.push({ severity: 'warning', at: valueAt, ...read.warning });
    message.fields.push({ field, nameAt, valueAt, valueEnd: tokens.before, end: tokens.before, value: read.value });
  }

  #scalar(field: FieldSchema): { value: Scalar; warning?: Wrong } | Wrong {
    const tokens = this.#tokens;
    if (field.type === 'string' && tokens.kind === 'string') {
      const literal = tokens.word;
      const at = tokens.from;
      tokens.next();
      let { value, isUtf8 } = readString(literal);
      while ((tokens.kind as string) === 'string') {
        const more = readString(tokens.word);
        value += more.value;
        isUtf8 &&= more.isUtf8;
        tokens.next();
      }
      if (!isUtf8) {
        const says = `the text of "${field.name}" is no valid UTF-8`;
        this.#problems.push({ code: 'config/invalid-utf8', severity: 'warning', at, says, fix: 'save the file as UTF-8' });
      }
      const left = placeholder(value);
      return left ? { value, warning: left } : { value };
    }
    return scalarReader(field.type).read(field, tokens);
  }

  #message(field: FieldSchema, schema: MessageSchema): MessageNode {
    const tokens = this.#tokens;
    const close = tokens.isSymbol(less) ? '>' : '}';
    if (!tokens.isSymbol(less) && !tokens.isSymbol(openBrace)) {
      const triton = this.#expected('{');
      if (tokens.kind === 'end') this.#unbalanced(triton);
      const isListOnSingular = tokens.isSymbol(openBracket);
      const says = isListOnSingular
        ? `"${field.name}" takes one message, and a list is given`
        : `"${field.name}" takes a message in braces, and a plain value is given`;
      this.#say({ code: isListOnSingular ? 'config/list-on-singular' : 'config/type-mismatch', at: tokens.from, says, triton });
      if (tokens.kind === 'symbol' && !isListOnSingular) throw new Broken();
      const at = tokens.from;
      this.#skipValue();
      return { schema, fields: [], from: at, to: tokens.before };
    }
    this.#open.push({ at: tokens.from, close });
    const message: MessageNode = { schema, fields: [], from: tokens.to, to: tokens.to };
    tokens.next();
    while (!tokens.isSymbol(greater) && !tokens.isSymbol(closeBrace)) {
      if (tokens.kind === 'end') this.#unbalanced(this.#expectedName());
      this.#field(message);
    }
    if (tokens.word !== close) {
      const opened = this.#tokens.text[message.from - 1];
      const says = `"${opened}" of "${field.name}" is closed by "${tokens.word}"`;
      this.#fail({ code: 'config/unbalanced', at: tokens.from, says, fix: `close it by "${close}"`, triton: this.#expected(close) });
    }
    message.to = tokens.from;
    this.#open.pop();
    tokens.next();
    return message;
  }

  /** At most one `;` or `,` may follow a field. */
  #separator(): void {
    const tokens = this.#tokens;
    if (!tokens.isSymbol(semicolon) && !tokens.isSymbol(comma)) return;
    tokens.next();
  }

  #checkOnce(message: MessageNode, field: FieldSchema, at: number): void {
    const { name, oneof, repeats } = field;
    if (repeats !== 'once') return;
    const earlier = message.fields.findLast((node) => node.field === field || (oneof !== undefined && node.field.oneof === oneof));
    if (!earlier) return;
    if (earlier.field !== field) {
      const says = `only one choice of "${oneof}" can be made, and "${earlier.field.name}" was made before "${name}"`;
      const triton = `Field "${name}" is specified along with field "${earlier.field.name}", another member of oneof "${oneof}".`;
      this.#say({ code: 'config/oneof-conflict', at, says, fix: `keep one of "${earlier.field.name}" and "${name}"`, triton });
      return;
    }
    // An entry of a map remembers what was written, be it the default.
    const isEntry = message.schema.name.endsWith('Entry');
    if (oneof === undefined && !isEntry && !isMessageNode(earlier.value) && isDefault(earlier)) {
      const says = `"${name}" is given twice: the first one says nothing, and the last one counts`;
      const edit = { from: earlier.nameAt, to: earlier.end, text: '' };
      this.#problems.push({ code: 'config/default-overridden', severity: 'warning', at, says, fix: 'keep the last one', edit });
      return;
    }
    const triton = `Non-repeated field "${name}" is specified multiple times.`;
    this.#say({
      code: 'config/duplicate-field',
      at,
      says: `"${name}" is given twice, and it takes one value`,
      fix: 'keep one of them',
      triton,
    });
  }

  #warnOfSameKey(message: MessageNode, field: FieldSchema, at: number): void {
    const entry = message.fields.at(-1);
    const key = entry && keyOf(entry);
    const taken = this.#keysOf(message, field);
    if (!taken.has(key)) {
      taken.add(key);
      return;
    }
    const says = `the key ${JSON.stringify(key ?? '')} of "${field.name}" is given twice, and Triton takes the last one without a word`;
    this.#problems.push({ code: 'config/map-key-duplicate', severity: 'warning', at, says, fix: 'keep one of them' });
  }

  /** The keys of a map so far: a search through its entries would take time that grows with their square. */
  #keysOf(message: MessageNode, field: FieldSchema): Set<Scalar | undefined> {
    let maps = this.#keys.get(message);
    if (!maps) this.#keys.set(message, (maps = new Map()));
    let keys = maps.get(field);
    if (!keys) maps.set(field, (keys = new Set()));
    return keys;
  }

  #unknownField(name: string, at: number, schema: MessageSchema): void {
    const owner = ownersOf(name).filter((one) => one !== schema.name);
    const whole = [...schema.fields.keys()].find((one) => one.endsWith(`_${name}`));
    const near = whole ? `did you mean "${whole}"?` : didYouMean(name, [...schema.fields.keys()]);
    const fix = owner.length > 0 && !near.startsWith('did') ? `"${name}" is a field of ${owner.join(', ')}` : near;
    const triton = `Message type "inference.${schema.name}" has no field named "${name}".`;
    this.#say({ code: 'config/unknown-field', at, says: `"${name}" is not a field of ${schema.name}`, fix, triton });
  }

  #newerField(name: string, at: number, { schema, since }: { schema: MessageSchema; since: string }): void {
    const says = `"${name}" is a field of ${schema.name} since Triton ${since}, and the target is older`;
    const triton = `Message type "inference.${schema.name}" has no field named "${name}".`;
    this.#say({ code: 'config/field-too-new', at, says, fix: 'take it out, or run a newer Triton', triton });
  }

  #extension(message: MessageNode): void {
    const tokens = this.#tokens;
    const at = tokens.from;
    tokens.next();
    let name = '';
    const isWord = (): boolean => (tokens.kind as string) === 'identifier';
    while (isWord() ? !name || name.endsWith('.') : name !== '' && !name.endsWith('.') && tokens.isSymbol(dot)) {
      name += tokens.word;
      tokens.next();
    }
    const isWhole = tokens.isSymbol(closeBracket) && name !== '' && !name.endsWith('.');
    const undefinedHere = `Extension "${name}" is not defined or is not an extension of "inference.${message.schema.name}".`;
    const triton = isWhole ? undefinedHere : name === '' || name.endsWith('.') ? this.#expectedName() : this.#expected(']');
    this.#fail({ code: 'config/extension', at, says: `config.pbtxt has no extensions and no Any, and "[${name}]" is one`, triton });
  }

  /** What can only be meant in one way is minded, and passed over: separators too many, and comments of another language. */
  #skipped(): boolean {
    const tokens = this.#tokens;
    const at = tokens.from;
    const word = tokens.word;
    const triton = this.#expectedName();
    if (word === ',' || word === ';') {
      const says = `there is a "${word}" where a field name should be`;
      this.#say({ code: 'config/separator', at, says, fix: 'take it out', triton, edit: { from: at, to: at + 1, text: '' } });
      tokens.next();
      return true;
    }
    if (word !== '/' || tokens.text[at + 1] !== '/') return false;
    const edit = { from: at, to: at + 2, text: '#' };
    this.#say({ code: 'config/syntax', at, says: 'comments begin with "#", not with "//"', fix: 'write "#"', triton, edit });
    tokens.skipLine();
    return true;
  }

  #notAName(): never {
    const tokens = this.#tokens;
    const triton = this.#expectedName();
    const at = tokens.from;
    if (tokens.kind === 'end') return this.#unbalanced(triton);
    const word = tokens.word;
    if (word === '}' || word === '>' || word === ']') {
      return this.#fail({ code: 'config/unbalanced', at, says: `"${word}" closes nothing`, fix: 'take it out', triton });
    }
    const left = placeholder(tokens.text.slice(at, at + 40).split('\n')[0] ?? '');
    if (left) return this.#fail({ ...left, at, triton });
    const isJson = word === '{' || tokens.kind === 'string';
    const fix = isJson ? 'this is not JSON: write name: value, without quotes around the name and braces around the file' : undefined;
    return this.#fail({
      code: 'config/syntax',
      at,
      says: `expected the name of a field, got ${word.length > 40 ? tokens.kind : word}`,
      fix,
      triton,
    });
  }

  /** The text ends where something is still open. */
  #unbalanced(triton: string): never {
    const open = this.#open.at(-1);
    if (!open)
      return this.#fail({ code: 'config/syntax', at: this.#tokens.before, says: 'the file ends in the middle of a field', triton });
    const opened = this.#tokens.text[open.at] ?? '';
    const says = `"${opened}" is never closed`;
    return this.#fail({ code: 'config/unbalanced', at: open.at, says, fix: `close it by "${open.close}"`, triton });
  }

  #expected(symbol: string): string {
    return `Expected "${symbol}", found "${this.#tokens.word}".`;
  }

  #expectedName(): string {
    return `Expected identifier, got: ${this.#tokens.word}`;
  }

  /** Goes behind a value whose field is unknown or whose type is wrong, whatever stands in it. */
  #skipValue(): void {
    const tokens = this.#tokens;
    if (tokens.isSymbol(colon)) tokens.next();
    let depth = 0;
    for (;;) {
      if (tokens.kind === 'end') {
        if (depth > 0) throw new Broken();
        return;
      }
      const word = tokens.kind === 'symbol' ? tokens.word : '';
      if (word === '{' || word === '<' || word === '[') depth += 1;
      else if (word === '}' || word === '>' || word === ']') {
        if (depth === 0) return;
        depth -= 1;
      } else if (depth === 0 && (word === ';' || word === ',')) return;
      const wasString = tokens.kind === 'string';
      const wasMinus = word === '-';
      tokens.next();
      // Strings side by side are one value, and a minus belongs to what follows it.
      if (depth === 0 && !wasMinus && !(wasString && (tokens.kind as string) === 'string')) return;
    }
  }

  #fail(problem: Wrong & { readonly at: number }): never {
    this.#say(problem);
    throw new Broken();
  }

  #say(problem: Wrong & { readonly at: number }): void {
    this.#takeTokenProblems();
    // One cause, one finding: what the tokenizer minded there already is not minded again.
    if (this.#tokens.problems[this.#tokenProblems - 1]?.at === problem.at) return;
    if (this.#problems.length < this.#problemsMax) this.#problems.push({ severity: 'error', ...problem });
    else throw new Broken();
  }

  /** The tokenizer's complaints come in the order of the text, before what the parser makes of the same tokens. */
  #takeTokenProblems(): void {
    const all = this.#tokens.problems;
    for (; this.#tokenProblems < all.length; this.#tokenProblems += 1) {
      const one = all[this.#tokenProblems];
      if (!one) return;
      const { at, kind, says } = one;
      if (kind === 'encoding') this.#odd += 1;
      // A file that is no text at all would be minded letter by letter.
      if (kind === 'encoding' && this.#odd > oddMax) continue;
      const isMark = at === 0 && this.#tokens.text.startsWith('\ufeff');
      const ours = isMark ? 'the file starts with a byte order mark, which Triton refuses' : (plainWords[says] ?? says.replace(/\.$/, ''));
      const odd = this.#tokens.text.slice(at, at + 2).match(/^./su)?.[0] ?? '';
      const fix = isMark ? 'save it as UTF-8 without a byte order mark' : kind === 'encoding' ? oddFix(odd) : undefined;
      const edit = isMark ? { from: 0, to: 1, text: '' } : undefined;
      this.#problems.push({ code: tokenCodes[kind], severity: 'error', at, says: ours, fix, triton: says, edit });
    }
  }
}

type Wrong = Pick<TextProblem, 'code' | 'says' | 'fix' | 'triton' | 'edit'>;

const tokenCodes = { number: 'config/number-format', string: 'config/string-format', encoding: 'config/encoding' } as const;

const plainWords: Readonly<Record<string, string>> = {
  'String literals cannot cross line boundaries.': 'a string must end on the line it begins on',
  'Unexpected end of string.': 'the string is never closed',
};

const [comma, minus, dot, colon, semicolon, less, greater, openBracket, closeBracket, openBrace, closeBrace] = [
  44, 45, 46, 58, 59, 60, 62, 91, 93, 123, 125,
] as const;

function isDefault({ field, value }: FieldNode): boolean {
  if (typeof field.type === 'object') return field.type.kind === 'enum' && (value === field.type.symbols[0] || value === 0);
  return value === 0 || value === '' || value === false;
}
