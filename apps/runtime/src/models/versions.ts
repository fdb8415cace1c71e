import { setTimeout as sleep } from 'node:timers/promises';
import { LoadFailure } from './load-failure.ts';
import { LoadedVersion, type Surroundings } from './loaded-version.ts';
import { linkedConfig, type Node, type VersionSlot } from './node.ts';
import { printedId } from './model-id.ts';

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

  /** Loads beside what serves, and takes its place when it is good. Gives the reason when it is not. */
  async load(node: Node, version: string): Promise<string | undefined> {
    const { log } = this.#surroundings;
    const { id, polled } = node;
    const slot: VersionSlot = node.versions.get(version) ?? { version, state: 'LOADING', reason: '', loaded: undefined };
    node.versions.set(version, slot);
    const old = slot.state === 'READY' ? slot.loaded : undefined;
    if (!old) Object.assign(slot, { state: 'LOADING', reason: '', loaded: undefined });
    log.info('registry.ts', `loading: ${printedId(id)}:${version}`);
    try {
      if (polled.loadFailure !== undefined) throw new LoadFailure('Invalid argument', polled.loadFailure);
      await this.#surroundings.misbehaviour?.loads.before(id.name);
      slot.loaded = await LoadedVersion.load({ id, config: linkedConfig(node), folder: polled.folder, version }, this.#surroundings);
      Object.assign(slot, { state: 'READY', reason: '' });
      if (old) void this.#endLater(old);
      return undefined;
    } catch (thrown) {
      if (!(thrown instanceof LoadFailure)) throw thrown;
      log.error('registry.ts', `failed to load '${printedId(id)}' version ${version}: ${thrown.message}`);
      if (!old) Object.assign(slot, { state: 'UNAVAILABLE', reason: thrown.message });
      return thrown.message;
    }
  }

  /** Out of use at once; the process goes when what is under way is answered. */
  leave(slot: VersionSlot): void {
    const { loaded } = slot;
    if (slot.state !== 'READY' || !loaded) return;
    const done = (): void => {
      if (slot.loaded !== loaded) return;
      Object.assign(slot, { state: 'UNAVAILABLE', reason: 'unloaded', loaded: undefined });
    };
    slot.state = 'UNLOADING';
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
