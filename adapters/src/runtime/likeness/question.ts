import { deepStrictEqual } from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync, inflateSync } from 'node:zlib';
import { request } from 'undici';
import { parseJson } from '#core/kserve/json.ts';
import type { LikenessServer } from './servers.ts';

/** One question for both: method, path, a body that is sent as it stands or as JSON, and headers. */
export type Question = readonly [
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>> | undefined,
];

export type Reply = { readonly status: number; readonly headers: Readonly<Record<string, unknown>>; readonly body: Buffer };

/** Asks both, one question after the other, and wants the same status, headers and meaning. `vary` takes out what may differ, with the reason at the caller. */
export async function sameAnswers(
  [ours, theirs]: readonly [LikenessServer, LikenessServer],
  questions: readonly Question[],
  vary: (told: unknown) => unknown = (told) => told,
): Promise<void> {
  const different: { readonly question: string; readonly mine: unknown; readonly real: unknown }[] = [];
  for (const question of questions) {
    const [mine, real] = (await Promise.all([ask(ours, question), ask(theirs, question)])).map((reply) => vary(toldBy(reply)));
    if (!isDeepStrictEqual(mine, real)) different.push({ question: JSON.stringify(question).slice(0, 400), mine, real });
  }
  // All of them at once: a difference seldom comes alone.
  deepStrictEqual(
    different.map(({ question, mine }) => ({ question, told: mine })),
    different.map(({ question, real }) => ({ question, told: real })),
  );
}

export async function ask({ http }: Pick<LikenessServer, 'http'>, [method, path, body, headers = {}]: Question): Promise<Reply> {
  const sent = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const reply = await request(http + path, { method, headers, ...(sent === undefined ? {} : { body: sent }) });
  return { status: reply.statusCode, headers: reply.headers, body: Buffer.from(await reply.body.arrayBuffer()) };
}

/** An infer body with binary tensors behind its JSON. */
export function binary(head: object, ...tensors: readonly Buffer[]): readonly [Buffer, Record<string, string>] {
  const json = Buffer.from(JSON.stringify(head));
  return [Buffer.concat([json, ...tensors]), { 'Inference-Header-Content-Length': String(json.length) }];
}

/** Without lengths, which follow from names; with the body's meaning and the raw tensors behind it. */
function toldBy({ status, headers, body }: Reply): unknown {
  const encoding = headers['content-encoding'];
  const plain = encoding === 'gzip' ? gunzipSync(body) : encoding === 'deflate' ? inflateSync(body) : body;
  const length = Number(headers['inference-header-content-length'] ?? plain.length);
  const { 'content-length': _, 'inference-header-content-length': hasHead, ...others } = headers;
  const text = plain.subarray(0, length).toString();
  return {
    status,
    headers: { ...others, ...(hasHead === undefined ? {} : { hasHead: true }) },
    head: meaningOf(text),
    ...spellingOf(text),
    raw: plain.subarray(length).toString('hex'),
  };
}

/** Tensors are compared as they are spelled too: members in their order, numbers to the last digit. */
export function spellingOf(text: string): { readonly spelling?: string } {
  return text.includes('"outputs":[') && !text.includes('"runtime":') ? { spelling: text } : {};
}

export function meaningOf(text: string): unknown {
  const parsed = parseJson(text, { keepsBigIntegers: /\d{16}/.test(text) });
  return 'value' in parsed ? parsed.value : text;
}
