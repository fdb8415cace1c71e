import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { Fault, wordsOf } from '#core/base/fault.ts';
import type { ModelName } from '#core/base/names.ts';
import type { Entry } from '#core/journal/chain.ts';
import type { ModelState } from '#core/rollout/state.ts';
import { sqliteJournal } from '#adapters/journal/sqlite.ts';
import { openDatabase } from '#adapters/store/sqlite.ts';
import type { Home } from './home.ts';

/** What control has committed and everybody has written down, to be read while they go on writing. Nothing is there until they have begun. */
export class Records {
  readonly #home: Home;
  #states: DatabaseSync | undefined;
  #journal: ReturnType<typeof sqliteJournal> | undefined;

  constructor(home: Home) {
    this.#home = home;
  }

  models(): ModelName[] {
    return this.#rows('SELECT model FROM state ORDER BY model').map(({ model }) => String(model));
  }

  state(model: ModelName): ModelState | 'none' {
    const [row] = this.#rows('SELECT body FROM state WHERE model = ?', model);
    return row ? (JSON.parse(String(row['body'])) as ModelState) : 'none';
  }

  /** Entries of the journal, oldest first within each writer. */
  async entries(query: { writer?: string; after?: number } = {}): Promise<Entry[]> {
    if (!this.#journal && !existsSync(this.#home.journal)) return [];
    try {
      this.#journal ??= sqliteJournal(this.#home.journal, { isReadOnly: true });
      return await this.#journal.read(query);
    } catch (thrown) {
      if (isEmpty(thrown)) return [];
      throw unreadable(this.#home.journal, thrown);
    }
  }

  /** What one model's control chain holds, with the entries that are committed in its state and wait to be exported. */
  async chain(model: ModelName, after: number): Promise<Entry[]> {
    const state = this.state(model);
    const exported = await this.entries({ writer: writerOf(model), after });
    const last = exported.at(-1)?.seq ?? after;
    const pending = state === 'none' ? [] : state.journal.pending.filter(({ seq }) => seq > last);
    return [...exported, ...pending];
  }

  close(): void {
    this.#states?.close();
    this.#journal?.close();
  }

  #rows(query: string, ...values: string[]): Record<string, unknown>[] {
    if (!this.#states && !existsSync(this.#home.control)) return [];
    try {
      this.#states ??= openDatabase(this.#home.control, { isReadOnly: true });
      return this.#states.prepare(query).all(...values);
    } catch (thrown) {
      if (isEmpty(thrown)) return [];
      throw unreadable(this.#home.control, thrown);
    }
  }
}

export function writerOf(model: ModelName): string {
  return `control/${model}`;
}

/** The file is there, its writer has just not got to its first table yet. */
function isEmpty(thrown: unknown): boolean {
  return /no such table/.test(wordsOf(thrown));
}

function unreadable(file: string, cause: unknown): Fault {
  return cause instanceof Fault
    ? cause
    : new Fault('records/unreadable', `${file} cannot be read: ${wordsOf(cause)}`, { isRetryable: true, cause });
}
