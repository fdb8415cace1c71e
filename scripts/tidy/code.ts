import { posix } from 'node:path';
import type { Source } from './rule.ts';

/** One import or re-export: what it names, on which line, and whether it brings types alone. */
export type Import = Readonly<{ specifier: string; line: number; isTypeOnly: boolean }>;

/**
 * The text with the inside of comments, strings and regular expressions turned to spaces, so that rules see code alone.
 * Every character keeps its place, and expressions inside templates stay.
 */
export function codeOnly(text: string): string {
  const seen: string[] = [];
  const open: number[] = []; // for each template expression that we are in: how many braces are open in it
  let at = 0;
  const keep = (count: number) => {
    seen.push(text.slice(at, at + count));
    at += count;
  };
  const blank = (to: number) => {
    seen.push(text.slice(at, to).replace(/[^\n]/g, ' '));
    at = to;
  };
  const template = () => {
    blank(endOf(/`|\$\{/g, text, at));
    if (text.startsWith('${', at)) open.push(0);
    keep(text[at] === '`' ? 1 : 2);
  };
  while (at < text.length) {
    const two = text.slice(at, at + 2);
    const one = two[0] ?? '';
    if (two === '//') blank(afterNext('\n', text, at) - 1);
    else if (two === '/*') blank(afterNext('*/', text, at + 2));
    else if (one === "'" || one === '"') {
      keep(1);
      blank(endOf(one === "'" ? /'|\n/g : /"|\n/g, text, at));
      keep(1);
    } else if (one === '`') {
      keep(1);
      template();
    } else if (one === '/' && beginsPattern(seen)) {
      keep(1);
      blank(endOfPattern(text, at));
      keep(1);
    } else if (one === '{' && open.length > 0) {
      open.push((open.pop() ?? 0) + 1);
      keep(1);
    } else if (one === '}' && open.length > 0) {
      const depth = open.pop() ?? 0;
      keep(1);
      if (depth === 0) template();
      else open.push(depth - 1);
    } else keep(1);
  }
  return seen.join('');
}

/** Every import, re-export and import() of the file. */
export function importsIn({ text }: Source): Import[] {
  const code = codeOnly(text);
  const found: Import[] = [];
  const statement =
    /\b(?:import|export)\s+(?<isType>type\s+(?!from\b))?(?:[\w$*{][^'"`;()=]*?\bfrom\s*)?(?<quote>['"])|\bimport\s*\(\s*(?<call>['"])/g;
  for (const match of code.matchAll(statement)) {
    const from = match.index + match[0].length;
    const specifier = text.slice(from, endOf(/['"\n]/g, text, from));
    found.push({ specifier, line: lineAt(code, from), isTypeOnly: match.groups?.['isType'] !== undefined });
  }
  return found;
}

/** The line of a position, counted from one. */
export function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}

const aliases: readonly (readonly [string, string])[] = [
  ['#core/', 'core/src/'],
  ['#adapters/', 'adapters/src/'],
  ['#apps/', 'apps/'],
  ['#sim/', 'sim/src/'],
];

/** The file of ours that an import means, as a path from the root; nothing when it is a package or part of Node. */
export function fileMeant(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier);
  const alias = aliases.find(([short]) => specifier.startsWith(short));
  return alias === undefined ? undefined : alias[1] + specifier.slice(alias[0].length);
}

/** The package that an import means: `@noble/hashes` for `@noble/hashes/sha2.js`. */
export function packageMeant(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** The position after the next of these; the end of the text, and as much past it, when there is none. */
function afterNext(end: string, text: string, from: number): number {
  const at = text.indexOf(end, from);
  return (at < 0 ? text.length : at) + end.length;
}

/** Where the next match begins, past escaped characters; the end of the text when there is none. */
function endOf(pattern: RegExp, text: string, from: number): number {
  const next = new RegExp(`\\\\[^]|${pattern.source}`, 'g');
  next.lastIndex = from;
  for (let match = next.exec(text); match !== null; match = next.exec(text)) {
    if (!match[0].startsWith('\\')) return match.index;
  }
  return text.length;
}

function endOfPattern(text: string, from: number): number {
  let inClass = false;
  for (let at = from; at < text.length; at += 1) {
    const one = text[at];
    if (one === '\\') at += 1;
    else if (one === '[') inClass = true;
    else if (one === ']') inClass = false;
    else if (one === '\n' || (one === '/' && !inClass)) return at;
  }
  return text.length;
}

/** A slash begins a regular expression where a value may begin, and divides after a value. */
function beginsPattern(seen: readonly string[]): boolean {
  const before = seen.slice(-200).join('').trimEnd();
  const word = /[\w$]+$/.exec(before)?.[0];
  if (word !== undefined) return ['return', 'typeof', 'case', 'in', 'of', 'do', 'else', 'void', 'delete', 'yield', 'await'].includes(word);
  return !/[)\]}'"`]$/.test(before) || before === '';
}
