/** `--grpc-http2-max-ping-strikes` (0: as many as one likes) and `--grpc-http2-min-recv-ping-interval-without-data`, with their defaults. */
export type PingLimits = { readonly strikesMax: number; readonly everyMs: number };
export const pingLimitsDefault: PingLimits = { strikesMax: 2, everyMs: 300_000 };

/** Between pings of a client that has no call under way. */
const idleEveryMs = 7_200_000;

/**
 * Counts the pings of one client that come too soon after each other with nothing sent to it in between. A gRPC server ends the connection for
 * them: clients with an eager keep-alive are cut off so. Source: gRPC core, chttp2/transport/ping_abuse_policy.cc.
 */
export class PingStrikes {
  readonly #limits: PingLimits;
  /** Whether pings without a call may come as often as those with one. */
  readonly #permitsIdle: boolean;
  #lastMs = Number.NEGATIVE_INFINITY;
  #strikes = 0;

  constructor(limits: PingLimits, permitsIdle: boolean) {
    this.#limits = limits;
    this.#permitsIdle = permitsIdle;
  }

  /** A ping came. True when that was one too many. */
  isTooMany(nowMs: number, hasCalls: boolean): boolean {
    const { strikesMax, everyMs } = this.#limits;
    const isSoon = nowMs < this.#lastMs + (hasCalls || this.#permitsIdle ? everyMs : idleEveryMs);
    this.#lastMs = nowMs;
    if (isSoon) this.#strikes += 1;
    return isSoon && strikesMax !== 0 && this.#strikes > strikesMax;
  }

  /** Heads or messages were sent to the client. */
  reset(): void {
    this.#lastMs = Number.NEGATIVE_INFINITY;
    this.#strikes = 0;
  }
}
