import type { ServerHttp2Stream } from 'node:http2';

// Triton sends no date. Node has the option, though its types do not know it.
const asAll = { endStream: true, sendDate: false };
const asBeginning = { waitForTrailers: true, sendDate: false };

/** The answer is a head and no more: gRPC calls it trailers only. */
export function respondWhole(stream: ServerHttp2Stream, head: Readonly<Record<string, string | number>>): void {
  stream.respond(head, asAll);
}

/** Messages and trailers follow. */
export function beginResponse(stream: ServerHttp2Stream, head: Readonly<Record<string, string | number>>): void {
  stream.respond(head, asBeginning);
}
