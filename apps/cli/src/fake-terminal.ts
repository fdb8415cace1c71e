import type { Terminal } from './terminal.ts';

/** A terminal that keeps what was said. For tests. */
export function fakeTerminal(
  wants: Terminal['wants'] = 'text',
): Terminal & { readonly said: string[]; readonly noted: string[]; readonly given: unknown[] } {
  const [said, noted, given]: [string[], string[], unknown[]] = [[], [], []];
  return {
    wants,
    signal: new AbortController().signal,
    said,
    noted,
    given,
    say: (line = '') => void said.push(line),
    note: (line) => void noted.push(line),
    give: (value) => void given.push(value),
    paint: (_, text) => text,
  };
}
