import type { ServerHttp2Session } from 'node:http2';

/** `--grpc-keepalive-time`, `--grpc-keepalive-timeout` and `--grpc-keepalive-permit-without-calls`, with their defaults. */
export type KeepAlive = { readonly everyMs: number; readonly timeoutMs: number; readonly withoutCalls: boolean };
export const keepAliveDefault: KeepAlive = { everyMs: 7_200_000, timeoutMs: 20_000, withoutCalls: false };

/** Ends a connection whose other side has gone without a word: it does not answer a ping. */
export function keepAlive(session: ServerHttp2Session, { everyMs, timeoutMs, withoutCalls }: KeepAlive, hasCalls: () => boolean): void {
  const timer = setInterval(
    () => {
      if (!withoutCalls && !hasCalls()) return;
      const limit = setTimeout(() => session.destroy(), timeoutMs);
      // The callback comes as well when the connection ends meanwhile.
      if (session.destroyed || !session.ping(() => clearTimeout(limit))) clearTimeout(limit);
    },
    Math.min(everyMs, timerMaxMs),
  );
  timer.unref();
  session.once('close', () => clearInterval(timer));
}

/** A timer cannot wait longer than this. */
const timerMaxMs = 2 ** 31 - 1;
