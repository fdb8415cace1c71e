import { type Backoff, backoffMs } from '#core/base/backoff.ts';
import { Fault, wordsOf } from '#core/base/fault.ts';
import type { Ms } from '#core/base/time.ts';
import type { AgentWorld, Endpoint } from '#core/ports/agent.ts';
import type { PoolId } from '#core/signals/sample.ts';

/** Tells gateways which servers are there and proven: always the whole list, and again until it was taken. */
export class Publisher {
  readonly #world: Pick<AgentWorld, 'clock' | 'endpoints' | 'dice' | 'log'>;
  readonly #retry: Backoff;
  readonly #list: () => readonly Endpoint[];
  readonly #ended: AbortSignal;
  #asked = 0;
  #done = 0;
  #isWorking = false;
  #waiting: { readonly upTo: number; readonly resolve: () => void }[] = [];
  #published = 'nothing yet';
  #since = new Map<string, { readonly pool: PoolId; readonly at: Ms }>();

  constructor(
    world: Pick<AgentWorld, 'clock' | 'endpoints' | 'dice' | 'log'>,
    retry: Backoff,
    list: () => readonly Endpoint[],
    ended: AbortSignal,
  ) {
    this.#world = world;
    this.#retry = retry;
    this.#list = list;
    this.#ended = ended;
  }

  /** Publishes the list as it is by now. Resolves when that is done, or after a bounded time: who waits has a deadline of his own. */
  publish(): Promise<void> {
    this.#asked += 1;
    const upTo = this.#asked;
    const published = new Promise<void>((resolve) => this.#waiting.push({ upTo, resolve }));
    if (!this.#isWorking) {
      this.#isWorking = true;
      void this.#work()
        .catch((thrown: unknown) => this.#world.log(`PAGE endpoints are no longer published, a bug of ours: ${wordsOf(thrown)}`))
        .catch(() => undefined);
    }
    return published;
  }

  /** For how long a server of the pool has been published; 'never' when none is. */
  publishedFor(pool: PoolId): Ms | 'never' {
    const since = [...this.#since.values()].filter((one) => one.pool === pool).map(({ at }) => at);
    return since.length === 0 ? 'never' : this.#world.clock.now() - Math.min(...since);
  }

  async #work(): Promise<void> {
    for (let failed = 0; this.#done < this.#asked; ) {
      const upTo = this.#asked;
      const endpoints = this.#list();
      const text = JSON.stringify(endpoints);
      try {
        if (text !== this.#published) await this.#world.endpoints.publish(endpoints);
        this.#took(endpoints, text);
        this.#done = upTo;
        failed = 0;
        this.#resolve((waiting) => waiting.upTo <= upTo);
      } catch (thrown) {
        if (!(thrown instanceof Fault)) throw thrown;
        failed += 1;
        this.#world.log(`${endpoints.length} endpoints could not be published: ${wordsOf(thrown)}`);
        if (failed >= patienceTimes) this.#resolve(() => true);
        if (failed >= patienceTimes && this.#ended.aborted) break;
        await this.#world.clock.sleep(backoffMs(this.#retry, failed, this.#world.dice));
      }
    }
    this.#isWorking = false;
  }

  #took(endpoints: readonly Endpoint[], text: string): void {
    this.#published = text;
    const now = this.#world.clock.now();
    const keyOf = ({ server, incarnation }: Endpoint): string => `${server} ${incarnation}`;
    this.#since = new Map(endpoints.map((one) => [keyOf(one), this.#since.get(keyOf(one)) ?? { pool: one.pool, at: now }]));
  }

  #resolve(which: (waiting: { readonly upTo: number }) => boolean): void {
    for (const waiting of this.#waiting.filter(which)) waiting.resolve();
    this.#waiting = this.#waiting.filter((waiting) => !which(waiting));
  }
}

/** After so many failures in a row nobody is kept waiting, and an agent that has ended gives up. */
const patienceTimes = 3;
