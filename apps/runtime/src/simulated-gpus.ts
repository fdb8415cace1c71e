import type { LoadedVersion } from './models/loaded-version.ts';

/** `--simulated-gpus=<count>[:<GiB>]`. */
export type SimulatedGpusAsked = { readonly count: number; readonly bytes: number };

/** What one of them is said to do. Watts, joules, bytes; utilization from 0 to 1. */
export type GpuTold = {
  readonly uuid: string;
  readonly utilization: number;
  readonly totalBytes: number;
  readonly usedBytes: number;
  readonly powerW: number;
  readonly limitW: number;
  readonly energyJ: number;
};

/** A context of CUDA, and what an instance takes, roughly. */
const contextBytes = 512 * 2 ** 20;
const instanceBytes = 512 * 2 ** 20;
const [idleW, limitW] = [60, 300];

/**
 * GPUs that are not there, so that dashboards, alerts and gates about GPUs can be rehearsed: their names say it. Instances lie on them in turns
 * and take half a gigabyte each; utilization is the share of the time since the last look in which instances computed, and power goes with it.
 * What leaks on purpose leaks on the first one.
 */
export class SimulatedGpus {
  readonly #asked: SimulatedGpusAsked;
  readonly #leakedBytes: () => number;
  readonly #energyJ: number[];
  #lookedMs: number;
  #computedNs = 0;

  constructor(asked: SimulatedGpusAsked, leakedBytes: () => number, nowMs: number) {
    this.#asked = asked;
    this.#leakedBytes = leakedBytes;
    this.#energyJ = Array<number>(asked.count).fill(0);
    this.#lookedMs = nowMs;
  }

  told(versions: readonly Pick<LoadedVersion, 'model' | 'statistics'>[], nowMs: number): readonly GpuTold[] {
    const { count, bytes } = this.#asked;
    // The steps of an ensemble are their own models' work.
    const computedNs = versions.reduce((sum, { model, statistics }) => sum + (model.instances.length > 0 ? statistics.computedNs : 0), 0);
    const seconds = Math.max(1, nowMs - this.#lookedMs) / 1000;
    // A model that went took its counts along.
    const utilization = Math.min(1, Math.max(0, computedNs - this.#computedNs) / 1e9 / seconds / count);
    [this.#lookedMs, this.#computedNs] = [nowMs, computedNs];
    const instances = versions.reduce((sum, { model }) => sum + model.instances.length, 0);
    const powerW = idleW + (limitW - idleW) * utilization;
    return this.#energyJ.map((_, index) => {
      this.#energyJ[index] = (this.#energyJ[index] ?? 0) + powerW * seconds;
      const own = Math.floor(instances / count) + (index < instances % count ? 1 : 0);
      const leaked = index === 0 ? this.#leakedBytes() : 0;
      const usedBytes = Math.min(bytes, contextBytes + own * instanceBytes + leaked);
      return {
        uuid: `GPU-simulated-${index}`,
        utilization,
        totalBytes: bytes,
        usedBytes,
        powerW,
        limitW,
        energyJ: this.#energyJ[index] ?? 0,
      };
    });
  }
}
