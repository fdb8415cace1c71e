import { type Asking, bytesOf, isUnseen } from '../base/asking.ts';
import { type Problem, tooMuch, unseen } from './problem.ts';
import { type PythonBreak, type PythonToken, tokensOf } from './python-tokens.ts';

/** What the text of a model.py shows without running it. `unknown` wherever running it could make the difference. */
export type PythonFacts = {
  /** What keeps every Python from reading it. */
  readonly broken: PythonBreak | undefined;
  /** Whether it defines TritonPythonModel, without which the model does not load. */
  readonly modelClass: Presence;
  /** Whether the class has the method that every request needs; without it the model loads, and each request fails. */
  readonly execute: Presence;
  readonly autoCompleteConfig: Presence;
  /** Inputs that it takes out of requests, and outputs that it makes, where their names are written out. */
  readonly inputs: readonly PythonName[];
  readonly outputs: readonly PythonName[];
  /** Whether every name in those calls is written out, so that the lists are whole. */
  readonly isEveryInputNamed: boolean;
  readonly isEveryOutputNamed: boolean;
  /** It sends requests to other models, so that its tensors need not be its own. */
  readonly callsModels: boolean;
};

export type Presence = 'there' | 'absent' | 'unknown';
export type PythonName = { readonly name: string; readonly line: number };

const bytesMax = 1024 * 1024;

export function* readPythonModel(file: string, size: number): Asking<PythonFacts | Problem> {
  if (size > bytesMax) return tooMuch(`it has more than ${bytesMax} bytes`);
  const bytes = size === 0 ? new Uint8Array(0) : yield* bytesOf(file, 0, size);
  if (isUnseen(bytes)) return unseen(`its bytes could not be read: ${bytes.unseen}`);
  return pythonFacts(new TextDecoder().decode(bytes), bytes.includes(0));
}

export function pythonFacts(text: string, hasZeros = false): PythonFacts | Problem {
  const read = tokensOf(text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n'));
  if (read === 'too many') return tooMuch('it is longer than is read here');
  const { tokens, broken } = read;
  const classes = definitionsOf(tokens);
  const inputs = callsOf(tokens, ['get_input_tensor_by_name'], 1);
  const outputs = callsOf(tokens, ['Tensor', 'from_dlpack'], 0);
  return {
    // What stands before a declaration of another encoding cannot be told from here.
    broken: hasZeros ? { line: 1, says: 'it holds a byte of zero' } : saysEncoding(text) ? undefined : broken,
    modelClass: classPresence(tokens, classes),
    execute: methodPresence('execute', tokens, classes),
    autoCompleteConfig: methodPresence('auto_complete_config', tokens, classes),
    inputs: inputs.names,
    outputs: outputs.names,
    isEveryInputNamed: inputs.isEveryNamed,
    isEveryOutputNamed: outputs.isEveryNamed,
    callsModels: tokens.some(({ is, text: word }) => is === 'name' && word === 'InferenceRequest'),
  };
}

/** Python looks for it in the first two lines. */
function saysEncoding(text: string): boolean {
  return text
    .slice(0, 400)
    .split('\n', 2)
    .some((line) => /coding[:=]/.test(line));
}

const modelName = 'TritonPythonModel';
/** With any of these, names may come into being that stand nowhere in the text. */
const makers = new Set([
  'exec',
  'eval',
  'globals',
  'locals',
  'vars',
  'setattr',
  '__dict__',
  '__getattr__',
  'modules',
  'compile',
  'run_path',
]);

type Definition = { readonly at: number; readonly end: number; readonly isPlain: boolean };

/** Where the class is defined at the outermost level, and where each definition ends; of more than two we need to know no more. */
function definitionsOf(tokens: readonly PythonToken[]): Definition[] {
  const found: Definition[] = [];
  for (let at = 0; at + 1 < tokens.length && found.length < 2; at += 1) {
    if (!isName(tokens[at], 'class') || !isName(tokens[at + 1], modelName) || tokens[at]?.indent !== 0 || tokens[at]?.depth !== 0) continue;
    const line = tokens[at]?.line ?? 0;
    const after = tokens.findIndex(
      (token, place) => place > at && token.line > line && token.indent === 0 && token.depth === 0 && isFirst(tokens, place),
    );
    // A class with bases, or under a decorator, may have what its body does not show.
    const isPlain = (tokens[at + 2]?.text === ':' || isEmptyBases(tokens, at + 2)) && !isDecorated(tokens, at);
    found.push({ at, end: after < 0 ? tokens.length : after, isPlain });
  }
  return found;
}

function isEmptyBases(tokens: readonly PythonToken[], at: number): boolean {
  const written = [0, 1, 2].map((step) => tokens[at + step]?.text ?? '').join(' ');
  return written.startsWith('( )') || written === '( object )';
}

function isFirst(tokens: readonly PythonToken[], at: number): boolean {
  return at === 0 || tokens[at - 1]?.is === 'line end';
}

/** The line before, if it has ended, begins with the sign of a decorator. */
function isDecorated(tokens: readonly PythonToken[], at: number): boolean {
  let start = at - 2;
  while (start > 0 && tokens[start - 1]?.is !== 'line end') start -= 1;
  return at >= 2 && tokens[start]?.text === '@';
}

function classPresence(tokens: readonly PythonToken[], classes: readonly Definition[]): Presence {
  if (classes.length > 0) return 'there';
  return mayMake(tokens) || tokens.some((token) => isName(token, modelName)) ? 'unknown' : 'absent';
}

function methodPresence(method: string, tokens: readonly PythonToken[], classes: readonly Definition[]): Presence {
  const [only] = classes;
  if (only === undefined || classes.length > 1) return 'unknown';
  const within = tokens.slice(only.at, only.end);
  if (within.some((token, at) => isName(token, method) && isName(within[at - 1], 'def') && token.indent === firstIndent(within)))
    return 'there';
  // A call such as `cursor.execute(...)` gives the class nothing; any other mention may.
  const isMentioned = tokens.some((token, at) => isName(token, method) && !(tokens[at - 1]?.text === '.' && tokens[at + 1]?.text === '('));
  return isMentioned || mayMake(tokens) || !only.isPlain ? 'unknown' : 'absent';
}

function firstIndent(within: readonly PythonToken[]): number {
  return within.find(({ indent, is }) => indent > 0 && is !== 'line end')?.indent ?? 0;
}

function mayMake(tokens: readonly PythonToken[]): boolean {
  return tokens.some(
    (token, at) => token.is === 'name' && (makers.has(token.text) || (token.text === 'import' && tokens[at + 1]?.text === '*')),
  );
}

/** The literal at a place among the arguments of each call of these functions, by place or by the keyword `name`. */
function callsOf(
  tokens: readonly PythonToken[],
  functions: readonly string[],
  place: number,
): { readonly names: readonly PythonName[]; readonly isEveryNamed: boolean } {
  const names: PythonName[] = [];
  let isEveryNamed = true;
  for (const [at, token] of tokens.entries()) {
    if (token.is !== 'name' || !functions.includes(token.text)) continue;
    if (tokens[at + 1]?.text !== '(' || tokens[at + 1]?.is !== 'other') {
      // The function under another name calls what is not seen here; that of a module or a type hint calls nothing.
      if (token.text === 'get_input_tensor_by_name') isEveryNamed = false;
      continue;
    }
    const before = tokens[at - 1];
    if (isName(before, 'def') || isName(before, 'class') || (token.text !== 'get_input_tensor_by_name' && !isTriton(tokens, at))) continue;
    const literal = argumentAt(tokens, at + 2, tokens[at + 1]?.depth ?? 0, place);
    if (literal === undefined) isEveryNamed = false;
    else names.push({ name: literal.text, line: literal.line });
  }
  return { names, isEveryNamed };
}

/** `pb_utils.Tensor`, or its maker `pb_utils.Tensor.from_dlpack`: of all that bear these names, those of Triton's module alone. */
function isTriton(tokens: readonly PythonToken[], at: number): boolean {
  const owner = tokens[at - 1]?.text === '.' ? tokens[at - 2]?.text : undefined;
  return owner === 'pb_utils' || owner === 'triton_python_backend_utils' || (tokens[at]?.text === 'from_dlpack' && owner === 'Tensor');
}

/** Calls hold calls, so that without an end to looking many open ones would take the square of their number. */
const argumentTokensMax = 200;

function argumentAt(tokens: readonly PythonToken[], from: number, depth: number, place: number): PythonToken | undefined {
  let index = 0;
  let start = from;
  for (let at = from; at < tokens.length && at < from + argumentTokensMax; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    const ends =
      token.is === 'other' && ((token.text === ',' && token.depth === depth) || (token.text === ')' && token.depth === depth - 1));
    if (!ends) continue;
    const given = tokens.slice(start, at);
    const literal = given.at(-1);
    const isKeyword = given.length === 3 && isName(given[0], 'name') && given[1]?.text === '=';
    if ((isKeyword || (given.length === 1 && index === place)) && literal?.is === 'string' && literal.isPlain) return literal;
    if (token.text === ')') return undefined;
    index += 1;
    start = at + 1;
  }
  return undefined;
}

function isName(token: PythonToken | undefined, name: string): boolean {
  return token?.is === 'name' && token.text === name;
}
