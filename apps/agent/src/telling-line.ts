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
