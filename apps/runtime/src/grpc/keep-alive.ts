import type { ServerHttp2Session } from 'node:http2';

/** `--grpc-keepalive-time` and `--grpc-keepalive-timeout`, with their defaults. */
export type KeepAlive = { readonly everyMs: number; readonly timeoutMs: number };
export const keepAliveDefault: KeepAlive = { everyMs: 7_200_000, timeoutMs: 20_000 };

/** Ends a connection whose other side has gone without a word: it does not answer a ping. */
export function keepAlive(session: ServerHttp2Session, { everyMs, timeoutMs }: KeepAlive): void {
  const timer = setInterval(() => {
    const limit = setTimeout(() => session.destroy(), timeoutMs);
    // The callback comes as well when the connection ends meanwhile.
    if (session.destroyed || !session.ping(() => clearTimeout(limit))) clearTimeout(limit);
  }, everyMs);
  timer.unref();
  session.once('close', () => clearInterval(timer));
}
