import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { ageless, type ConnectionAge, limitAge } from './connection-age.ts';
import { HeldBytes } from './held-bytes.ts';
import { type KeepAlive, keepAlive, keepAliveDefault } from './keep-alive.ts';
import { type PingLimits, pingLimitsDefault, PingStrikes } from './ping-strikes.ts';

export type ConnectionLimits = { readonly keepAlive?: KeepAlive; readonly pings?: PingLimits; readonly age?: ConnectionAge };

/** One client's connection, and what ends it. */
export class Connection {
  readonly held = new HeldBytes();
  readonly #session: ServerHttp2Session;
  readonly #strikes: PingStrikes;
  #calls = 0;
  #lastCall = 0;

  constructor(session: ServerHttp2Session, limits: ConnectionLimits) {
    const alive = limits.keepAlive ?? keepAliveDefault;
    this.#session = session;
    this.#strikes = new PingStrikes(limits.pings ?? pingLimitsDefault, alive.withoutCalls);
    session.on('error', () => session.destroy());
    session.on('ping', () => {
      if (this.#strikes.isTooMany(performance.now(), this.#calls > 0)) this.#refuse('too_many_pings');
    });
    keepAlive(session, alive, () => this.#calls > 0);
    limitAge(session, limits.age ?? ageless);
  }

  /** A call came on this stream. */
  begin(stream: ServerHttp2Stream): void {
    this.#calls += 1;
    this.#lastCall = stream.id ?? 0;
    stream.once('close', () => {
      this.#calls -= 1;
    });
  }

  /** Something of a call was sent to the client. */
  sent(): void {
    this.#strikes.reset();
  }

  #refuse(says: string): void {
    this.#session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, this.#lastCall, Buffer.from(says));
    setImmediate(() => this.#session.destroy());
  }
}
