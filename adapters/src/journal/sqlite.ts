import { Fault, wordsOf } from '#core/base/fault.ts';
import type { Entry } from '#core/journal/chain.ts';
import type { Journal } from '#core/ports/control.ts';
import { openDatabase } from '../store/sqlite.ts';

/** The journal in one SQLite file that all writers of a home share; (writer, seq) is its key. */
export function sqliteJournal(file: string, options: { isReadOnly?: boolean } = {}): Journal & { close(): void } {
  const db = openDatabase(file, options);
  if (!options.isReadOnly) {
    db.exec(
      'CREATE TABLE IF NOT EXISTS entry (writer TEXT, seq INTEGER, digest TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (writer, seq)) STRICT',
    );
  }
  const insert = options.isReadOnly ? undefined : db.prepare('INSERT OR IGNORE INTO entry (writer, seq, digest, body) VALUES (?, ?, ?, ?)');
  const find = db.prepare('SELECT digest FROM entry WHERE writer = ? AND seq = ?');
  const one = db.prepare('SELECT body FROM entry WHERE writer = ? AND seq > ? ORDER BY seq LIMIT ?');
  const all = db.prepare('SELECT body FROM entry WHERE seq > ? ORDER BY writer, seq LIMIT ?');

  return {
    async append(entries) {
      for (const entry of entries) {
        try {
          if (Number(insert?.run(entry.writer, entry.seq, entry.digest, JSON.stringify(entry)).changes) === 1) continue;
        } catch (cause) {
          throw new Fault('journal/failed', `${file}: appending failed: ${wordsOf(cause)}`, { isRetryable: true, cause });
        }
        const there = find.get(entry.writer, entry.seq);
        if (there?.['digest'] !== entry.digest) throw forked(file, entry);
      }
    },
    async read({ writer, after = 0, limit = 100_000 }) {
      const rows = writer === undefined ? all.all(after, limit) : one.all(writer, after, limit);
      return rows.map(({ body }) => JSON.parse(String(body)) as Entry);
    },
    close: () => db.close(),
  };
}

export function forked(where: string, { writer, seq }: Entry): Fault {
  return new Fault(
    'journal/forked',
    `${where}: another entry stands at ${writer} ${seq} already; two histories of one writer cannot both be kept`,
    {
      isRetryable: false,
    },
  );
}
