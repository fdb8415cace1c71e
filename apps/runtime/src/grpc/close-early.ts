import { constants, type ServerHttp2Stream } from 'node:http2';

/**
 * A stream that has been answered before its client has said all: the rest is thrown away, and the client is told to stop. Called when the
 * status has been given to HTTP/2; the reset waits until that is on its way, as it would overtake it.
 */
export function closeEarly(stream: ServerHttp2Stream): void {
  if (stream.readableEnded || stream.destroyed) return;
  stream.resume();
  setImmediate(() => {
    if (!stream.readableEnded && !stream.destroyed) stream.close(constants.NGHTTP2_NO_ERROR);
  });
}
