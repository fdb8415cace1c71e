import { type Digest, digestOfValue } from '../base/digest.ts';
import type { Ms } from '../base/time.ts';

/** What a writer wants on record: `evidence` holds what a stranger needs to come to the same conclusion. */
export type Note = {
  readonly at: Ms;
  readonly kind: string;
  readonly code: `${string}/${string}`;
  readonly says: string;
  readonly actor: string;
  readonly evidence: readonly unknown[];
};

/** One link of a writer's chain. `digest` covers everything else in it, `prev` included. */
export type Entry = Note & {
  readonly writer: string;
  readonly seq: number;
  readonly prev: Digest | 'none';
  readonly digest: Digest;
};

export type Head = { readonly seq: number; readonly head: Digest | 'none' };

/** The next link after `head`. */
export function link(writer: string, { seq, head }: Head, record: Note): Entry {
  const body = { ...record, writer, seq: seq + 1, prev: head };
  return { ...body, digest: digestOfValue(body) };
}

/** What is wrong with one writer's entries, in order of seq: a gap, a changed entry, a broken link. Empty when nothing is. */
export function faultsOf(entries: readonly Entry[]): string[] {
  const faults: string[] = [];
  for (const [index, entry] of entries.entries()) {
    const { digest, ...body } = entry;
    const before = entries[index - 1];
    if (digestOfValue(body) !== digest) faults.push(`${entry.writer} ${entry.seq}: its content does not match its digest`);
    if (before && entry.seq !== before.seq + 1) faults.push(`${entry.writer}: entries ${before.seq + 1} to ${entry.seq - 1} are missing`);
    else if (before && entry.prev !== before.digest) faults.push(`${entry.writer} ${entry.seq}: does not follow from ${before.seq}`);
    else if (!before && entry.seq === 1 && entry.prev !== 'none') faults.push(`${entry.writer} 1: the first entry names one before it`);
  }
  return faults;
}
