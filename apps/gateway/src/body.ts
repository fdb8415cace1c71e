import type { IncomingMessage } from 'node:http';
import { Transform, type TransformCallback } from 'node:stream';

/** A request's body on its way to a server: nothing, a small one that is already here, or a stream. */
export type Body =
  | { readonly is: 'none' }
  | { readonly is: 'here'; readonly bytes: Buffer }
  | { readonly is: 'coming'; readonly stream: Measured; readonly length: number | 'unknown' };

/** Bodies up to here arrive with their headers or right after, and are cheaper to hand on in one piece. Larger ones are streamed. */
const pieceBytesMax = 32 * 1024;

/** The length that the client states; 'unknown' when it sends chunks, 0 when there is no body. */
export function statedLength(request: IncomingMessage): number | 'unknown' {
  const stated = request.headers['content-length'];
  if (stated !== undefined) return Number(stated);
  return request.headers['transfer-encoding'] === undefined ? 0 : 'unknown';
}

/** Calls back once the body can be handed on; never when the client goes away before. */
export function takeBody(request: IncomingMessage, bytesMax: number, taken: (body: Body) => void): void {
  const length = statedLength(request);
  if (length === 0) return taken({ is: 'none' });
  if (length === 'unknown' || length > pieceBytesMax) return taken({ is: 'coming', stream: request.pipe(new Measured(bytesMax)), length });
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => taken({ is: 'here', bytes: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks) }));
}

/** Reads and forgets what is left of a body that nobody wants: else the client could not send its next request on this connection. */
export function dropBody(request: IncomingMessage, body: Body): void {
  if (body.is !== 'coming' || request.readableEnded) return;
  request.unpipe(body.stream);
  request.resume();
}

/** Passes bytes on and stops at the limit. It stands between the client's connection and undici, which destroys what it is given. */
export class Measured extends Transform {
  isTooLarge = false;
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    super();
    this.#bytesMax = bytesMax;
    // Whoever reads it may be gone when it breaks; that must not end the process.
    this.on('error', () => {});
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#bytes += chunk.length;
    this.isTooLarge = this.#bytes > this.#bytesMax;
    if (this.isTooLarge) done(new RangeError(`the body is larger than ${this.#bytesMax} bytes`));
    else done(null, chunk);
  }
}
