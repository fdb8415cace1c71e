import { styleText } from 'node:util';
import { Fault } from '#core/base/fault.ts';

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
  /** Asks a person one question; `nobody` where none sits there, as in a pipe or in CI. */
  readonly ask: ((question: string) => Promise<string>) | 'nobody';
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
    ask: wants === 'text' && process.stdin.isTTY && process.stderr.isTTY ? (question) => askOnce(question, signal) : 'nobody',
    // It looks at the stream, and at NO_COLOR and its kin, by itself.
    paint: (paint, text) => styleText(styles[paint], text, { stream: process.stdout }),
  };
}

/** The question is beside the output. Ctrl-C reaches the command as it does elsewhere; Ctrl-D is no answer, and ends it too. */
async function askOnce(question: string, signal: AbortSignal): Promise<string> {
  // Few commands ask, and it takes longer to load than they do.
  const { createInterface } = await import('node:readline/promises');
  process.stdin.ref();
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const closed = new Promise<never>((_, reject) =>
    lines.once('close', () => reject(new Fault('init/no-answer', 'there was no answer', { isRetryable: false }))),
  );
  try {
    return await Promise.race([lines.question(question, { signal }), closed]);
  } finally {
    closed.catch(() => undefined);
    lines.close();
    // A terminal that was read once keeps the process alive, though nobody reads it any more.
    process.stdin.unref();
  }
}
