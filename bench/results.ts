import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';

export type Row = Readonly<Record<string, string | number>>;

/** What was measured so far: each row is printed when it is there, and kept in a file where one was asked for. */
export class Results {
  readonly rows: Row[] = [];
  readonly #file: string | undefined;

  constructor(file: string | undefined) {
    this.#file = file;
  }

  /** Others may work on this machine: how many processes wanted to run stands in each row. */
  show(row: Row): void {
    const whole: Row = { ...row, 'load avg': (loadavg()[0] ?? 0).toFixed(1) };
    this.rows.push(whole);
    const cells = Object.entries(whole).map(([name, value]) => `${name} ${value}`);
    console.log(`${String(this.rows.length).padStart(3)}  ${cells.join(' | ')}`);
    this.#save('under way');
  }

  close(says: string): void {
    console.log(says);
    this.#save(says);
  }

  sum(name: string): number {
    return this.rows.reduce((all, row) => all + Number(row[name] ?? 0), 0);
  }

  #save(says: string): void {
    if (this.#file === undefined) return;
    const about = { command: process.argv.slice(2), at: new Date().toISOString(), says, rows: this.rows };
    writeFileSync(this.#file, `${JSON.stringify(about, null, 1)}\n`);
  }
}
