import { styleText } from 'node:util';

export type Paint = 'good' | 'bad' | 'warn' | 'strong' | 'faint';

/** Where a command speaks, and where it hears that someone wants it to end. */
export type Terminal = {
  readonly wants: 'text' | 'json';
  readonly signal: AbortSignal;
  /** A line for people. Silent when values are wanted. */
  say(line?: string): void;
  /** A value for programs, one a line. Silent when text is wanted. */
  give(value: unknown): void;
  /** A piece of a document, as it is: for commands that write theirs piece by piece. */
  write(text: string): void;
  /** What goes on meanwhile, and what went wrong: beside the output, so that a pipe gets nothing but output. */
  note(line: string): void;
  /** Colour, on a terminal only. */
  paint(paint: Paint, text: string): string;
};

const styles = { good: 'green', bad: 'red', warn: 'yellow', strong: 'bold', faint: 'dim' } as const;

export function realTerminal(wants: Terminal['wants'], signal: AbortSignal): Terminal {
  return {
    wants,
    signal,
    say: (line = '') => void (wants === 'text' && process.stdout.write(`${line}\n`)),
    give: (value) => void (wants === 'json' && process.stdout.write(`${JSON.stringify(value)}\n`)),
    write: (text) => void process.stdout.write(text),
    note: (line) => void process.stderr.write(`${line}\n`),
    // It looks at the stream, and at NO_COLOR and its kin, by itself.
    paint: (paint, text) => styleText(styles[paint], text, { stream: process.stdout }),
  };
}
