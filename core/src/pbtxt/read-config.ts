import { type DescMessage, toJson } from '@bufbuild/protobuf';
import { fromText } from '@bufbuild/protobuf/txtpb';
import { wordsOf } from '../base/fault.ts';
import type { Finding, Place } from '../base/finding.ts';
import { nearest } from '../base/nearest.ts';
import type { ModelConfigJson } from './model-config.ts';
import { modelConfigSchema } from './model-config-schema.ts';
import { plainConfig } from './plain-config.ts';

/**
 * Reads config.pbtxt. The parser stops at its first error and tells no position, so `placeOf` finds it: the shortest beginning of the
 * text that fails in the same words. A parser of our own, with positions and several findings at once, is to replace this one.
 */
export function readConfig(text: string, file: string): { config: ModelConfigJson } | { findings: Finding[] } {
  if (text.startsWith('\ufeff')) return { findings: [byteOrderMark(file)] };
  const failure = failureOf(text);
  if ('words' in failure) return { findings: [toFinding(failure.words, text, file)] };
  return { config: plainConfig(failure.json) };
}

/** Protobuf in C++, which Triton reads with, refuses it; our parser would not. */
const byteOrderMark = (file: string): Finding => ({
  code: 'pbtxt/encoding',
  severity: 'error',
  place: { file, line: 1, column: 1 },
  says: 'the file starts with a byte order mark, which Triton refuses',
  fix: 'save it as UTF-8 without a byte order mark',
});

function failureOf(text: string): { words: string } | { json: unknown } {
  try {
    return { json: toJson(modelConfigSchema, fromText(modelConfigSchema, text), { useProtoFieldName: true }) };
  } catch (thrown) {
    return { words: wordsOf(thrown) };
  }
}

function toFinding(words: string, text: string, file: string): Finding {
  const code = codes.find(([pattern]) => pattern.test(words))?.[1] ?? 'pbtxt/syntax';
  const fix = fixOf(words);
  return { code, severity: 'error', place: placeOf(words, text, file), says: readable(words), ...(fix ? { fix } : {}) };
}

const codes: readonly (readonly [RegExp, Finding['code']])[] = [
  [/^unknown field/, 'pbtxt/unknown-field'],
  [/^unknown enum value|^expected an enum value|^invalid enum value/, 'pbtxt/unknown-enum'],
  [/^expected ":"/, 'pbtxt/missing-colon'],
  [/is already set|is repeated/, 'pbtxt/duplicate-field'],
  [/^expected a bool/, 'pbtxt/bool-format'],
  [/out of range|negative value|invalid u?int/, 'pbtxt/int-range'],
  [/^invalid number|^invalid exponent|^invalid hexadecimal|octal and hexadecimal/, 'pbtxt/number-format'],
  [/^expected a string, |^expected an integer|^expected a float|^expected "\{"|invalid float/, 'pbtxt/type-mismatch'],
  [/string|escape|UTF-8/, 'pbtxt/string-format'],
  [/^unexpected end of input/, 'pbtxt/unbalanced'],
  [/^expected a field name, got "[,;]"/, 'pbtxt/separator'],
  [/extension|field by number/, 'pbtxt/extension'],
];

/** The parser names messages with their package; people know them without. */
const readable = (words: string): string =>
  words
    .replace(/^unknown field ("[^"]*") for message inference\.(\S+)$/, '$1 is not a field of $2')
    .replace(/^unknown enum value ("[^"]*") for enum inference\.(\S+)$/, '$1 is not a value of $2')
    .replace('invalid U+000A in string', 'a string must end on the line it begins on')
    .replace(/^oneof "(\w+)" is already set$/, 'only one choice of "$1" can be made, and this is a second one')
    .replace(/^non-repeated field ("[^"]*") is repeated$/, '$1 is given twice, and it takes one value')
    .replace(/^cannot decode field inference\.(\S+) from text format: /, '$1: ')
    .replaceAll('inference.', '');

function fixOf(words: string): string | undefined {
  const field = /^unknown field "([^"]*)" for message (\S+)$/.exec(words);
  if (field) return didYouMean(field[1] ?? '', messageNamed(field[2] ?? '')?.fields.map((known) => known.name) ?? []);
  const value = /^unknown enum value "([^"]*)" for enum (\S+)$/.exec(words);
  if (value) return didYouMean(value[1] ?? '', enumValuesOf(value[2] ?? ''));
  if (words.startsWith('unexpected end of input')) return 'close it';
  return undefined;
}

function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  // TYPE_, KIND_ and the like are often forgotten, and they would outweigh the rest of the word.
  const near = candidates.find((candidate) => candidate.endsWith(`_${word.toUpperCase()}`)) ?? nearest(word, candidates);
  return near ? `did you mean "${near}"?` : `one of: ${candidates.join(', ')}`;
}

function messageNamed(name: string): DescMessage | undefined {
  return everyMessage().find((message) => message.typeName === name);
}

function enumValuesOf(name: string): string[] {
  const fields = everyMessage().flatMap((message) => message.fields);
  return fields.find((field) => field.enum?.typeName === name)?.enum?.values.map((value) => value.name) ?? [];
}

const everyMessage = (): DescMessage[] => modelConfigSchema.file.messages.flatMap(withNested);

const withNested = (message: DescMessage): DescMessage[] => [message, ...message.nestedMessages.flatMap(withNested)];

function placeOf(words: string, text: string, file: string): Place {
  const tokens = tokensOf(text);
  const token = words.startsWith('unexpected end of input') ? lastOpened(tokens) : firstThatFails(tokens, words, text);
  if (token === undefined) return { file };
  const before = text.slice(0, token.from).split('\n');
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

type Token = { readonly text: string; readonly from: number };

function tokensOf(text: string): Token[] {
  const pattern = /#.*|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?|[A-Za-z_]\w*|[.\d][\w.]*|\S/g;
  return [...text.matchAll(pattern)].filter(([word]) => !word.startsWith('#')).map((match) => ({ text: match[0], from: match.index }));
}

/** Once the failing token is in, what follows changes nothing: a binary search over beginnings finds it. */
function firstThatFails(tokens: readonly Token[], words: string, text: string): Token | undefined {
  const failsSo = (index: number): boolean => {
    const failure = failureOf(text.slice(0, tokens[index + 1]?.from));
    return 'words' in failure && failure.words === words;
  };
  let [low, high] = [0, tokens.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (failsSo(middle)) high = middle;
    else low = middle + 1;
  }
  return tokens[low];
}

function lastOpened(tokens: readonly Token[]): Token | undefined {
  const open: Token[] = [];
  for (const token of tokens) {
    if (/^[{[<]$/.test(token.text)) open.push(token);
    else if (/^[}\]>]$/.test(token.text)) open.pop();
  }
  return open.at(-1) ?? tokens.at(-1);
}
