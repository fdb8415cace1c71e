import type { TextProblem } from './nodes.ts';
import { configSchema, messagesBelow } from './schema.ts';

/** A value that a template should have filled in. */
export function placeholder(value: string): Pick<TextProblem, 'code' | 'says' | 'fix'> | undefined {
  const found = /\$\{[^}]*\}|\{\{[^}]*\}\}|<%.*?%>/.exec(value)?.[0];
  if (!found) return undefined;
  return {
    code: 'config/template-placeholder',
    says: `${found} was left from a template, and Triton takes it as it is`,
    fix: 'fill it in',
  };
}

let owners: ReadonlyMap<string, readonly string[]> | undefined;

/** The messages that have a field of this name. */
export function ownersOf(name: string): readonly string[] {
  owners ??= fieldOwners();
  return owners.get(name) ?? [];
}

function fieldOwners(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { name, fields } of messagesBelow(configSchema).values()) {
    if (name.endsWith('Entry')) continue;
    for (const field of fields.keys()) found.set(field, [...(found.get(field) ?? []), name]);
  }
  return found;
}

/** What to do about a character that text outside of strings and comments must not have. */
export function oddFix(character: string): string {
  const plain = looksLike[character];
  if (plain) return `it is "${character}", which only looks like ${plain}: type ${plain}`;
  if (character === '\ufffd' || character === '\0') return 'the file is no UTF-8 text: save it as UTF-8';
  return 'outside of strings and comments there is room for ASCII alone: take it out';
}

const looksLike: Readonly<Record<string, string | undefined>> = {
  '，': ',',
  '：': ':',
  '；': ';',
  '“': '"',
  '”': '"',
  '„': '"',
  '‘': "'",
  '’': "'",
  '（': '(',
  '）': ')',
  '｛': '{',
  '｝': '}',
  '［': '[',
  '］': ']',
  '－': '-',
  '–': '-',
  '—': '-',
  '\u00a0': 'a space',
  '\u3000': 'a space',
};
