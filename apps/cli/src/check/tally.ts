import type { FinishedReport } from '#core/check/finish.ts';
import type { Counts, Unlooked } from './reporter.ts';

/** Counts while a check goes on. */
export class Tally {
  readonly unlooked: Unlooked[] = [];
  unchanged = 0;
  errors = 0;
  #warnings = 0;
  #silenced = 0;
  #known = 0;
  readonly #verdicts = { accept: 0, reject: 0, unknown: 0 };

  add({ verdict, findings, silenced }: FinishedReport, known: number): void {
    this.#verdicts[verdict] += 1;
    this.#known += known;
    this.#silenced += silenced.length;
    for (const { severity } of findings) {
      if (severity === 'error') this.errors += 1;
      else this.#warnings += 1;
    }
  }

  counts(): Counts {
    const { accept: accepted, reject: rejected, unknown } = this.#verdicts;
    const [errors, warnings, silenced, known, unchanged] = [this.errors, this.#warnings, this.#silenced, this.#known, this.unchanged];
    return { accepted, rejected, unknown, errors, warnings, silenced, known, unchanged };
  }
}
