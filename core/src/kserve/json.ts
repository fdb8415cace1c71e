/** A JSON value as Triton's servers read and write it: NaN and the infinities may stand bare. Integers beyond 2^53 are a bigint when asked for. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [name: string]: Json };

/** The value, or what is wrong in the words of Triton's own parser (RapidJSON) and at which character. */
export type Parsed = { readonly value: Json } | { readonly says: string; readonly at: number };

/** Reads JSON with bare NaN, Inf, Infinity. What is plain JSON takes the engine's own, fast way. */
export function parseJson(text: string, options: { readonly keepsBigIntegers?: boolean } = {}): Parsed {
  if (!options.keepsBigIntegers) {
    try {
      return { value: JSON.parse(text) as Json };
    } catch {
      // Either a bare NaN or a mistake: the slow way below tells, and says which.
    }
  }
  return slowly(text, options.keepsBigIntegers === true);
}

class Mistake {
  readonly says: string;
  readonly at: number;
  constructor(says: string, at: number) {
    this.says = says;
    this.at = at;
  }
}

/**
 * RapidJSON's grammar and its words, seen on tritonserver 2.51.0. Positions are of UTF-16 units, so they differ after non-ASCII text;
 * and a lone surrogate, which RapidJSON refuses, passes the fast way.
 */
function slowly(text: string, keepsBigIntegers: boolean): Parsed {
  let at = 0;

  const skipSpace = () => {
    while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1;
  };
  const takes = (expected: string): boolean => {
    if (text.charAt(at) !== expected || at >= text.length) return false;
    at += 1;
    return true;
  };

  const value = (depth: number): Json => {
    if (depth > 1000) throw new Mistake('Terminate parsing due to Handler error.', at);
    switch (text.charAt(at)) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"':
        return string();
      case 't':
        return word('true', true);
      case 'f':
        return word('false', false);
      case 'n':
        return word('null', null);
      default:
        return number();
    }
  };

  const object = (depth: number): Json => {
    const members = new Map<string, Json>();
    at += 1;
    skipSpace();
    if (takes('}')) return {};
    for (;;) {
      if (text.charAt(at) !== '"') throw new Mistake('Missing a name for object member.', at);
      const name = string();
      skipSpace();
      if (!takes(':')) throw new Mistake('Missing a colon after a name of object member.', at);
      skipSpace();
      const member = value(depth + 1);
      // RapidJSON keeps doubles of a name and finds the first.
      if (!members.has(name)) members.set(name, member);
      skipSpace();
      if (takes('}')) return Object.fromEntries(members);
      if (!takes(',')) throw new Mistake("Missing a comma or '}' after an object member.", at);
      skipSpace();
    }
  };

  const array = (depth: number): Json => {
    const items: Json[] = [];
    at += 1;
    skipSpace();
    if (takes(']')) return items;
    for (;;) {
      items.push(value(depth + 1));
      skipSpace();
      if (takes(']')) return items;
      if (!takes(',')) throw new Mistake("Missing a comma or ']' after an array element.", at);
      skipSpace();
    }
  };

  const string = (): string => {
    let read = '';
    at += 1;
    for (;;) {
      const start = at;
      while (at < text.length && text.charAt(at) !== '"' && text.charAt(at) !== '\\' && text.charCodeAt(at) >= 0x20) at += 1;
      read += text.slice(start, at);
      if (at >= text.length) throw new Mistake('Missing a closing quotation mark in string.', at);
      if (takes('"')) return read;
      if (text.charCodeAt(at) < 0x20) throw new Mistake('Invalid escape character in string.', at);
      read += escape();
    }
  };

  const escape = (): string => {
    const start = at;
    const letter = text.charAt(start + 1);
    at += 2;
    if (letter === 'u') return unicode(start);
    const plain = escapes[letter];
    if (plain === undefined) throw new Mistake('Invalid escape character in string.', start);
    return plain;
  };

  const unicode = (start: number): string => {
    const high = hex(start);
    if (high < 0xd800 || high > 0xdfff) return String.fromCharCode(high);
    if (high >= 0xdc00 || !text.startsWith('\\u', at)) throw new Mistake('The surrogate pair in string is invalid.', start);
    at += 2;
    const low = hex(start);
    if (low < 0xdc00 || low > 0xdfff) throw new Mistake('The surrogate pair in string is invalid.', start);
    return String.fromCharCode(high, low);
  };

  const hex = (start: number): number => {
    const digits = text.slice(at, at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new Mistake('Incorrect hex digit after \\u escape in string.', start);
    at += 4;
    return Number.parseInt(digits, 16);
  };

  const word = (expected: string, meaning: boolean | null): Json => {
    for (const letter of expected) if (!takes(letter)) throw new Mistake('Invalid value.', at);
    return meaning;
  };

  const number = (): Json => {
    const start = at;
    const isNegative = takes('-');
    if (text.charAt(at) === 'I' || text.charAt(at) === 'N') return notFinite(isNegative);
    if (!takes('0')) {
      if (!/[1-9]/.test(text.charAt(at))) throw new Mistake('Invalid value.', at);
      skipDigits('Invalid value.');
    }
    let isInteger = true;
    if (takes('.')) {
      isInteger = false;
      skipDigits('Miss fraction part in number.');
    }
    if (takes('e') || takes('E')) {
      isInteger = false;
      if (!takes('+')) takes('-');
      skipDigits('Miss exponent in number.');
    }
    const written = text.slice(start, at);
    const read = Number(written);
    if (!Number.isFinite(read)) throw new Mistake('Number too big to be stored in double.', start);
    return isInteger && keepsBigIntegers && !Number.isSafeInteger(read) ? BigInt(written) : read;
  };

  const skipDigits = (says: string) => {
    const start = at;
    while (at < text.length && text.charAt(at) >= '0' && text.charAt(at) <= '9') at += 1;
    if (at === start) throw new Mistake(says, at);
  };

  const notFinite = (isNegative: boolean): Json => {
    const isNaNWord = text.charAt(at) === 'N';
    word(isNaNWord ? 'NaN' : 'Inf', null);
    if (isNaNWord) return Number.NaN;
    if (text.charAt(at) === 'i') word('inity', null);
    return isNegative ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  };

  try {
    skipSpace();
    if (at >= text.length) throw new Mistake('The document is empty.', at);
    const root = value(0);
    skipSpace();
    if (at < text.length) throw new Mistake('The document root must not be followed by other values.', at);
    return { value: root };
  } catch (thrown) {
    if (thrown instanceof Mistake) return { says: thrown.says, at: thrown.at };
    throw thrown;
  }
}

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
