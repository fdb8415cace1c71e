/**
 * The line of a server's log that says most about why a model did not load, in the server's own words and without time and file.
 * What a parser says comes before Triton's own summary of it, so of several telling lines the first one is taken.
 */
export function tellingLine(lines: readonly string[]): string | 'none' {
  const words = lines.map(wordsOfLine).filter((line) => line !== '');
  for (const pattern of telling) {
    const found = words.find((line) => pattern.test(line));
    if (found) return found;
  }
  return words.at(-1) ?? 'none';
}

/**
 * What a Python model raises comes with its whole stack, innermost frame first. People need the words, and the first file of the model:
 * `Internal: ModuleNotFoundError: No module named 'x' (tokens/1/model.py, line 5)`.
 */
export function inOneLine(reason: string): string {
  const [words = '', ...more] = reason.split('\n').filter((line) => line.trim() !== '');
  const at = more.indexOf('At:');
  if (at < 0) return reason.trim().replaceAll(/\s*\n\s*/g, ' ');
  const frame = more.slice(at + 1).find((line) => !line.trim().startsWith('<'));
  const [, path = '', line = ''] = /^\s*(.+)\((\d+)\): /.exec(frame ?? '') ?? [];
  const said = [words, ...more.slice(0, at)].map((one) => one.trim()).join(' ');
  return path === '' ? said : `${said} (${path.split('/').slice(-3).join('/')}, line ${line})`;
}

/** Models that began to load, and have neither loaded nor failed since, by Triton's log. */
export function stillLoading(lines: readonly string[]): string[] {
  const left = new Set<string>();
  for (const line of lines.map(wordsOfLine)) {
    const [, begun] = /^loading: (.+):\d+$/.exec(line) ?? [];
    const [, ended] = /^(?:successfully loaded|failed to load) '([^']+)'/.exec(line) ?? [];
    if (begun) left.add(begun);
    if (ended) left.delete(ended);
  }
  return [...left];
}

const telling = [
  /Error parsing text-format|Poll failed for model directory/i,
  /failed to load|UNAVAILABLE/i,
  /out of memory|terminate called|what\(\):|signal \d+|assert/i,
  /\berror\b|\bfailed\b|\bunable to\b|not found/i,
];

/** `E1105 12:00:00.000000 123 model_lifecycle.cc:641] "failed to load 'm'"` and the like, down to the words. */
function wordsOfLine(line: string): string {
  const bare = line
    .trim()
    .replace(/^[EWIF]\d{4} [\d:.]+ \d+ [\w.-]+:\d+\] /, '')
    .replace(/^\[libprotobuf \w+ [^\]]*\] /, '');
  const quoted = /^"(.*)"$/.exec(bare);
  return quoted?.[1] ?? bare;
}
