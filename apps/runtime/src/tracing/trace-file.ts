import { appendFileSync, writeFileSync } from 'node:fs';
import { wordsOf } from '#core/base/fault.ts';
import type { Log } from '../log.ts';

/** Where traces go: one list of JSON that is closed at the end, or files of their own with a number behind the name. */
export class TraceFile {
  readonly name: string;
  readonly #log: Pick<Log, 'error'>;
  #isBegun = false;
  #numbered = 0;

  constructor(name: string, log: Pick<Log, 'error'>) {
    this.name = name;
    this.#log = log;
  }

  /** A trace that cannot be written (a full disk, a folder that is not there) is lost, and the log says so. */
  save(traces: string, isNumbered: boolean): void {
    this.#try(() => {
      if (isNumbered) {
        writeFileSync(`${this.name}.${this.#numbered}`, `[${traces}]`);
        this.#numbered += 1;
      } else if (this.#isBegun) appendFileSync(this.name, `,${traces}`);
      else {
        writeFileSync(this.name, `[${traces}`);
        this.#isBegun = true;
      }
    });
  }

  end(): void {
    if (this.#isBegun) this.#try(() => appendFileSync(this.name, ']'));
    this.#isBegun = false;
  }

  #try(write: () => void): void {
    try {
      write();
    } catch (thrown) {
      this.#log.error('trace-file.ts', `failed creating trace file: ${wordsOf(thrown)}`);
    }
  }
}
