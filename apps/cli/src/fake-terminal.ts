import type { Terminal } from './terminal.ts';

/** A terminal that keeps what was said. For tests. With `answers`, somebody sits there and gives them, one after the other. */
export function fakeTerminal(
  wants: Terminal['wants'] = 'text',
  answers: readonly string[] | 'nobody' = 'nobody',
): Terminal & { readonly said: string[]; readonly written: string[]; readonly noted: string[]; readonly given: unknown[] } {
  const [said, written, noted, given]: [string[], string[], string[], unknown[]] = [[], [], [], []];
  const left = answers === 'nobody' ? [] : [...answers];
  return {
    wants,
    ask:
      answers === 'nobody'
        ? answers
        : (question) => {
            noted.push(question);
            const next = left.shift();
            return next === undefined ? Promise.reject(new Error('nobody answers any more')) : Promise.resolve(next);
          },
    signal: new AbortController().signal,
    said,
    written,
    noted,
    given,
    say: (line = '') => void said.push(line),
    write: (text) => void written.push(text),
    note: (line) => void noted.push(line),
    give: (value) => void given.push(value),
    paint: (_, text) => text,
  };
}
