/** What Triton ruled of one case, in its own words. */
export type Ruling = {
  readonly verdict: 'accept' | 'reject';
  /** Triton's first reason, without the words about models and versions that it puts before it; empty when it accepted. */
  readonly reason: string;
  /** What the text-format parser said when it refused a config.pbtxt, of a model or of one that an ensemble uses. They count from 1. */
  readonly text?: TextError;
  /** The whole answer when it refused, then all that was logged meanwhile, without times and process numbers, so that runs can be compared. */
  readonly log: readonly string[];
  /** The server ended, or never answered, and had to be started again. */
  readonly died?: true;
};

export type TextError = { readonly line: number; readonly column: number; readonly says: string };

/** What the load was answered. */
export type Answer = { readonly status: number; readonly body: string };

/** Reads the ruling from the answer, and from the log where the answer says only "failed to poll". */
export function rulingOf(model: string, answer: Answer, lines: readonly string[]): Ruling {
  if (answer.status === 200) return { verdict: 'accept', reason: '', log: lines };
  const error = errorIn(answer.body);
  const log = [`${answer.status} ${error.trimEnd()}`, ...lines];
  const text = textErrorIn(lines);
  const reason = answer.status === 400 ? withoutPrefixes(error) : (pollFailure(model, lines) ?? error);
  return { verdict: 'reject', reason, ...(text && { text }), log };
}

/** The ruling of a case that the server did not survive: C++ says what nobody caught. */
export function deathRuling(says: string, lines: readonly string[]): Ruling {
  const lastWords = lines
    .filter((line) => /^terminate called|^\s+what\(\):|Assertion|^Signal \(|^F /.test(line))
    .map((line) => line.trim());
  return { verdict: 'reject', reason: lastWords.join(' ') || says, log: lines, died: true };
}

/**
 * What Triton logged, without what differs from run to run: times, process numbers, the addresses of a backtrace.
 * `E1127 08:20:25.397063 7212 file.cc:1460] "text"` becomes `E file.cc:1460] text`.
 */
export function comparableLog(lines: readonly string[]): string[] {
  return lines.filter((line) => !/^ *\d+# /.test(line)).map(withoutHeading);
}

function errorIn(body: string): string {
  try {
    const { error } = JSON.parse(body) as { error?: unknown };
    return typeof error === 'string' ? error : body;
  } catch {
    return body;
  }
}

/** "load failed for model 'm': version 2 is at UNAVAILABLE state: REASON;version 1 is at ...;\n" says a reason for each version. */
function withoutPrefixes(error: string): string {
  const said = error.replace(/^load failed for model '[^']*': /, '').replace(/^(version -?\d+ is at UNAVAILABLE state: )/, '');
  const next = said.search(/;\s*version -?\d+ is at /);
  return (next < 0 ? said : said.slice(0, next)).replace(/;?\s*$/, '');
}

function pollFailure(model: string, lines: readonly string[]): string | undefined {
  const prefixes = [`Poll failed for model directory '${model}': `, `failed to poll model '${model}': `];
  for (const prefix of prefixes) {
    const line = lines.find((one) => one.includes(prefix));
    if (line !== undefined) return line.slice(line.indexOf(prefix) + prefix.length);
  }
  return undefined;
}

function textErrorIn(lines: readonly string[]): TextError | undefined {
  for (const line of lines) {
    const found = /Error parsing text-format inference\.ModelConfig: (\d+):(\d+): (.*)$/.exec(line);
    if (found?.[1] !== undefined) return { line: Number(found[1]), column: Number(found[2]), says: found[3] ?? '' };
  }
  return undefined;
}

function withoutHeading(line: string): string {
  const found = /^([EWIF])\d{4} [\d:.]+ +\d+ ([^\]]+\]) ?(.*)$/.exec(line);
  if (!found) return line.replace(/^\[libprotobuf (\w+) \S*?([^/]+)\]/, '[libprotobuf $1 $2]');
  return `${found[1]} ${found[2]} ${unquoted(found[3] ?? '')}`;
}

function unquoted(text: string): string {
  if (!/^".*"$/.test(text)) return text;
  try {
    return JSON.parse(text) as string;
  } catch {
    return text.slice(1, -1);
  }
}
