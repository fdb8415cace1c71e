import { type Dice, weighted } from '#core/base/dice.ts';
import { deflateSync, gzipSync } from 'node:zlib';
import type { Case } from './case.ts';
import { endpointCase } from './endpoint-case.ts';
import { chunked, httpRequest } from './http-text.ts';
import { binaryBody, type InferBody, jsonBody, rawBody } from './infer-bodies.ts';
import { oddTexts } from './odd-values.ts';
import { sequenceCase } from './sequence-case.ts';
import { sharedMemoryCase } from './shared-memory-case.ts';

/** One case over HTTP whose request is well framed, whatever it says. */
export function httpCase(dice: Dice): Case {
  return weighted(dice, ways)(dice);
}

type Way = (dice: Dice) => Case;

const inferring =
  (bodyOf: (dice: Dice) => InferBody): Way =>
  (dice) => {
    const { model, says, body, headers } = bodyOf(dice);
    const version = dice.chance(0.9)
      ? ''
      : dice.pick(['/versions/1', '/versions/2', '/versions/3', '/versions/x', '/versions/', '/versions/01']);
    const named = dice.chance(0.97) ? model : dice.pick(['nope', 'unreadable', 'direct', 'pair', 'FLAT']);
    return asked(`infer ${named}${version}: ${says}`, httpRequest('POST', `/v2/models/${named}${version}/infer`, body, headers));
  };

/** Encodings, content types and chunks around a body. */
const carried: Way = (dice) => {
  const { model, says, body, headers } = dice.chance(0.6) ? jsonBody(dice) : binaryBody(dice);
  const encoding = dice.pick(['gzip', 'deflate', 'gzip', 'deflate', 'identity', 'br', '', 'GZIP', 'gzip, deflate', 'x']);
  const packed = dice.chance(0.15) ? body : encoding === 'deflate' ? deflateSync(body) : encoding === 'gzip' ? gzipSync(body) : body;
  const sent = dice.chance(0.7) ? packed : spoilt(dice, packed);
  const more: [string, string][] = [];
  if (dice.chance(0.6)) more.push(['Content-Encoding', encoding]);
  if (dice.chance(0.5)) more.push(['Accept-Encoding', dice.pick(oddTexts)]);
  if (dice.chance(0.3)) more.push(['Content-Type', dice.pick(oddTexts)]);
  if (dice.chance(0.1))
    more.push([dice.pick(['Inference-Header-Content-Length', 'Accept-Encoding', 'Content-Encoding']), dice.pick(oddTexts)]);
  const isEncoded = more.some(([name]) => name === 'Content-Encoding');
  const path = `/v2/models/${model}/infer`;
  const plain = isEncoded ? sent : body;
  const request = dice.chance(0.2)
    ? httpRequest('POST', path, chunked(plain, [1 + dice.below(40), 1 + dice.below(40)]), [
        ...headers,
        ...more,
        ['Transfer-Encoding', 'chunked'],
      ])
    : httpRequest('POST', path, plain, [...headers, ...more]);
  return asked(`carried ${JSON.stringify(more)}: ${says}`, request);
};

function spoilt(dice: Dice, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length === 0) return copy;
  if (dice.chance(0.4)) return copy.subarray(0, dice.below(copy.length));
  if (dice.chance(0.3)) return Buffer.concat([copy, Buffer.from('more')]);
  const at = dice.below(copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << dice.below(8));
  return copy;
}

const asked = (says: string, request: Buffer): Case => ({ says, steps: [{ kind: 'http', request }] });

const ways: readonly (readonly [number, Way])[] = [
  [40, inferring(jsonBody)],
  [18, inferring(binaryBody)],
  [5, inferring(rawBody)],
  [12, carried],
  [14, endpointCase],
  [4, sequenceCase],
  [7, sharedMemoryCase],
];
