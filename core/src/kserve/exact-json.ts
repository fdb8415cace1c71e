import { type Double, Mistake, readNumber, type Rounding } from './exact-number.ts';

/**
 * JSON as a Triton's server reads it, to the last detail: of members with one name the first counts, 1.0 is no integer, integers beyond 2^53
 * keep their digits, NaN and infinities may stand bare.
 */
export type ExactJson = null | boolean | number | bigint | Double | string | readonly ExactJson[] | { readonly [name: string]: ExactJson };

/** The value, or what is wrong in the words of RapidJSON and at which byte. */
export type ExactParsed = { readonly value: ExactJson } | { readonly says: string; readonly at: number };

/** Each character of `bytes` is one byte of the text, as in Latin 1: so places are those of bytes, and what is no UTF-8 stays what it is. */
export function parseExactJson(bytes: string, rounding: Rounding = 'rapid'): ExactParsed {
  try {
    return { value: new Reader(bytes, rounding).document() };
  } catch (thrown) {
    if (thrown instanceof Mistake) return { says: thrown.says, at: thrown.at };
    throw thrown;
  }
}

/** A real Triton goes on until its stack is full, and dies of that. */
const levelsMax = 1000;

/** As a member like any other, where to set it would change what the object inherits. */
function own(members: Record<string, ExactJson>, name: string, value: ExactJson): void {
  if (!Object.hasOwn(members, name)) Object.defineProperty(members, name, { value, enumerable: true, configurable: true, writable: true });
}

/** The grammar and the order of the checks of RapidJSON 1.1. The end of the text and a zero byte are one and the same to it. */
class Reader {
  readonly #text: string;
  readonly #rounding: Rounding;
  #at: number;

  constructor(text: string, rounding: Rounding) {
    this.#text = text;
    this.#rounding = rounding;
    // A byte order mark is passed over, and so is the beginning of one.
    this.#at = 0;
    for (const byte of [0xef, 0xbb, 0xbf]) if (text.charCodeAt(this.#at) === byte) this.#at += 1;
  }

  document(): ExactJson {
    this.#skipSpace();
    if (this.#peek() === 0) throw new Mistake('The document is empty.', this.#at);
    const root = this.#value(1);
    this.#skipSpace();
    if (this.#peek() !== 0) throw new Mistake('The document root must not be followed by other values.', this.#at);
    return root;
  }

  #value(level: number): ExactJson {
    switch (this.#peek()) {
      case 0x7b:
        return this.#object(level);
      case 0x5b:
        return this.#array(level);
      case 0x22:
        return this.#string();
      case 0x74:
        return this.#word('true', true);
      case 0x66:
        return this.#word('false', false);
      case 0x6e:
        return this.#word('null', null);
      default: {
        const { value, end } = readNumber(this.#text, this.#at, this.#rounding);
        this.#at = end;
        return value;
      }
    }
  }

  #object(level: number): ExactJson {
    const members: Record<string, ExactJson> = {};
    this.#enter(level);
    if (this.#takes(0x7d)) return members;
    for (;;) {
      if (this.#peek() !== 0x22) throw new Mistake('Missing a name for object member.', this.#at);
      const name = this.#string();
      this.#skipSpace();
      if (!this.#takes(0x3a)) throw new Mistake('Missing a colon after a name of object member.', this.#at);
      this.#skipSpace();
      const member = this.#value(level + 1);
      if (name === '__proto__') own(members, name, member);
      else if (!Object.hasOwn(members, name)) members[name] = member;
      this.#skipSpace();
      if (this.#takes(0x7d)) return members;
      if (!this.#takes(0x2c)) throw new Mistake("Missing a comma or '}' after an object member.", this.#at);
      this.#skipSpace();
    }
  }

  #array(level: number): ExactJson {
    const items: ExactJson[] = [];
    this.#enter(level);
    if (this.#takes(0x5d)) return items;
    for (;;) {
      items.push(this.#value(level + 1));
      this.#skipSpace();
      if (this.#takes(0x2c)) this.#skipSpace();
      else if (this.#takes(0x5d)) return items;
      else throw new Mistake("Missing a comma or ']' after an array element.", this.#at);
    }
  }

  #enter(level: number): void {
    this.#at += 1;
    if (level > levelsMax) throw new Mistake('Terminate parsing due to Handler error.', this.#at);
    this.#skipSpace();
  }

  #string(): string {
    let read = '';
    this.#at += 1;
    for (;;) {
      const start = this.#at;
      let code = this.#peek();
      while (code >= 0x20 && code !== 0x22 && code !== 0x5c) {
        this.#at += 1;
        code = this.#peek();
      }
      read += this.#text.slice(start, this.#at);
      if (code === 0x22) break;
      if (code === 0) throw new Mistake('Missing a closing quotation mark in string.', this.#at);
      if (code < 0x20) throw new Mistake('Invalid escape character in string.', this.#at);
      read += this.#escape();
    }
    this.#at += 1;
    return decoded(read);
  }

  #escape(): string {
    const start = this.#at;
    const letter = this.#text.charAt(start + 1);
    this.#at += 2;
    if (letter === 'u') return this.#unicode(start);
    const plain = escapes[letter];
    if (plain === undefined) throw new Mistake('Invalid escape character in string.', start);
    return plain;
  }

  #unicode(start: number): string {
    const high = this.#hex(start);
    if (high < 0xd800 || high > 0xdbff) return encoded(high);
    if (!this.#takes(0x5c) || !this.#takes(0x75)) throw new Mistake('The surrogate pair in string is invalid.', start);
    const low = this.#hex(start);
    if (low < 0xdc00 || low > 0xdfff) throw new Mistake('The surrogate pair in string is invalid.', start);
    return encoded((((high - 0xd800) << 10) | (low - 0xdc00)) + 0x10000);
  }

  #hex(start: number): number {
    const digits = this.#text.slice(this.#at, this.#at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new Mistake('Incorrect hex digit after \\u escape in string.', start);
    this.#at += 4;
    return Number.parseInt(digits, 16);
  }

  #word(expected: string, meaning: boolean | null): ExactJson {
    for (let index = 0; index < expected.length; index += 1) {
      if (!this.#takes(expected.charCodeAt(index))) throw new Mistake('Invalid value.', this.#at);
    }
    return meaning;
  }

  #peek(): number {
    return this.#at < this.#text.length ? this.#text.charCodeAt(this.#at) : 0;
  }

  #takes(expected: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== expected) return false;
    this.#at += 1;
    return true;
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at += 1;
    }
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Bytes of UTF-8 as text. */
function decoded(bytes: string): string {
  if (/^[\0-\x7f]*$/.test(bytes)) return bytes;
  return decoder.decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
}

/** One character as bytes of UTF-8; half of a pair as the three bytes that it would have. */
function encoded(code: number): string {
  if (code < 0x80) return String.fromCharCode(code);
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
  if (code < 0x10000) return String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
  return String.fromCharCode(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
}

const escapes: Readonly<Record<string, string>> = Object.assign(Object.create(null) as Record<string, string>, {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
});
