import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelConfigJson } from '#core/pbtxt/model-config.ts';
import { LoadFailure } from './load-failure.ts';
import { LoadedVersion, type Surroundings } from './loaded-version.ts';
import { linkedConfig, type Node, type VersionSlot } from './node.ts';
import { printedId } from './model-id.ts';

type GoodLoad = { readonly slot: VersionSlot; readonly loaded: LoadedVersion };

export type VersionLoad = GoodLoad | { readonly version: string; readonly state: 'READY' | 'UNAVAILABLE'; readonly reason: string };

/** How versions come and go: one that is loaded anew serves until the new one is good, and one that goes answers what is under way. */
export class Versions {
  readonly #surroundings: Surroundings;
  readonly #leaving = new Map<LoadedVersion, Promise<void>>();

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** Ends at once those that were to go when they had answered what was under way. */
  async end(): Promise<void> {
    await Promise.all([...this.#leaving].map(([loaded, left]) => Promise.all([loaded.end(), left])));
  }

  /** Loads beside what serves: it is for `serve` or `drop` then, as the other versions of the model have it. */
  async load(node: Node, version: string): Promise<VersionLoad> {
    const { log } = this.#surroundings;
    const { id, polled } = node;
    const slot: VersionSlot = node.versions.get(version) ?? { version, state: 'LOADING', reason: '', loaded: undefined };
    node.versions.set(version, slot);
    const isServing = slot.state === 'READY';
    if (!isServing) Object.assign(slot, { state: 'LOADING', reason: '', loaded: undefined });
    log.info('registry.ts', `loading: ${printedId(id)}:${version}`);
    const made = madeOf(node, version);
    const replaced = isServing ? slot.loaded : undefined;
    const inPlace = made !== undefined && replaced?.madeOf === made ? replaced : undefined;
    for (let retries = inPlace ? 0 : this.#surroundings.loadRetries; ; retries -= 1) {
      try {
        const config = await this.#configToLoad(node, version);
        const wanted = { id, config, folder: polled.folder, version, madeOf: made, replaced };
        return { slot, loaded: await (inPlace ? inPlace.regroup(config) : LoadedVersion.load(wanted, this.#surroundings)) };
      } catch (thrown) {
        if (!(thrown instanceof LoadFailure)) throw thrown;
        const { message: reason } = thrown;
        if (inPlace) {
          slot.reason = reason;
          return { version, state: 'READY', reason };
        }
        log.error('registry.ts', `failed to load '${printedId(id)}' version ${version}: ${reason}`);
        if (retries > 0) continue;
        if (!isServing) Object.assign(slot, { state: 'UNAVAILABLE', reason });
        return { version, state: 'UNAVAILABLE', reason };
      }
    }
  }

  /** Throws a LoadFailure where it is known already that it will not load. */
  async #configToLoad(node: Node, version: string): Promise<ModelConfigJson> {
    const { id, polled } = node;
    if (polled.loadFailure) throw polled.loadFailure;
    const completed = polled.versions.get(version) ?? { config: polled.config };
    if ('says' in completed) throw new LoadFailure('Invalid argument', completed.says);
    await this.#surroundings.misbehaviour?.loads.before(id.name);
    return linkedConfig(completed.config, node);
  }

  /** Takes the place of what has served so far. */
  serve({ slot, loaded }: GoodLoad): void {
    const old = slot.state === 'READY' ? slot.loaded : undefined;
    Object.assign(slot, { state: 'READY', reason: '', loaded });
    if (old && old !== loaded) void this.#endLater(old);
  }

  /** Good itself, but another version of the model is not. What has served so far goes on. */
  drop({ slot, loaded }: GoodLoad): void {
    if (slot.loaded === loaded) return;
    if (slot.state === 'READY') void this.#endLater(loaded);
    else this.#unload(slot, loaded);
  }

  /** Out of use at once; the process goes when what is under way is answered. */
  leave(slot: VersionSlot): void {
    if (slot.state === 'READY' && slot.loaded) this.#unload(slot, slot.loaded);
  }

  #unload(slot: VersionSlot, loaded: LoadedVersion): void {
    const done = (): void => {
      if (slot.loaded !== loaded) return;
      Object.assign(slot, { state: 'UNAVAILABLE', reason: 'unloaded', loaded: undefined });
    };
    Object.assign(slot, { state: 'UNLOADING', loaded });
    void this.#endLater(loaded).then(done);
  }

  #endLater(loaded: LoadedVersion): Promise<void> {
    loaded.scheduler.close();
    const leaving = (async () => {
      while (loaded.scheduler.underWay > 0) await sleep(drainLookMs, undefined, { ref: false });
      await loaded.end();
      this.#surroundings.log.info('registry.ts', `successfully unloaded '${printedId(loaded.id)}' version ${loaded.version}`);
    })();
    this.#leaving.set(loaded, leaving);
    return leaving.finally(() => this.#leaving.delete(loaded));
  }
}

/** What is under way is answered within milliseconds mostly, and nothing tells when. */
const drainLookMs = 5;

/** All that a version is made of but what changes in place: its instances, and the choice of versions. Ensembles have no instances. */
function madeOf({ polled }: Node, version: string): string | undefined {
  const { instance_group: _, version_policy: __, ...config } = polled.config;
  if (config.ensemble_scheduling) return undefined;
  return JSON.stringify([config, polled.filesOf(version)]);
}
