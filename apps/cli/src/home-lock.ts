import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { Fault, wordsOf } from '#core/base/fault.ts';
import { type Home, makeHome, named } from './home.ts';

/**
 * Does something that only one process at a time may do in a home. The lock is SQLite's own on a file: the operating system lets go of
 * it when the process ends, however it ends, so there is never a stale one.
 */
export async function withLock<T>(
  home: Home,
  what: 'world' | 'desired',
  { patienceMs, waiting }: { patienceMs: number; waiting?: () => void },
  work: () => Promise<T>,
): Promise<T> {
  makeHome(home);
  const file = join(home.run, `${what}.lock`);
  const db = new DatabaseSync(file);
  try {
    const until = Date.now() + patienceMs;
    for (let isFirst = true; !taken(db); isFirst = false) {
      if (isFirst) waiting?.();
      if (Date.now() > until) {
        throw new Fault(
          'home/locked',
          `another conch has been busy with ${named(file)} for ${Math.round(patienceMs / 1000)} s; try again when it is done`,
          {
            isRetryable: true,
          },
        );
      }
      await wait(100);
    }
    return await work();
  } finally {
    db.close();
  }
}

function taken(db: DatabaseSync): boolean {
  try {
    db.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (thrown) {
    if (/locked|busy/i.test(wordsOf(thrown))) return false;
    throw thrown;
  }
}
