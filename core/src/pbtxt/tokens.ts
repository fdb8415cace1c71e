/** Kinds of tokens, as protobuf's own tokenizer tells them apart. */
export type TokenKind = 'identifier' | 'integer' | 'float' | 'string' | 'symbol' | 'end';

/** Something that the tokenizer does not take, at an offset, in protobuf's words. It goes on all the same, and the file is refused. */
export type TokenProblem = { readonly at: number; readonly kind: 'number' | 'string' | 'encoding'; readonly says: string };

/**
 * Cuts protobuf's text format into tokens as its C++ tokenizer does: that one decides what Triton reads. The present token stands in
 * `kind`, `from` and `to`. A text is read once from beginning to end, in time that grows with its length alone.
 */
export class Tokens {
  readonly text: string;
  readonly problems: TokenProblem[] = [];
  kind: TokenKind = 'end';
  from = 0;
  to = 0;
  /** Where the token before this one ended. */
  before = 0;
  #lastKind: TokenKind = 'end';

  constructor(text: string) {
    this.text = text;
    this.next();
  }

  /** The present token, as it is written. */
  get word(): string {
    return this.text.slice(this.from, this.to);
  }

  /** Whether the present token is this one symbol. */
  isSymbol(code: number): boolean {
    return this.kind === 'symbol' && this.text.charCodeAt(this.from) === code;
  }

  next(): void {
    const { text } = this;
    this.before = this.to;
    this.#lastKind = this.kind;
    let at = this.to;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === space || (code >= tab && code <= carriageReturn)) at += 1;
      else if (code === hash) {
        at = commentEnd(text, at);
      } else if (code < space) at = this.#control(at);
      else break;
    }
    this.from = at;
    if (at >= text.length) {
      this.kind = 'end';
      this.to = at;
      return;
    }
    const code = text.charCodeAt(at);
    if (isLetter(code)) {
      let end = at + 1;
      while (isWord(text.charCodeAt(end))) end += 1;
      this.kind = 'identifier';
      this.to = end;
    } else if (isDigit(code)) this.#number(at);
    else if (code === dot && isDigit(text.charCodeAt(at + 1))) {
      if (this.#lastKind === 'identifier' && this.before === at) {
        this.#problem(at, 'number', 'Need space between identifier and decimal point.');
      }
      this.#number(at);
    } else if (code === quote || code === apostrophe) this.#string(at, code);
    else {
      if (code > 0x7f) this.#problem(at, 'encoding', `Interpreting non ascii codepoint ${firstByte(text, at)}.`);
      this.kind = 'symbol';
      this.to = at + 1;
    }
  }

  /** Goes on behind the line that the present token stands in, whatever is left in it. */
  skipLine(): void {
    const end = this.text.indexOf('\n', this.from);
    this.to = end < 0 ? this.text.length : end;
    this.next();
  }

  #control(at: number): number {
    this.#problem(at, 'encoding', 'Invalid control characters encountered in text.');
    let end = at;
    while (end < this.text.length && isControl(this.text.charCodeAt(end))) end += 1;
    return end;
  }

  #number(from: number): void {
    const { text } = this;
    const digits = (start: number): number => {
      let end = start;
      while (isDigit(text.charCodeAt(end))) end += 1;
      return end;
    };
    let isFloat = false;
    let at = from;
    if (text.charCodeAt(at) === zero && (text.charCodeAt(at + 1) | 0x20) === letterX) {
      at += 2;
      while (isHex(text.charCodeAt(at))) at += 1;
      if (at === from + 2) this.#problem(at, 'number', '"0x" must be followed by hex digits.');
    } else if (text.charCodeAt(at) === zero && isDigit(text.charCodeAt(at + 1))) {
      at += 1;
      while (isOctal(text.charCodeAt(at))) at += 1;
      if (isDigit(text.charCodeAt(at))) {
        this.#problem(at, 'number', 'Numbers starting with leading zero must be in octal.');
        at = digits(at);
      }
    } else {
      at = digits(at);
      if (text.charCodeAt(at) === dot) {
        isFloat = true;
        at = digits(at + 1);
      }
      if ((text.charCodeAt(at) | 0x20) === letterE) {
        isFloat = true;
        at += 1;
        const sign = text.charCodeAt(at);
        if (sign === minus || sign === plus) at += 1;
        const end = digits(at);
        if (end === at) this.#problem(at, 'number', '"e" must be followed by exponent.');
        at = end;
      }
      if ((text.charCodeAt(at) | 0x20) === letterF) {
        isFloat = true;
        at += 1;
      }
    }
    const after = text.charCodeAt(at);
    if (isLetter(after)) this.#problem(at, 'number', 'Need space between number and identifier.');
    else if (after === dot) {
      const says = isFloat ? "Already saw decimal point or exponent; can't have another one." : 'Hex and octal numbers must be integers.';
      this.#problem(at, 'number', says);
    }
    this.kind = isFloat ? 'float' : 'integer';
    this.to = at;
  }

  #string(from: number, delimiter: number): void {
    const { text } = this;
    this.kind = 'string';
    let at = from + 1;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === delimiter) {
        this.to = at + 1;
        return;
      }
      if (at >= text.length || code === 0) {
        this.#problem(from, 'string', 'Unexpected end of string.');
        this.to = at;
        return;
      }
      if (code === newline) {
        this.#problem(from, 'string', 'String literals cannot cross line boundaries.');
        this.to = at;
        return;
      }
      at += 1;
      if (code === backslash) at = this.#escape(at);
    }
  }

  #escape(at: number): number {
    const { text } = this;
    const code = text.charCodeAt(at);
    if (simpleEscapes.includes(text[at] ?? ' ') || isOctal(code)) return at + 1;
    const hexAfter = (count: number): boolean => {
      for (let index = 1; index <= count; index += 1) if (!isHex(text.charCodeAt(at + index))) return false;
      return true;
    };
    if (code === letterX) {
      if (hexAfter(1)) return at + 2;
      this.#problem(at + 1, 'string', 'Expected hex digits for escape sequence.');
      return at + 1;
    }
    if (code === letterU) {
      if (hexAfter(4)) return at + 5;
      this.#problem(at + 1, 'string', 'Expected four hex digits for \\u escape sequence.');
      return at + 1;
    }
    if (code === capitalU) {
      if (hexAfter(8) && /^00[01]/.test(text.slice(at + 1, at + 4))) return at + 9;
      this.#problem(at + 1, 'string', 'Expected eight hex digits up to 10ffff for \\U escape sequence');
      return at + 1;
    }
    this.#problem(at, 'string', 'Invalid escape sequence in string literal.');
    return at;
  }

  #problem(at: number, kind: TokenProblem['kind'], says: string): void {
    if (this.problems.length < problemsMax) this.problems.push({ at, kind, says });
  }
}

/** More than these help nobody; the file is refused for the first one. */
const problemsMax = 50;

const [tab, newline, carriageReturn, space, quote, hash, apostrophe, plus, minus, dot, zero, backslash] = [
  9, 10, 13, 32, 34, 35, 39, 43, 45, 46, 48, 92,
] as const;
const [capitalU, letterE, letterF, letterU, letterX] = [85, 101, 102, 117, 120] as const;
const simpleEscapes = 'abfnrtv\\?\'"';

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isOctal(code: number): boolean {
  return code >= 48 && code <= 55;
}

export function isHex(code: number): boolean {
  return isDigit(code) || ((code | 0x20) >= 97 && (code | 0x20) <= 102);
}

function isLetter(code: number): boolean {
  return ((code | 0x20) >= 97 && (code | 0x20) <= 122) || code === 95;
}

function isWord(code: number): boolean {
  return isLetter(code) || isDigit(code);
}

function isControl(code: number): boolean {
  return code < 32 && !(code >= tab && code <= carriageReturn);
}

/** A comment ends with its line, and, for protobuf, at a NUL. */
function commentEnd(text: string, from: number): number {
  const line = text.indexOf('\n', from);
  const end = line < 0 ? text.length : line + 1;
  const nul = text.indexOf('\0', from);
  return nul >= 0 && nul < end ? nul : end;
}

/** Protobuf reads bytes, and complains of the first one of a character, as a signed number. */
function firstByte(text: string, at: number): number {
  const first = new TextEncoder().encode(String.fromCodePoint(text.codePointAt(at) ?? 0))[0] ?? 0;
  return first;
}
