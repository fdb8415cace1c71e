import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { everyExplanation } from '#core/check/explanations.ts';
import { contractSchema } from '#core/contract/read-contract.ts';
import { codesPage } from './codes-page.ts';

/** A file that is made of the code, and kept so that people can read it without running anything. */
export type Page = { readonly path: string; readonly text: string };

/** Every rendered file, as it should be. */
export function pages(): readonly Page[] {
  return [
    { path: 'docs/guide/codes.md', text: codesPage(everyExplanation) },
    { path: 'docs/schema/contract.schema.json', text: `${JSON.stringify(contractSchema(), null, 2)}\n` },
  ];
}

/** Those that are not what they should be, or not there. */
export function stalePages(root: string): Page[] {
  return pages().filter(({ path, text }) => textAt(join(root, path)) !== text);
}

function textAt(path: string): string | 'absent' {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'absent';
    throw error;
  }
}
