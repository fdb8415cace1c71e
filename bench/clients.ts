import { join } from 'node:path';
import { type Load, type LoadResult, openLoop } from '#adapters/load/open-loop.ts';
import { labelledImages } from '#adapters/load/labelled-images.ts';
import { model, root } from './real-world.ts';

/** A request that got no good answer. `release`: who answered it, as its first digits. */
export type Failure = {
  readonly at: number;
  readonly release: string;
  readonly arm: string;
  readonly reason: string;
  readonly says: string;
};

/** Held-out images to the gateway on a schedule of their own, never twice; every failure is kept. */
export class Clients {
  readonly failures: Failure[] = [];
  /** Hears of every answer. */
  heard: (result: LoadResult) => void = () => undefined;
  readonly #load: Load;
  #sent = 0;

  constructor({ url, rate, seed }: { url: string; rate: number; seed: number }) {
    const images = labelledImages(join(root, 'examples/digits/traffic.json'), { model, input: 'pixels' });
    this.#load = openLoop({
      url,
      rate,
      seed,
      arrival: 'poisson',
      bodies: (index) => {
        this.#sent += 1;
        return images.request(index);
      },
      onResult: (result) => {
        const { release, arm, reason, says } = result;
        if (reason !== 'none') this.failures.push({ at: Date.now(), release, arm, reason, says });
        this.heard(result);
      },
    });
  }

  get sent(): number {
    return this.#sent;
  }

  async stop(): Promise<void> {
    await this.#load.stop();
  }
}
