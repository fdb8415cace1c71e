import { LoadFailure } from '../models/load-failure.ts';
import type { InForce } from './in-force.ts';

/** Loads that take long, and the first ones that fail, of each model as many. */
export class FaultyLoads {
  readonly #inForce: InForce;
  readonly #failed = new Map<string, number>();

  constructor(inForce: InForce) {
    this.#inForce = inForce;
  }

  startOver(): void {
    this.#failed.clear();
  }

  /** Comes before the load of one version. Throws a LoadFailure. */
  async before(model: string): Promise<void> {
    await this.#inForce.wait('loads', this.#inForce.of('loads', model)?.delayMs ?? 0);
    const failed = this.#failed.get(model) ?? 0;
    if (failed >= (this.#inForce.of('loads', model)?.failTimes ?? 0)) return;
    this.#failed.set(model, failed + 1);
    throw new LoadFailure('Internal', 'a load that fails on purpose, as asked for at the admin port');
  }
}
