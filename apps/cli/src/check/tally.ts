import type { FinishedReport } from '#core/check/finish.ts';
import type { ExitCode } from '../command.ts';
import type { Summary, Unlooked } from './reporter.ts';

/** Counts while a check goes on. */
export class Tally {
  readonly #unlooked: Unlooked[];
  readonly #verdicts = { accept: 0, reject: 0, unknown: 0 };
  readonly #targets = new Set<string>();
  #errors = 0;
  #warnings = 0;
  #silenced = 0;
  #known = 0;
  #unchanged = 0;

  constructor(unlooked: readonly Unlooked[]) {
    this.#unlooked = [...unlooked];
  }

  add({ verdict, findings, silenced }: FinishedReport, known: number): void {
    this.#verdicts[verdict] += 1;
    this.#known += known;
    this.#silenced += silenced.length;
    for (const { severity } of findings) {
      if (severity === 'error') this.#errors += 1;
      else this.#warnings += 1;
    }
  }

  missed(unlooked: Unlooked): void {
    this.#unlooked.push(unlooked);
  }

  unchanged(): void {
    this.#unchanged += 1;
  }

  /** Releases name targets of their own, so that one check may be for several. */
  judgedFor(words: string): void {
    this.#targets.add(words);
  }

  summary(asked: Summary['target']): Summary {
    const { accept: accepted, reject: rejected, unknown } = this.#verdicts;
    const verdicts = { accepted, rejected, unknown };
    const counts = {
      errors: this.#errors,
      warnings: this.#warnings,
      silenced: this.#silenced,
      known: this.#known,
      unchanged: this.#unchanged,
    };
    const says = this.#targets.size > 0 ? [...this.#targets].join(' and ') : asked.says;
    return { target: { ...asked, says }, counts: { ...verdicts, ...counts }, unlooked: this.#unlooked };
  }

  exitCode(): ExitCode {
    return this.#unlooked.length > 0 ? 2 : this.#errors > 0 ? 1 : 0;
  }
}
