import { Pool } from 'undici';
import type { Ms } from '#core/base/time.ts';
import type { Endpoint } from '#core/ports/agent.ts';

/** Kept-open connections to servers, by incarnation of a server. How many there are is bound by the requests under way. */
export class Upstreams {
  readonly #pools = new Map<string, Pool>();
  readonly #connectMs: Ms;

  constructor({ connectMs }: { connectMs: Ms }) {
    this.#connectMs = connectMs;
  }

  poolOf(server: Endpoint): Pool {
    const key = keyOf(server);
    const known = this.#pools.get(key);
    if (known) return known;
    const pool = new Pool(server.http, {
      connections: null,
      pipelining: 1,
      allowH2: false,
      // Our own deadline runs from the request's arrival; these would only be further timers.
      headersTimeout: 0,
      bodyTimeout: 0,
      // Shorter than the 5 s after which a Node server closes: then a request never meets a connection that is just being closed.
      keepAliveTimeout: 3000,
      connect: { timeout: this.#connectMs },
    });
    this.#pools.set(key, pool);
    return pool;
  }

  /** Lets go of servers that are not there any more, once what is under way has ended. */
  keepOnly(servers: readonly Endpoint[]): void {
    const present = new Set(servers.map(keyOf));
    for (const [key, pool] of this.#pools) {
      if (present.has(key)) continue;
      this.#pools.delete(key);
      pool.close().catch(() => {});
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
    this.#pools.clear();
  }
}

const keyOf = ({ server, incarnation, http }: Endpoint): string => `${server}@${incarnation} ${http}`;
