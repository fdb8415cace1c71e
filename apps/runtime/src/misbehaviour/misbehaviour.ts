import type { Log } from '../log.ts';
import type { Faults } from './faults.ts';
import { FaultyInstances } from './faulty-instances.ts';
import { FaultyLoads } from './faulty-loads.ts';
import { FaultyMetrics } from './faulty-metrics.ts';
import { FaultyRequests } from './faulty-requests.ts';
import { toldHealth } from './faulty-health.ts';
import { InForce } from './in-force.ts';
import { Leak } from './leak.ts';

/** What goes wrong on purpose. A runtime without an admin port has none of this, and so nothing in it can. */
export class Misbehaviour {
  readonly requests: FaultyRequests;
  readonly loads: FaultyLoads;
  readonly instances: FaultyInstances;
  readonly metrics: FaultyMetrics;
  readonly #inForce = new InForce();
  readonly #leak: Leak;
  readonly #log: Log;
  #crash: NodeJS.Timeout | undefined;

  constructor({ log, waiting }: { readonly log: Log; readonly waiting: (model: string) => number }) {
    this.#log = log;
    this.#leak = new Leak(log);
    this.requests = new FaultyRequests(this.#inForce, this.#leak);
    this.loads = new FaultyLoads(this.#inForce);
    this.instances = new FaultyInstances(this.#inForce, log, waiting);
    this.metrics = new FaultyMetrics(this.#inForce, log);
  }

  get faults(): Faults {
    return this.#inForce.faults;
  }

  get leakedBytes(): number {
    return this.#leak.bytes;
  }

  health(asked: 'live' | 'ready' | 'models', truth: () => boolean, model?: string): Promise<boolean> {
    return toldHealth(this.#inForce, asked, truth, model);
  }

  /** All that goes wrong from now on: what is not named ends, and what it held up goes on. */
  async set(faults: Faults): Promise<void> {
    const { begun, lifted } = this.#inForce.replace(faults);
    for (const name of lifted) this.#log.warning('misbehaviour.ts', `No more on purpose: ${name}`);
    for (const name of begun) this.#log.warning('misbehaviour.ts', `On purpose from now on: ${name} ${JSON.stringify(faults[name])}`);
    this.requests.seed(faults.seed);
    if (lifted.includes('leak')) this.#leak.free();
    if (begun.includes('loads')) this.loads.startOver();
    if (begun.includes('crash') || lifted.includes('crash')) this.#plan(faults.crash);
    await this.metrics.settle();
  }

  /** The runtime ends: what is held up is let go, and nothing is left that would hold up the process. */
  end(): void {
    clearTimeout(this.#crash);
    this.#inForce.replace({});
    this.#leak.free();
  }

  #plan(crash: Faults['crash']): void {
    clearTimeout(this.#crash);
    if (!crash) return;
    this.#crash = setTimeout(() => {
      this.#log.warning('misbehaviour.ts', `A crash on purpose: ${JSON.stringify(crash)}`);
      if (crash.of === 'instances') this.instances.kill(crash);
      else if (crash.exitCode !== undefined) process.exit(crash.exitCode);
      else process.kill(process.pid, crash.signal);
    }, crash.afterMs);
  }
}
