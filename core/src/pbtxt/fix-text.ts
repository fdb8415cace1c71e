import { Lines } from './lines.ts';
import type { Edit, TextProblem } from './nodes.ts';
import { parseText } from './parse-text.ts';
import { toConfig } from './to-config.ts';

export type TextChange = { readonly line: number; readonly says: string };

/**
 * Mends what can only be meant in one way: separators, colons, quotes around numbers and symbols, forgotten prefixes, comments of another
 * language, values that say nothing and are given again. What Triton reads already keeps its meaning to the letter; comments stay where
 * they are. Done twice, it changes nothing more.
 */
export function fixText(text: string): { text: string; changes: TextChange[] } {
  const changes: TextChange[] = [];
  let mended = text;
  for (let pass = 0; pass < passesMax; pass += 1) {
    const { problems } = parseText(mended, undefined, problemsMax);
    const chosen = apart(problems.filter((problem): problem is Mendable => problem.edit !== undefined));
    if (chosen.length === 0) break;
    const next = apply(
      mended,
      chosen.map(({ edit }) => edit),
    );
    if (!meansTheSame(mended, next)) break;
    const lines = new Lines(mended);
    changes.push(...chosen.map(({ edit, at, says }) => ({ line: lines.at(at).line, says: `${says}: ${shown(mended, edit)}` })));
    mended = next;
  }
  return { text: mended, changes: changes.sort((one, other) => one.line - other.line) };
}

/** More than a person is told of, since each pass reads the whole text again. */
const problemsMax = 10_000;

/** Each pass goes a little further into the file: where the grammar was broken, the parser stopped. */
const passesMax = 1000;

type Mendable = TextProblem & { readonly edit: Edit };

/** Edits that do not touch each other, in the order of the text. */
function apart(problems: readonly Mendable[]): Mendable[] {
  let end = -1;
  return [...problems]
    .sort((one, other) => one.edit.from - other.edit.from)
    .filter(({ edit }) => {
      if (edit.from < end) return false;
      end = Math.max(edit.to, edit.from + 1);
      return true;
    });
}

/** Puts every edit into a text. */
export function apply(text: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const { from, to, text: instead } of edits) {
    result += text.slice(at, from) + instead;
    at = to;
  }
  return result + text.slice(at);
}

/** What could not be read has no meaning yet; what could be read keeps its own. */
function meansTheSame(before: string, after: string): boolean {
  const [one, other] = [parseText(before), parseText(after)];
  if (one.problems.some(({ severity }) => severity === 'error')) return true;
  return JSON.stringify(toConfig(one.root)) === JSON.stringify(toConfig(other.root));
}

function shown(text: string, { from, to, text: instead }: Edit): string {
  const old = text.slice(from, to);
  if (old === '') return `wrote ${instead}`;
  return instead === '' ? `took out ${old === '\ufeff' ? 'the mark' : old}` : `wrote ${instead} for ${old}`;
}
