/** The head of a request, as Triton's HTTP library (libevhtp) reads it: laxer here and stricter there than the standard. */
export type RequestHead = {
  readonly method: string;
  /** Without the query; a whole URL is cut down to its path. */
  readonly path: string;
  readonly version: { readonly major: number; readonly minor: number };
  /** By name in small letters; of a name that comes twice the first value. */
  readonly headers: ReadonlyMap<string, string>;
  /** All values of that header: any of them counts. */
  readonly connection: readonly string[];
  /** How long the body is, or that it comes in chunks, whatever length is said as well. Of two lengths the last one counts. */
  readonly body: number | 'chunked';
};

/** Longest method, path, name or value, in bytes. */
const partMax = 8191;

/** Reads a head without the empty line at its end; undefined where it is none, and the connection is to be closed without a word. */
export function readHead(text: string): RequestHead | undefined {
  const lines = text.split('\r\n');
  if (lines.some((line) => line.includes('\n') || line.includes('\r'))) return undefined;
  // A length stands in one line.
  if (/\r\ncontent-length *:[^\r]*\r\n[ \t]/i.test(text)) return undefined;
  const [first = '', ...rest] = lines;
  const [, method = '', target = '', major = '', minor = ''] = /^([A-Z_]+) +([^ ]+) +HTTP\/(\d{1,3})\.(\d{1,3}) *$/s.exec(first) ?? [];
  const path = pathOf(method, target);
  if (path === undefined || target.length > partMax) return undefined;
  const headers = new Map<string, string>();
  const connection: string[] = [];
  let length = '0';
  let isChunked = false;
  for (const line of unfolded(rest)) {
    const colon = line.indexOf(':');
    if (colon <= 0 || colon > partMax) return undefined;
    const name = line.slice(0, colon).toLowerCase();
    // Only spaces before a value are none of it: a secret with a blank behind it is another.
    const value = beforeNul(line.slice(colon + 1).replace(/^ +/, ''));
    if (value.length > partMax) return undefined;
    if (name === 'content-length') length = line.slice(colon + 1).trim();
    if (!/^\d{0,15}$/.test(length)) return undefined;
    if (name === 'connection') connection.push(value);
    if (name === 'transfer-encoding') isChunked ||= value === 'chunked';
    if (!headers.has(name)) headers.set(name, value);
  }
  return {
    method,
    path,
    version: { major: Number(major), minor: Number(minor) },
    headers,
    connection,
    body: isChunked ? 'chunked' : Number(length),
  };
}

function pathOf(method: string, target: string): string | undefined {
  const whole = /^[a-z][a-z0-9+.-]*:\/\/[^/]*(\/.*)?$/is.exec(target);
  const path = whole ? (whole[1] ?? '/') : target;
  if (!path.startsWith('/') && method !== 'CONNECT') return undefined;
  return beforeNul(path.split('?', 1)[0] ?? '/');
}

/** A line that begins with a space goes on with the one before. */
function unfolded(lines: readonly string[]): string[] {
  const whole: string[] = [];
  for (const line of lines) {
    const last = whole.at(-1);
    if (/^[ \t]/.test(line) && last !== undefined) whole[whole.length - 1] = `${last} ${line.trim()}`;
    else whole.push(line);
  }
  return whole;
}

/** C's strings end there. */
function beforeNul(text: string): string {
  const at = text.indexOf('\0');
  return at < 0 ? text : text.slice(0, at);
}
