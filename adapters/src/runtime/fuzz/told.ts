import { gunzipSync, inflateSync } from 'node:zlib';
import { meaningOf, spellingOf } from '../likeness/question.ts';
import type { Heard } from './send-http.ts';

/** What an answer over HTTP says: head and meaning, without lengths and durations. */
export function toldByHttp({ bytes, end }: Heard): unknown {
  const answers: unknown[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    const at = rest.indexOf('\r\n\r\n');
    if (at < 0) break;
    const lines = rest.subarray(0, at).toString('latin1').split('\r\n');
    const headers = new Map(lines.slice(1).map((line) => pairOf(line)));
    const length = Number(headers.get('content-length') ?? 0);
    answers.push({
      status: lines[0],
      headers: lines.slice(1).filter((line) => !/^(content-length|inference-header-content-length):/i.test(line)),
      hasHead: headers.has('inference-header-content-length'),
      isEmpty: length === 0,
      body: toldByBody(rest.subarray(at + 4, at + 4 + length), headers),
    });
    rest = rest.subarray(at + 4 + length);
  }
  return { answers, end, ...(rest.length > 0 ? { rest: rest.toString('latin1') } : {}) };
}

function pairOf(line: string): readonly [string, string] {
  const at = line.indexOf(':');
  return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
}

function toldByBody(body: Buffer, headers: ReadonlyMap<string, string>): unknown {
  const encoding = headers.get('content-encoding');
  const plain = encoding === 'gzip' ? gunzipSync(body) : encoding === 'deflate' ? inflateSync(body) : body;
  const length = Number(headers.get('inference-header-content-length') ?? plain.length);
  // Latin 1 keeps apart what is no UTF-8; its meaning is the same where it is plain.
  const text = plain.subarray(0, length);
  return {
    head: withoutTimes(meaningOf(text.toString())),
    ...spellingOf(text.toString()),
    ...(isUtf8(text) ? {} : { bytes: text.toString('latin1') }),
    raw: plain.subarray(length).toString('hex'),
  };
}

const isUtf8 = (bytes: Buffer): boolean => Buffer.from(bytes.toString()).equals(bytes);

const passing: ReadonlySet<string> = new Set(['ns', 'last_inference', 'runtime']);

/** Plain values: numbers by their value, whether they are a bigint or not; and what no two runs share as a zero. */
export function withoutTimes(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : `${value}n`;
  if (Object.is(value, -0)) return '-0';
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof Map) return withoutTimes(Object.fromEntries([...value].sort(([a], [b]) => (a < b ? -1 : 1))));
  if (typeof value !== 'object' || value === null) return value;
  // A server that tells its extensions tells its own name and version with them.
  if ('extensions' in value) return withoutTimes(value.extensions);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, passing.has(name) ? 0 : withoutTimes(one)]));
}
