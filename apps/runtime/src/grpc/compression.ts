import { promisify } from 'node:util';
import { deflateSync, gunzip, gzipSync, inflate } from 'node:zlib';

/** What `grpc-encoding` may name; `deflate` is zlib's format, as the gRPC documents say. */
export type Encoding = 'identity' | 'deflate' | 'gzip';

/** In the order in which a real Triton lists them. */
export const acceptedEncodings = 'identity, deflate, gzip';

/** Undefined for an encoding that nobody here knows. */
export function encodingOf(header: string | undefined): Encoding | undefined {
  return header === undefined || header === 'identity' ? 'identity' : header === 'gzip' || header === 'deflate' ? header : undefined;
}

const unzipped = { gzip: promisify(gunzip), deflate: promisify(inflate) };

/** Off the event loop, since a large message takes long. Throws for what is no such data, and for what grows past the limit. */
export async function decompressed(bytes: Uint8Array, encoding: 'gzip' | 'deflate', bytesMax: number): Promise<Buffer> {
  return await unzipped[encoding](bytes, { maxOutputLength: bytesMax });
}

/** `--grpc-infer-response-compression-level`. */
export type CompressionLevel = 'none' | 'low' | 'medium' | 'high';

/**
 * What the answers of an inference are compressed with: a level picks among what the client takes, gzip first and deflate after it.
 * That is gRPC's table for levels, as a real Triton follows it: gzip and deflate at medium and high is deflate.
 */
export function encodingForLevel(level: CompressionLevel, accepts: string | undefined): Encoding {
  const taken = (accepts ?? '').split(',').map((one) => one.trim());
  const ranked = (['gzip', 'deflate'] as const).filter((one) => taken.includes(one));
  switch (level) {
    case 'none':
      return 'identity';
    case 'low':
      return ranked[0] ?? 'identity';
    case 'medium':
    case 'high':
      return ranked.at(-1) ?? 'identity';
  }
}

/** Undefined when it would not get smaller: the message goes as it is then. At once, so that answers keep their order. */
export function compressed(bytes: Uint8Array, encoding: Encoding): Uint8Array | undefined {
  if (encoding === 'identity') return undefined;
  const smaller = encoding === 'gzip' ? gzipSync(bytes) : deflateSync(bytes);
  return smaller.length < bytes.length ? smaller : undefined;
}
