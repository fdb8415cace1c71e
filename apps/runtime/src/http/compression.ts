import { promisify } from 'node:util';
import { constants, deflate, gunzip, gzip, inflate, inflateRaw } from 'node:zlib';
import { refuse } from '../server/refused.ts';
import { RefusedPlainly } from './refused-plainly.ts';

const inflaters = { gzip: promisify(gunzip), deflate: promisify(inflate) };
const deflaters = { gzip: promisify(gzip), deflate: promisify(deflate) };
export const unsupportedCompression = 'Unsupported compression type';

type Encoding = keyof typeof deflaters;

/** Opens a body that came compressed. Throws Refused. */
export async function decompressed(body: Buffer, encoding: string | undefined, bytesMax: number): Promise<Buffer> {
  if (encoding === undefined || encoding === 'identity') return body;
  if (encoding !== 'gzip' && encoding !== 'deflate') throw new RefusedPlainly('Unsupported', unsupportedCompression);
  try {
    return await inflaters[encoding](body, { maxOutputLength: bytesMax });
  } catch (thrown) {
    if (thrown instanceof RangeError) return refuse('Invalid argument', `the decompressed request is larger than ${bytesMax} bytes`);
    return await asFarAsItGoes(body, encoding, bytesMax);
  }
}

/** Triton looks at no check sum and no length at the end, and a body that was cut counts as far as it goes. One that is no such thing is nothing. */
async function asFarAsItGoes(body: Buffer, encoding: Encoding, bytesMax: number): Promise<Buffer> {
  const headBytes = encoding === 'gzip' ? gzipHeadBytes : zlibHeadBytes;
  const isGzip = body[0] === 0x1f && body[1] === 0x8b;
  if (encoding === 'gzip' ? !isGzip : body.readUInt16BE(0) % 31 !== 0) return Buffer.alloc(0);
  const options = { maxOutputLength: bytesMax, finishFlush: constants.Z_SYNC_FLUSH };
  const opened = (end: number) => promisify(inflateRaw)(body.subarray(headBytes, end), options).catch(() => undefined);
  let whole = await opened(body.length);
  // Broken in its middle: the longest beginning that is good is sought by halves.
  let [good, bad] = [headBytes, body.length];
  while (whole === undefined && bad - good > 1) {
    const middle = (good + bad) >> 1;
    if ((await opened(middle)) === undefined) bad = middle;
    else good = middle;
  }
  whole ??= await opened(good);
  return whole ?? Buffer.alloc(0);
}

/** Without a name or other fields of its own, as clients send it. */
const gzipHeadBytes = 10;
const zlibHeadBytes = 2;

/** The encoding that a client likes best of those that we have; undefined for none. Source: RFC 9110, 12.5.3. */
export function chosenEncoding(accepted: string | undefined): Encoding | undefined {
  if (accepted === undefined || accepted === '') return undefined;
  let best: { encoding: Encoding; quality: number } | undefined;
  for (const part of accepted.split(',')) {
    const [name = '', parameter] = part.replace(/^ +/, '').split(';');
    // What stands there and is no weight takes the encoding out, for Triton and so for us.
    const quality = parameter === undefined ? 1 : Number(/^q=([\d.]+) *$/.exec(parameter)?.[1] ?? 0);
    if ((name === 'gzip' || name === 'deflate') && quality > 0 && quality > (best?.quality ?? 0)) best = { encoding: name, quality };
    if (name === 'identity' && quality > (best?.quality ?? 0) && best !== undefined) best = undefined;
  }
  return best?.encoding;
}

export const compressed = (body: Buffer, encoding: Encoding): Promise<Buffer> => deflaters[encoding](body);
