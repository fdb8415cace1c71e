import { constants, type ServerHttp2Session } from 'node:http2';

/** `--grpc-max-connection-age` and `--grpc-max-connection-age-grace`; undefined is for ever. */
export type ConnectionAge = { readonly maxMs: number | undefined; readonly graceMs: number | undefined };
export const ageless: ConnectionAge = { maxMs: undefined, graceMs: undefined };

/** Tells a connection to go away when it is old, a tenth sooner or later, so that not all go at once; calls under way have the grace to end. */
export function limitAge(session: ServerHttp2Session, { maxMs, graceMs }: ConnectionAge): void {
  if (maxMs === undefined) return;
  const timers = [after(maxMs * (0.9 + 0.2 * Math.random()), leave)];
  session.once('close', () => timers.forEach(clearTimeout));

  function leave(): void {
    // Calls that are on their way may come; when the client has heard of it, it sends no more.
    session.goaway(constants.NGHTTP2_NO_ERROR, lastCallEver);
    if (!session.ping(() => session.close())) session.close();
    if (graceMs !== undefined) timers.push(after(graceMs, () => session.destroy()));
  }
}

const lastCallEver = 2 ** 31 - 1;

const after = (ms: number, run: () => void): NodeJS.Timeout => setTimeout(run, Math.min(ms, 2 ** 31 - 1)).unref();
