/** One line of a scrape: a name, its labels, its value. Timestamps and exemplars are left out; nothing here needs them. */
export type ScrapedSample = { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number };

/** Reads the Prometheus text format. A line that does not fit it is left out and named by its number (from 1), so that nobody mistakes it for a zero. */
export function parsePrometheusText(text: string): { samples: ScrapedSample[]; broken: number[] } {
  const samples: ScrapedSample[] = [];
  const broken: number[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const sample = parseLine(trimmed);
    if (sample) samples.push(sample);
    else broken.push(index + 1);
  }
  return { samples, broken };
}

/** The sum over all samples of a name whose labels include the given ones; undefined when there is none. */
export function sumOf(samples: readonly ScrapedSample[], name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
  const wanted = Object.entries(labels);
  const matching = samples.filter((sample) => sample.name === name && wanted.every(([label, value]) => sample.labels[label] === value));
  return matching.length === 0 ? undefined : matching.reduce((sum, { value }) => sum + value, 0);
}

function parseLine(line: string): ScrapedSample | undefined {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0];
  if (name === undefined) return undefined;
  let rest = line.slice(name.length).trimStart();
  let labels: Record<string, string> = {};
  if (rest.startsWith('{')) {
    const read = parseLabels(rest);
    if (!read) return undefined;
    labels = read.labels;
    rest = rest.slice(read.length);
  }
  const words = rest.trim().split(/\s+/);
  const value = valueOf(words[0] ?? '');
  const hasTimestamp = words.length === 2 && /^-?\d+$/.test(words[1] ?? '');
  return value === undefined || (words.length > 1 && !hasTimestamp) ? undefined : { name, labels, value };
}

/** `text` begins with `{`; the length counts both braces. */
function parseLabels(text: string): { labels: Record<string, string>; length: number } | undefined {
  const labels: Record<string, string> = {};
  const pair = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\\n]|\\.)*)"\s*(,?)/y;
  const end = /\s*\}/y;
  let at = 1;
  for (let isOpen = true; ; ) {
    end.lastIndex = at;
    if (end.test(text)) return { labels, length: end.lastIndex };
    pair.lastIndex = at;
    const match: RegExpExecArray | null = isOpen ? pair.exec(text) : null;
    const [, label, value = '', comma]: readonly (string | undefined)[] = match ?? [];
    if (label === undefined || Object.hasOwn(labels, label)) return undefined;
    labels[label] = unescaped(value);
    isOpen = comma === ',';
    at = pair.lastIndex;
  }
}

/** The format knows three escapes; a backslash before anything else stands for itself. */
const unescaped = (value: string): string => value.replace(/\\([\\"n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));

function valueOf(word: string): number | undefined {
  if (/^[+-]?inf$/i.test(word)) return word.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(word)) return Number.NaN;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word) ? Number(word) : undefined;
}
