import type { Entry } from '#core/journal/chain.ts';
import type { Journal } from '#core/ports/control.ts';
import { forked } from './sqlite.ts';

/** The journal as a list in memory. */
export function memoryJournal(): Journal & { readonly entries: ReadonlyMap<string, Entry> } {
  const entries = new Map<string, Entry>();
  return {
    entries,
    async append(more) {
      for (const entry of more) {
        const key = `${entry.writer} ${entry.seq}`;
        const there = entries.get(key);
        if (there && there.digest !== entry.digest) throw forked('memory', entry);
        if (!there) entries.set(key, entry);
      }
    },
    read: async ({ writer, after = 0, limit = 100_000 }) =>
      [...entries.values()]
        .filter((entry) => (writer === undefined || entry.writer === writer) && entry.seq > after)
        .sort((a, b) => a.writer.localeCompare(b.writer) || a.seq - b.seq)
        .slice(0, limit),
  };
}
