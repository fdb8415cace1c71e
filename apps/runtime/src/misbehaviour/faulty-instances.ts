import type { Hindrance, Instance, Ran } from '../instances/instance.ts';
import type { Log } from '../log.ts';
import { type FaultOf, isMeantFor } from './faults.ts';
import type { InForce } from './in-force.ts';

/** Instances that take a batch and keep it, that are slow, and that end. */
export class FaultyInstances {
  readonly #inForce: InForce;
  readonly #log: Log;
  readonly #waiting: (model: string) => number;
  readonly #living = new Map<Instance, string>();
  readonly #stuck = new Set<Instance>();

  /** `waiting` tells how many requests of a model wait for an instance. */
  constructor(inForce: InForce, log: Log, waiting: (model: string) => number) {
    this.#inForce = inForce;
    this.#log = log;
    this.#waiting = waiting;
  }

  hindrance(model: string, instance: Instance): Hindrance {
    this.#living.set(instance, model);
    void instance.ended.then(() => this.#living.delete(instance));
    return async (run) => {
      const startedMs = performance.now();
      await this.#holdUp(model, instance);
      await this.#inForce.wait('slowUnderLoad', this.#loadMs(model));
      await this.#inForce.wait('queueGrowth', this.#inForce.of('queueGrowth', model)?.pauseMs ?? 0);
      const ranMs = performance.now();
      const ran = await run();
      const tookMs = performance.now() - ranMs;
      await this.#inForce.wait('queueGrowth', tookMs * ((this.#inForce.of('queueGrowth', model)?.factor ?? 1) - 1));
      return later(ran, performance.now() - startedMs - tookMs);
    };
  }

  kill(crash: FaultOf<'crash'>): void {
    for (const [instance, model] of this.#living) if (isMeantFor(crash, model)) instance.kill(crash.signal);
  }

  async #holdUp(model: string, instance: Instance): Promise<void> {
    const stuck = this.#inForce.of('stuck', model);
    if (!stuck || this.#stuck.size >= stuck.instances) return;
    this.#stuck.add(instance);
    this.#log.warning('misbehaviour.ts', `On purpose: instance ${instance.name} of model '${model}' is stuck with a batch`);
    await Promise.race([this.#inForce.lifted('stuck'), instance.ended]);
    this.#stuck.delete(instance);
  }

  #loadMs(model: string): number {
    const slow = this.#inForce.of('slowUnderLoad', model);
    return slow ? Math.min(slow.msMax, slow.msPerWaiting * this.#waiting(model)) : 0;
  }
}

/** What it was held up for counts as computing, as with a model that is slow. */
const later = ({ outputs, timings }: Ran, ms: number): Ran => ({
  outputs,
  timings: { ...timings, inferNs: timings.inferNs + Math.round(ms * 1e6) },
});
