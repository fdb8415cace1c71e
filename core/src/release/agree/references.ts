import { shown } from '../../base/read-as.ts';
import { contractPath } from '../layout.ts';
import type { Rule } from './rule.ts';

/** A release points at nothing that can change under it. */
export const references: Rule = function* ({ contract, config }, pen) {
  for (const text of mutableReferences(contract.runtime)) {
    yield pen.error('release/mutable-reference', pen.at(contractPath, text), `${shown(text)} can change under us`, 'pin it by digest');
  }
  for (const text of mutableReferences(config)) {
    const fix = 'put the file into the release, or pin it by digest';
    yield pen.error('release/mutable-reference', pen.config(text), `${shown(text)} can change under us`, fix);
  }
};

/** Texts anywhere in a value that point at something which may be another thing tomorrow: a tag, a bucket, `latest`. */
function mutableReferences(value: unknown): string[] {
  if (typeof value === 'string') return isMutable(value) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(mutableReferences);
}

function isMutable(text: string): boolean {
  if (/@sha256:[0-9a-f]{64}$/.test(text)) return false;
  const isLatest = /(^|[:@/_-])latest$/i.test(text);
  const isRemote = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const isTagged = /^[\w.-]+(:\d+)?(\/[\w.-]+)+:[\w][\w.-]*$/.test(text);
  return isLatest || isRemote || isTagged;
}
