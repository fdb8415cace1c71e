import { isHex } from './tokens.ts';

/** A string of the text format, its escapes read. Escapes may spell bytes that are no UTF-8, which a string field must not hold. */
export function readString(literal: string): { value: string; isUtf8: boolean } {
  const inside = literal.slice(1, literal.length > 1 && literal.endsWith(literal[0] ?? '') ? -1 : undefined);
  if (!inside.includes('\\')) return { value: inside, isUtf8: !inside.includes('\ufffd') };
  const bytes: number[] = [];
  for (let at = 0; at < inside.length; ) at = readOne(inside, at, bytes);
  const all = Uint8Array.from(bytes);
  try {
    return { value: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(all), isUtf8: true };
  } catch {
    return { value: new TextDecoder('utf-8', { ignoreBOM: true }).decode(all), isUtf8: false };
  }
}

/** Writes a string as the text format takes it, in ASCII quotes. */
export function writeString(value: string): string {
  let escaped = '';
  for (const character of value) {
    const code = character.charCodeAt(0);
    // Whatever else would break a line, a terminal or the parser.
    const isControl = code < 32 || code === 127;
    if (names[character] !== undefined) escaped += `\\${names[character]}`;
    else escaped += isControl ? `\\${code.toString(8).padStart(3, '0')}` : character;
  }
  return `"${escaped}"`;
}

const names: Readonly<Record<string, string>> = { '\n': 'n', '\r': 'r', '\t': 't', '"': '"', '\\': '\\' };

const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 };

function readOne(text: string, at: number, bytes: number[]): number {
  const character = text[at] ?? '';
  if (character !== '\\') {
    const whole = String.fromCodePoint(text.codePointAt(at) ?? 0);
    bytes.push(...new TextEncoder().encode(whole));
    return at + whole.length;
  }
  const kind = text[at + 1] ?? '';
  const octal = /^[0-7]{1,3}/.exec(text.slice(at + 1, at + 4))?.[0];
  if (octal) {
    bytes.push(Number.parseInt(octal, 8) & 0xff);
    return at + 1 + octal.length;
  }
  if (kind === 'x') {
    let end = at + 2;
    while (end < at + 4 && isHex(text.charCodeAt(end))) end += 1;
    bytes.push(Number.parseInt(text.slice(at + 2, end) || '0', 16));
    return end;
  }
  if (kind === 'u' || kind === 'U') return readUnicode(text, at, bytes);
  bytes.push(escapes[kind] ?? kind.charCodeAt(0));
  return at + 2;
}

function readUnicode(text: string, at: number, bytes: number[]): number {
  const digits = text[at + 1] === 'u' ? 4 : 8;
  let end = at + 2 + digits;
  let code = Number.parseInt(text.slice(at + 2, end), 16);
  // Two escapes may spell one character beyond the first 65536.
  const low = /^\\u([dD][c-fC-F][0-9a-fA-F]{2})/.exec(text.slice(end, end + 6))?.[1];
  if (code >= 0xd800 && code < 0xdc00 && low) {
    code = 0x10000 + ((code & 0x3ff) << 10) + (Number.parseInt(low, 16) & 0x3ff);
    end += 6;
  }
  if (code >= 0xd800 && code < 0xe000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
  else if (Number.isNaN(code) || code > 0x10ffff) bytes.push(0xff);
  else bytes.push(...new TextEncoder().encode(String.fromCodePoint(code)));
  return end;
}
