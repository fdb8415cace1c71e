import { type Backoff, backoffMs } from '#core/base/backoff.ts';
import { Fault, wordsOf } from '#core/base/fault.ts';
import { type Entry, type Head, link, type Note } from '#core/journal/chain.ts';
import type { AgentWorld } from '#core/ports/agent.ts';

/** The agent's own chain in the journal. Notes are linked when they are written, in order, so that a failed append loses none. */
export class Record {
  readonly #world: AgentWorld;
  readonly #retry: Backoff;
  readonly #ended: AbortSignal;
  readonly #writer: string;
  #head: Head | 'unread' = 'unread';
  #waiting: Note[] = [];
  #writing: Promise<void> | 'none' = 'none';

  constructor(world: AgentWorld, retry: Backoff, ended: AbortSignal) {
    this.#world = world;
    this.#retry = retry;
    this.#ended = ended;
    this.#writer = `agent/${world.node}`;
  }

  note(kind: string, code: Note['code'], says: string, evidence: readonly unknown[]): void {
    this.#waiting.push({ at: this.#world.clock.now(), kind, code, says, actor: this.#writer, evidence });
    void this.written();
  }

  /** Resolves when nothing waits to be written, or when the agent has ended and the journal cannot be written. */
  written(): Promise<void> {
    if (this.#writing === 'none' && this.#waiting.length > 0) {
      this.#writing = this.#write()
        .catch((thrown: unknown) => this.#world.log(`PAGE the agent's journal stands still, a bug of ours: ${wordsOf(thrown)}`))
        .finally(() => (this.#writing = 'none'))
        .catch(() => undefined);
    }
    return this.#writing === 'none' ? Promise.resolve() : this.#writing;
  }

  async #write(): Promise<void> {
    for (let failed = 0; this.#waiting.length > 0; ) {
      try {
        this.#head = this.#head === 'unread' ? await this.#readHead({ seq: 0, head: 'none' }) : this.#head;
        const linked = linkAll(this.#writer, this.#head, this.#waiting);
        await this.#world.journal.append(linked);
        this.#took(linked);
        failed = 0;
      } catch (thrown) {
        if (!(thrown instanceof Fault)) throw thrown;
        failed += 1;
        if (failed === 1) this.#world.log(`${this.#waiting.length} journal entries of ${this.#writer} wait: ${wordsOf(thrown)}`);
        if (this.#ended.aborted && failed > 2) return;
        // Another entry under our number: what an earlier life of this agent wrote late. We go on after it.
        if (!thrown.isRetryable) this.#head = 'unread';
        await this.#world.clock.sleep(backoffMs(this.#retry, failed, this.#world.dice));
      }
    }
  }

  async #readHead(after: Head): Promise<Head> {
    let head = after;
    for (;;) {
      const entries = await this.#world.journal.read({ writer: this.#writer, after: head.seq, limit: pageSize });
      for (const entry of entries) {
        const [mine] = this.#waiting;
        // Written after all, though we were told that it was not.
        if (mine && link(this.#writer, head, mine).digest === entry.digest) this.#waiting.shift();
        head = { seq: entry.seq, head: entry.digest };
      }
      if (entries.length < pageSize) return head;
    }
  }

  #took(linked: readonly Entry[]): void {
    const last = linked.at(-1);
    if (last) this.#head = { seq: last.seq, head: last.digest };
    this.#waiting.splice(0, linked.length);
  }
}

const pageSize = 1000;

function linkAll(writer: string, head: Head, notes: readonly Note[]): Entry[] {
  const entries: Entry[] = [];
  for (const note of notes) {
    const last = entries.at(-1);
    entries.push(link(writer, last ? { seq: last.seq, head: last.digest } : head, note));
  }
  return entries;
}
