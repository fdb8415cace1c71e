import type { Terminal } from './terminal.ts';

/** A terminal that keeps what was said. For tests. */
export function fakeTerminal(
  wants: Terminal['wants'] = 'text',
): Terminal & { readonly said: string[]; readonly written: string[]; readonly noted: string[]; readonly given: unknown[] } {
  const [said, written, noted, given]: [string[], string[], string[], unknown[]] = [[], [], [], []];
  return {
    wants,
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
