import { type ExactJson, parseExactJson } from './exact-json.ts';
import { Double } from './exact-number.ts';

/** A JSON value as Triton's servers read and write it: NaN and the infinities may stand bare. Integers beyond 2^53 are a bigint when asked for. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [name: string]: Json };

/** The value, or what is wrong in the words of Triton's own parser (RapidJSON) and at which byte. */
export type Parsed = { readonly value: Json } | { readonly says: string; readonly at: number };

/** Reads JSON with bare NaN, Inf, Infinity, as a client wants it. What is plain JSON takes the engine's own, fast way. */
export function parseJson(text: string, options: { readonly keepsBigIntegers?: boolean } = {}): Parsed {
  if (!options.keepsBigIntegers) {
    try {
      return { value: JSON.parse(text) as Json };
    } catch {
      // Either a bare NaN or a mistake: the slow way below tells, and says which.
    }
  }
  const parsed = parseExactJson(bytesOf(text), 'nearest');
  return 'value' in parsed ? { value: plain(parsed.value, options.keepsBigIntegers === true) } : parsed;
}

/** The bytes of the text, each as a character. */
function bytesOf(text: string): string {
  if (/^[\0-\x7f]*$/.test(text)) return text;
  const bytes = new TextEncoder().encode(text);
  let read = '';
  for (let at = 0; at < bytes.length; at += 4096) read += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return read;
}

function plain(value: ExactJson, keepsBigIntegers: boolean): Json {
  if (value instanceof Double) return value.value;
  if (typeof value === 'bigint') return keepsBigIntegers ? value : Number(value);
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map((item) => plain(item, keepsBigIntegers));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item, keepsBigIntegers)]));
}

const isList = (value: ExactJson): value is readonly ExactJson[] => Array.isArray(value);
