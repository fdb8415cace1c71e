import type { Digest } from '#core/base/digest.ts';
import { type Entry, faultsOf } from '#core/journal/chain.ts';
import type { ModelState } from '#core/rollout/state.ts';
import { type Records, writerOf } from './records.ts';

/** What a look at every chain of the journal found: whole chains, or faults in words. */
export type VerifiedJournal = {
  readonly writers: readonly { readonly writer: string; readonly entries: number; readonly head: Digest }[];
  readonly faults: readonly string[];
};

/** Recomputes every digest and every link, and compares each model's chain with the head that its committed state names. */
export async function verifyJournal(records: Records): Promise<VerifiedJournal> {
  // States first: the journal is never behind what was committed before it was read, but for entries that wait in the state.
  const states = records.models().map((model) => records.state(model));
  return verifyChains(
    await records.entries(),
    states.filter((state) => state !== 'none'),
  );
}

export function verifyChains(entries: readonly Entry[], states: readonly ModelState[]): VerifiedJournal {
  const chains = Map.groupBy(entries, ({ writer }) => writer);
  const faults = [...chains.values()].flatMap((chain) => {
    const first = chain[0];
    const missing = first && first.seq > 1 ? [`${first.writer}: entries 1 to ${first.seq - 1} are missing`] : [];
    return [...missing, ...faultsOf(chain)];
  });
  const behind = states.flatMap(({ model, journal: { seq, head, pending } }) => {
    const chain = chains.get(writerOf(model)) ?? [];
    const exported = seq - pending.length;
    const last = chain.at(-1)?.seq ?? 0;
    if (last < exported) return [`${writerOf(model)}: entries ${last + 1} to ${exported} were committed and are missing`];
    const named = chain.find((entry) => entry.seq === seq);
    return named && named.digest !== head ? [`${writerOf(model)} ${seq}: the committed state names another entry`] : [];
  });
  const writers = [...chains].map(([writer, chain]) => ({
    writer,
    entries: chain.length,
    head: chain.at(-1)?.digest ?? ('sha256:' as const),
  }));
  return { writers, faults: [...faults, ...behind] };
}

/** One line for people. */
export function formatVerified({ writers, faults }: VerifiedJournal): string {
  if (faults.length > 0) return `the journal is NOT whole: ${faults.join('; ')}`;
  const entries = writers.reduce((sum, writer) => sum + writer.entries, 0);
  return `${entries} entries of ${writers.length} writers: every digest and every link is right`;
}
