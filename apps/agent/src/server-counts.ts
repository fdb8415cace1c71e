import { Fault } from '#core/base/fault.ts';
import { modelsBeside } from '#core/contract/contract.ts';
import type { AgentWorld } from '#core/ports/agent.ts';
import type { ServerSample } from '#core/signals/sample.ts';
import type { Subject } from './load.ts';
import type { AgentSettings } from './settings.ts';

/** What one server's own metrics say, and how much of it we asked ourselves. Starts anew with each incarnation. */
export class ServerCounts {
  readonly #server: string;
  readonly #world: Pick<AgentWorld, 'node' | 'clock' | 'triton'>;
  readonly #settings: Pick<AgentSettings, 'startPollMs'>;
  #incarnation = 'none';
  #probes = 0;
  #sample: ServerSample | 'none' = 'none';

  constructor(server: string, world: Pick<AgentWorld, 'node' | 'clock' | 'triton'>, settings: Pick<AgentSettings, 'startPollMs'>) {
    this.#server = server;
    this.#world = world;
    this.#settings = settings;
  }

  /** The last reading, of whichever incarnation; its time tells how old it is. */
  get sample(): ServerSample | 'none' {
    return this.#sample;
  }

  /** Requests that the server has had from others than us, as far as we have read. */
  get askedByOthers(): number {
    const counted = this.#counted();
    return counted === 'unread' ? 0 : counted - this.#probes;
  }

  begin(incarnation: string): void {
    this.#incarnation = incarnation;
    this.#probes = 0;
  }

  probed(): void {
    this.#probes += 1;
  }

  /**
   * The first reading of an incarnation, before gateways hear of it: so far only we can have asked. What the server does not count
   * in the end (it refused the request early) is no probe.
   */
  async readFirst(subject: Subject, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; attempt <= attemptsMax && !signal.aborted; attempt += 1) {
      await this.read(subject, signal);
      if (this.#counted() === this.#probes) return;
      await this.#world.clock.sleep(this.#settings.startPollMs, signal);
    }
    const counted = this.#counted();
    if (counted !== 'unread') this.#probes = counted;
    await this.read(subject, signal);
  }

  async read({ target, running, materialised }: Subject, signal: AbortSignal): Promise<void> {
    const { node, clock, triton } = this.#world;
    const runs = Object.keys(modelsBeside(materialised.contract));
    try {
      const { succeeded, failed, queueUs, pending } = await triton.counters(running.metrics, target.model, runs);
      if (signal.aborted) return;
      const { model, pool, gpuClass } = target;
      const who = { source: 'server', reader: `agent/${node}`, incarnation: this.#incarnation, server: this.#server } as const;
      this.#sample = { ...who, model, pool, gpuClass, at: clock.now(), succeeded, failed, queueUs, pending, probes: this.#probes };
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown; // the reading before stays
    }
  }

  #counted(): number | 'unread' {
    if (this.#sample === 'none' || this.#sample.incarnation !== this.#incarnation) return 'unread';
    return this.#sample.succeeded + this.#sample.failed;
  }
}

const attemptsMax = 5;
