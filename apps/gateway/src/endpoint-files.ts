import { type FSWatcher, mkdirSync, readdirSync, readFileSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { prettifyError } from 'zod';
import { wordsOf } from '#core/base/fault.ts';
import type { Endpoint } from '#core/ports/agent.ts';
import { endpointsFile } from '#core/traffic/wire.ts';

/**
 * Watches the files in which agents say which servers are there and proven. An agent that is down leaves its file, so traffic goes on;
 * a file that cannot be read keeps what it said before. The operating system's events are quick, the poll makes sure.
 */
export class EndpointFiles {
  readonly #folder: string;
  readonly #changed: (endpoints: readonly Endpoint[]) => void;
  readonly #log: (line: string) => void;
  readonly #files = new Map<string, { stamp: string; endpoints: readonly Endpoint[] }>();
  #watcher: FSWatcher | undefined;
  #poll: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;

  constructor(folder: string, changed: (endpoints: readonly Endpoint[]) => void, log: (line: string) => void) {
    this.#folder = folder;
    this.#changed = changed;
    this.#log = log;
  }

  /** Reads all of it once before it returns. */
  start(): void {
    mkdirSync(this.#folder, { recursive: true });
    this.#look();
    this.#poll = setInterval(() => this.#look(), pollMs);
    try {
      this.#watcher = watch(this.#folder, () => this.#lookSoon());
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch (thrown) {
      this.#log(`endpoint files are polled only: ${wordsOf(thrown)}`);
    }
  }

  close(): void {
    this.#watcher?.close();
    clearInterval(this.#poll);
    clearTimeout(this.#soon);
  }

  #lookSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#look();
    }, 2);
  }

  #look(): void {
    const names = this.#names();
    if (names === 'unknown') return;
    let isChanged = false;
    for (const known of this.#files.keys()) if (!names.includes(known)) isChanged = this.#files.delete(known);
    for (const name of names) if (this.#read(name)) isChanged = true;
    if (isChanged) this.#changed(unique([...this.#files.values()].flatMap(({ endpoints }) => endpoints)));
  }

  #names(): string[] | 'unknown' {
    try {
      return readdirSync(this.#folder).filter((name) => name.endsWith('.json'));
    } catch (thrown) {
      this.#log(`endpoint files cannot be listed, servers stay as they are: ${wordsOf(thrown)}`);
      return 'unknown';
    }
  }

  #read(name: string): boolean {
    const path = join(this.#folder, name);
    try {
      const { mtimeMs, size, ino } = statSync(path);
      const stamp = `${mtimeMs} ${size} ${ino}`;
      const known = this.#files.get(name);
      if (known?.stamp === stamp) return false;
      const parsed = endpointsFile.safeParse(JSON.parse(readFileSync(path, 'utf8')));
      if (parsed.success) {
        this.#files.set(name, { stamp, endpoints: parsed.data.endpoints });
        return true;
      }
      // Said once: the stamp is remembered, with what the file said before.
      this.#files.set(name, { stamp, endpoints: known?.endpoints ?? [] });
      this.#log(`${name} is not a list of endpoints, its servers stay as they were: ${prettifyError(parsed.error)}`);
      return false;
    } catch (thrown) {
      this.#log(`${name} cannot be read now, its servers stay as they were: ${wordsOf(thrown)}`);
      return false;
    }
  }
}

const pollMs = 1000;

/** Two agents may both know a server for a moment; it is one server. */
function unique(endpoints: readonly Endpoint[]): Endpoint[] {
  return [...new Map(endpoints.map((endpoint) => [`${endpoint.server}@${endpoint.incarnation} ${endpoint.model}`, endpoint])).values()];
}
