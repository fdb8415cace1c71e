/** Python text in pieces, as far as telling names from strings and comments needs it. Nothing is parsed further, and nothing run. */
export type PythonToken = {
  readonly is: 'name' | 'string' | 'other' | 'line end';
  /** A string's text without its quotes, when it has neither escapes nor expressions in it; the token as written otherwise. */
  readonly text: string;
  readonly isPlain: boolean;
  readonly line: number;
  /** Columns of blanks before the logical line that the token stands in. */
  readonly indent: number;
  /** How many brackets are open around it. */
  readonly depth: number;
};

export type PythonTokens = { readonly tokens: readonly PythonToken[]; readonly broken?: PythonBreak };

/** No model that people write has so many; more are not kept. */
const tokensMax = 100_000;

/** What no Python reads, whatever its version. */
export type PythonBreak = { readonly line: number; readonly says: string };

const closers: ReadonlyMap<string, string> = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
]);

/** All tokens, up to the first thing that cannot be Python. */
export function tokensOf(text: string): PythonTokens | 'too many' {
  const tokens: PythonToken[] = [];
  const open: { readonly bracket: string; readonly line: number }[] = [];
  let line = 1;
  let indent = 0;
  let isLineStart = true;
  // An expression in a string may hold quotes of its own from Python 3.12 on; behind such a string nothing is certain any more.
  let isCertain = true;
  const broken = (at: number, says: string): PythonTokens => (isCertain ? { tokens, broken: { line: at, says } } : { tokens });
  const next =
    /([^\S\n]+)|(#[^\n]*)|(\\\r?\n)|(\n)|([rbuft]{0,3}(?:"""|'''|["']))|([\p{L}\p{Nl}_][\p{L}\p{N}\p{M}\p{Pc}]*)|(\d[\w.]*)|([^])/giuy;
  for (let found = next.exec(text); found !== null; found = next.exec(text)) {
    if (tokens.length > tokensMax) return 'too many';
    const [whole, blank, comment, continued, lineEnd, quote, name] = found;
    if (blank !== undefined) {
      if (isLineStart && open.length === 0) indent = widthOf(blank);
      continue;
    }
    if (comment !== undefined) continue;
    if (continued !== undefined) {
      line += 1;
      continue;
    }
    if (lineEnd !== undefined) {
      if (open.length === 0) {
        if (!isLineStart) tokens.push({ is: 'line end', text: '', isPlain: true, line, indent, depth: 0 });
        isLineStart = true;
        indent = 0;
      }
      line += 1;
      continue;
    }
    isLineStart = false;
    if (quote !== undefined) {
      const string = stringAt(text, next.lastIndex, quote);
      if (string.isOdd) isCertain = false;
      if (!string.isClosed) return broken(line, 'a string does not end');
      tokens.push({
        is: 'string',
        text: string.isPlain ? string.text : whole + string.text,
        isPlain: string.isPlain,
        line,
        indent,
        depth: open.length,
      });
      line += string.lines;
      next.lastIndex = string.end;
      continue;
    }
    if (closers.has(whole)) open.push({ bracket: whole, line });
    else if (whole === ')' || whole === ']' || whole === '}') {
      const last = open.pop();
      if (last === undefined) return broken(line, `"${whole}" closes nothing`);
      if (closers.get(last.bracket) !== whole) return broken(line, `"${whole}" closes the "${last.bracket}" of line ${last.line}`);
    }
    tokens.push({ is: name === undefined ? 'other' : 'name', text: whole, isPlain: true, line, indent, depth: open.length });
  }
  const left = open.at(-1);
  return left === undefined ? { tokens } : broken(left.line, `"${left.bracket}" is never closed`);
}

/** Tabs reach to the next eighth column, as Python counts them. */
function widthOf(blank: string): number {
  let width = 0;
  for (const one of blank) width = one === '\t' ? width - (width % 8) + 8 : one === '\f' ? 0 : width + 1;
  return width;
}

type PythonString = {
  readonly text: string;
  readonly end: number;
  readonly lines: number;
  readonly isClosed: boolean;
  readonly isPlain: boolean;
  readonly isOdd: boolean;
};

function stringAt(text: string, from: number, start: string): PythonString {
  const prefix = start.replace(/["']/g, '').toLowerCase();
  const quote = start.slice(prefix.length);
  const isFormat = /[ft]/.test(prefix);
  let lines = 0;
  let braces = 0;
  let isEscaped = false;
  let at = from;
  const ended = (end: number, isClosed: boolean): PythonString => ({
    text: text.slice(from, isClosed ? end - quote.length : end),
    end,
    lines,
    isClosed,
    isPlain: isClosed && !isFormat && !prefix.includes('b') && (!isEscaped || prefix.includes('r')),
    isOdd: isFormat && braces !== 0,
  });
  for (; at < text.length; at += 1) {
    const one = text[at];
    if (text.startsWith(quote, at)) return ended(at + quote.length, true);
    if (one === '\\') {
      isEscaped = true;
      at += 1;
      if (text[at] === '\r' && text[at + 1] === '\n') at += 1;
      if (text[at] === '\n') lines += 1;
    } else if (one === '\n') {
      if (quote.length === 1) return ended(at, false);
      lines += 1;
    } else if (isFormat && one === '{') {
      if (text[at + 1] === '{' && braces === 0) at += 1;
      else braces += 1;
    } else if (isFormat && one === '}' && braces > 0) braces -= 1;
  }
  return ended(at, false);
}
