import type { LoadedVersion } from '../models/loaded-version.ts';
import { type Cached, cacheKey } from '../scheduling/response-cache.ts';
import type { InferRequest, OutputTensor } from './inference-server.ts';

/** One request's look into the cache, and what it costs. */
export class CacheLookup {
  readonly found: readonly OutputTensor[] | undefined;
  readonly #cache: Cached;
  readonly #key: string;
  readonly #loaded: LoadedVersion;
  readonly #lookupNs: number;

  constructor(cache: Cached, request: InferRequest, loaded: LoadedVersion) {
    const beganMs = performance.now();
    this.#cache = cache;
    this.#loaded = loaded;
    this.#key = cacheKey(loaded, request);
    this.found = cache.find(this.#key);
    this.#lookupNs = (performance.now() - beganMs) * 1e6;
  }

  count(startedMs: number): void {
    this.#loaded.statistics.hit({ totalNs: (performance.now() - startedMs) * 1e6, lookupNs: this.#lookupNs });
  }

  keep(outputs: readonly OutputTensor[]): void {
    const beganMs = performance.now();
    if (!this.#cache.keep(this.#key, outputs)) return;
    this.#loaded.statistics.missed(this.#lookupNs + (performance.now() - beganMs) * 1e6);
  }
}
