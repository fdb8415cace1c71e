import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault, wordsOf } from '#core/base/fault.ts';
import type { Store } from '#core/ports/control.ts';
import type { ModelState } from '#core/rollout/state.ts';

/** Rollout state in one SQLite file: a row per model, committed by compare-and-swap on its revision, synced to disk before it returns. */
export function sqliteStore(file: string): Store & { close(): void } {
  const db = openDatabase(file);
  db.exec('CREATE TABLE IF NOT EXISTS state (model TEXT PRIMARY KEY, revision INTEGER NOT NULL, body TEXT NOT NULL) STRICT');
  const list = db.prepare('SELECT model FROM state ORDER BY model');
  const read = db.prepare('SELECT revision, body FROM state WHERE model = ?');
  const insert = db.prepare('INSERT OR IGNORE INTO state (model, revision, body) VALUES (?, 1, ?)');
  const update = db.prepare('UPDATE state SET revision = revision + 1, body = ? WHERE model = ? AND revision = ?');
  const attempt = <T>(what: string, work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      throw new Fault('store/failed', `${file}: ${what} failed: ${wordsOf(cause)}`, { isRetryable: true, cause });
    }
  };

  return {
    models: async () => attempt('listing models', () => list.all().map(({ model }) => String(model))),
    load: async (model) =>
      attempt(`reading ${model}`, () => {
        const row = read.get(model);
        return row ? { state: JSON.parse(String(row['body'])) as ModelState, revision: Number(row['revision']) } : 'none';
      }),
    commit: async (state, revision) =>
      attempt(`committing ${state.model}`, () => {
        const body = JSON.stringify(state);
        const { changes } = revision === 0 ? insert.run(state.model, body) : update.run(body, state.model, revision);
        return Number(changes) === 1 ? { revision: revision + 1 } : 'conflict';
      }),
    close: () => db.close(),
  };
}

/** WAL and full sync: a commit survives `kill -9` and a power cut. Another process may hold the file for up to two seconds. */
export function openDatabase(file: string, options: { isReadOnly?: boolean } = {}): DatabaseSync {
  try {
    if (!options.isReadOnly) mkdirSync(dirname(file), { recursive: true });
    const db = new DatabaseSync(file, { readOnly: options.isReadOnly ?? false });
    db.exec('PRAGMA busy_timeout = 2000');
    if (!options.isReadOnly) db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    return db;
  } catch (cause) {
    throw new Fault(
      'store/unreadable',
      `${file} cannot be opened: ${wordsOf(cause)}. Move it away to start anew; it holds decisions and journal.`,
      {
        isRetryable: false,
        cause,
      },
    );
  }
}
