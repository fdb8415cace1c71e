/** JSON as protobuf reads it: names that come twice are kept, and an integer is a bigint as long as 64 bits hold it. */
export type JsonNode =
  | { readonly is: 'object'; readonly members: readonly (readonly [name: string, value: JsonNode])[] }
  | { readonly is: 'list'; readonly items: readonly JsonNode[] }
  | { readonly is: 'string'; readonly value: string }
  | { readonly is: 'number'; readonly value: bigint | number }
  | { readonly is: 'bool'; readonly value: boolean }
  | { readonly is: 'null' };

/**
 * Reads JSON as the JSON reader of protobuf 3.21 does, which is in tritonserver: names and strings may have single quotation marks, plain names
 * none, a comma may stand before the end, strings may hold any character. Gives what it reads, or protobuf's words with a few characters around
 * the place. Source: protocolbuffers/protobuf, util/internal/json_stream_parser.cc.
 */
export function parseProtobufJson(text: string): { readonly value: JsonNode } | { readonly says: string } {
  const parser = new Parser(text);
  try {
    return { value: parser.whole() };
  } catch (thrown) {
    if (thrown instanceof Unread) return { says: thrown.message };
    throw thrown;
  }
}

class Unread extends Error {}

const objectsMax = 100;
/** It bounds objects alone. */
const depthMax = 2000;
const contextLength = 20;
/** Fewer characters than the longest keyword may still become one, as long as more can come. */
const keywordLength = 5;

class Parser {
  readonly #text: string;
  #at = 0;
  #objects = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): JsonNode {
    const value = this.#value('', 'Expected a value.');
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail('Parsing terminated before end of input.');
    return value;
  }

  #value(name: string, expected: string): JsonNode {
    const token = this.#token();
    switch (token) {
      case '{':
        return this.#object(name);
      case '[':
        return this.#list(name);
      case 'string':
        return { is: 'string', value: this.#string() };
      case 'number':
        return { is: 'number', value: this.#number() };
      case 'true':
      case 'false':
        this.#at += token.length;
        return { is: 'bool', value: token === 'true' };
      case 'null':
        this.#at += token.length;
        return { is: 'null' };
      case 'unknown':
        return this.#failUnknown(expected);
      default:
        return this.#fail('Unexpected token.', { isAlone: this.#text.length - this.#at < keywordLength });
    }
  }

  #object(name: string): JsonNode {
    this.#objects += 1;
    this.#deeper(this.#objects > objectsMax, name);
    this.#at += 1;
    const members: (readonly [string, JsonNode])[] = [];
    for (let token = this.#token(); token !== '}'; token = this.#token()) {
      const key = this.#key(token);
      if (this.#expect([':'], 'Expected : between key:value pair.') === ':') this.#at += 1;
      members.push([key, this.#value(key, 'Expected a value.')]);
      if (this.#expect([',', '}'], 'Expected , or } after key:value pair.') === ',') this.#at += 1;
    }
    this.#at += 1;
    this.#objects -= 1;
    this.#depth -= 1;
    return { is: 'object', members };
  }

  #key(token: string): string {
    const expected = 'Expected an object key or }.';
    if (token === 'string') return this.#string();
    if (token === 'unknown') return this.#failUnknown(expected);
    const name = ['name', 'true', 'false', 'null'].includes(token)
      ? (/^[A-Za-z_$][\w$]*/.exec(this.#text.slice(this.#at, this.#at + 1000))?.[0] ?? '')
      : '';
    this.#at += name.length;
    if (name === '' || ['true', 'false', 'null'].includes(name)) this.#fail(expected);
    return name;
  }

  #list(name: string): JsonNode {
    this.#deeper(false, name);
    this.#at += 1;
    const items: JsonNode[] = [];
    while (this.#token() !== ']') {
      items.push(this.#value('', 'Expected a value or ] within an array.'));
      if (this.#expect([',', ']'], 'Expected , or ] after array value.') === ',') this.#at += 1;
    }
    this.#at += 1;
    this.#depth -= 1;
    return { is: 'list', items };
  }

  #deeper(isTooMany: boolean, name: string): void {
    this.#depth += 1;
    if (isTooMany || this.#depth > depthMax) throw new Unread(`Message too deep. Max recursion depth reached for key '${name}'`);
  }

  #expect(wanted: readonly string[], says: string): string {
    const token = this.#token();
    if (token === 'unknown') this.#failUnknown(says);
    if (!wanted.includes(token)) this.#fail(says);
    return token;
  }

  /** What begins here: a mark, a kind of value, a plain name, or what nobody knows. */
  #token(): string {
    this.#skipSpace();
    const first = this.#text[this.#at] ?? '';
    if (first === '"' || first === "'") return 'string';
    if (/[-0-9]/.test(first)) return 'number';
    for (const word of ['true', 'false', 'null']) if (this.#text.startsWith(word, this.#at)) return word;
    if (first !== '' && '{}[]:,'.includes(first)) return first;
    return /[A-Za-z_$]/.test(first) ? 'name' : 'unknown';
  }

  #skipSpace(): void {
    while (/[ \t\n\v\f\r]/.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  #string(): string {
    const mark = this.#text[this.#at];
    this.#at += 1;
    let value = '';
    for (;;) {
      const next = this.#text[this.#at];
      if (next === undefined) return this.#fail('Closing quote expected in string.', { isAlone: true });
      if (next === mark) {
        this.#at += 1;
        return value;
      }
      if (next !== '\\') {
        value += next;
        this.#at += 1;
        continue;
      }
      const escaped = this.#text[this.#at + 1];
      if (escaped === undefined) return this.#fail('Closing quote expected in string.', { isAlone: true });
      if (escaped === 'u') value += this.#codePoint();
      else {
        value += escapes[escaped] ?? escaped;
        this.#at += 2;
      }
    }
  }

  #codePoint(): string {
    const left = this.#text.length - this.#at;
    if (left < unitLength) return this.#fail('Illegal hex string.', { isAlone: true });
    const high = this.#unit(2);
    if (high >= 0xd800 && high < 0xdc00) {
      if (left < 2 * unitLength) return this.#fail('Missing low surrogate.', { isAlone: true });
      if (!this.#text.startsWith('\\u', this.#at + unitLength)) return this.#fail('Missing low surrogate.');
      const low = this.#unit(2 + unitLength);
      if (low < 0xdc00 || low >= 0xe000) return this.#fail('Invalid low surrogate.');
      this.#at += 2 * unitLength;
      return String.fromCharCode(high, low);
    }
    if (high >= 0xdc00 && high < 0xe000) return this.#fail('Invalid unicode code point.');
    this.#at += unitLength;
    return String.fromCharCode(high);
  }

  #unit(from: number): number {
    const hex = this.#text.slice(this.#at + from, this.#at + from + 4);
    return /^[0-9a-f]{4}$/i.test(hex) ? Number.parseInt(hex, 16) : this.#fail('Invalid escape sequence.');
  }

  #number(): bigint | number {
    let end = this.#at + 1;
    while (/[-+0-9.eEx]/.test(this.#text[end] ?? '')) end += 1;
    const written = this.#text.slice(this.#at, end);
    const isFloating = /[.eE]/.test(written);
    if (!isFloating && /^(0.|-0.)/.test(written)) return this.#fail('Octal/hex numbers are not valid JSON values.');
    const isNumber = isFloating ? /^-?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(written) : /^-?\d+$/.test(written);
    if (!isNumber) return this.#fail('Unable to parse number.');
    const whole = isFloating ? undefined : BigInt(written);
    const value = Number(written);
    if (!Number.isFinite(value)) return this.#fail('Number exceeds the range of double.');
    this.#at = end;
    return whole !== undefined && whole >= -(2n ** 63n) && whole < 2n ** 64n ? whole : value;
  }

  /** Nothing that there is begins so. It is only said when no more can come, and then what was read before is gone. */
  #failUnknown(says: string): never {
    if (this.#at === this.#text.length) return this.#fail(`Unexpected end of string. ${says}`, { isAlone: true });
    return this.#fail(says, { isAlone: true });
  }

  #fail(says: string, { isAlone = false } = {}): never {
    const begin = isAlone ? this.#at : Math.max(0, this.#at - contextLength);
    const around = this.#text.slice(begin, this.#at + contextLength);
    throw new Unread(`${says}\n${around}\n${' '.repeat(this.#at - begin)}^`);
  }
}

const unitLength = '\\u0000'.length;
const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
