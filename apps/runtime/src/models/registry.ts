import { setTimeout as sleep } from 'node:timers/promises';
import type { Conditions } from '#core/model/conditions.ts';
import { wordsOf } from '#core/base/fault.ts';
import type { ModelConfigJson } from '#core/pbtxt/model-config.ts';
import { type IndexEntry, type LoadParameters, type ModelRef } from '../server/inference-server.ts';
import { Refused } from '../server/refused.ts';
import type { LoadedVersion, Surroundings } from './loaded-version.ts';
import { isSettled, newNode, type Node, readyVersions, stepModels } from './node.ts';
import { openOverride } from './override.ts';
import { modelsIn, type Polled, pollModel } from './poll.ts';
import { Versions } from './versions.ts';

export type ControlMode = 'none' | 'poll' | 'explicit';

export type RegistryOptions = {
  readonly repositories: readonly string[];
  readonly conditions: Conditions;
  readonly mode: ControlMode;
  readonly surroundings: Surroundings;
};

type Good = Extract<Polled, { is: 'good' }> & { /** A load brought its configuration along. */ readonly isOverride: boolean };

/** The models of one server: which there are, which are loaded, and how they come and go. One operation at a time, as in Triton. */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #nodes = new Map<string, Node>();
  #last: Promise<unknown> = Promise.resolve();
  readonly #versions: Versions;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#versions = new Versions(options.surroundings);
  }

  get nodes(): Iterable<Node> {
    return this.#nodes.values();
  }

  get isSettled(): boolean {
    return [...this.#nodes.values()].every(isSettled);
  }

  /** The version asked for, or the newest. Throws Refused in Triton's words. */
  find({ name, version }: ModelRef): LoadedVersion {
    const node = this.#nodes.get(name);
    const ready = node ? readyVersions(node) : [];
    if (node?.isGone) throw unknown(`'${name}' has no available versions`);
    const known = node && !node.isHidden && node.versions.size > 0 ? node : undefined;
    if (!known) throw unknown(`'${name}' is not found`);
    if (version === '') return ready[0]?.loaded ?? throwIt(unknown(`'${name}' has no available versions`));
    const slot = known.versions.get(version);
    if (!slot) throw unknown(`'${name}' version ${version} is not found`);
    if (slot.state !== 'READY' || !slot.loaded)
      throw new Refused('Unavailable', `Request for unknown model: '${name}' version ${version} is not at ready state`);
    return slot.loaded;
  }

  /** The ready ones of one model, or of all: models by name, and of each the oldest version first. */
  loaded(name?: string): LoadedVersion[] {
    const nodes =
      name === undefined ? [...this.#nodes.values()].sort(byName) : [this.#nodes.get(name)].filter((node) => node !== undefined);
    return nodes.flatMap((node) =>
      readyVersions(node)
        .map(({ loaded }) => loaded)
        .reverse(),
    );
  }

  /** What lies in the repositories: a model that a load brought along, files and all, is served without being listed. */
  index({ onlyReady }: { readonly onlyReady: boolean }): IndexEntry[] {
    const entries = this.#onDisk().flatMap((name) => this.#entriesOf(name));
    return onlyReady ? entries.filter(({ state }) => state === 'READY') : entries;
  }

  /** Loads these at the start; says which did not load. In mode explicit a `*` is all. */
  async start(names: readonly string[]): Promise<boolean> {
    const wanted = names.includes('*') || this.#options.mode !== 'explicit' ? this.#onDisk() : names;
    const results = await this.#inTurn(() => this.#loadAll(wanted, {}));
    return results.every((failure) => failure === undefined);
  }

  /** Throws Refused when the model did not load. */
  async load(name: string, parameters: LoadParameters): Promise<void> {
    const [failure] = await this.#inTurn(() => this.#loadAll([name], parameters));
    if (failure) throw failure;
  }

  async unload(name: string, { dependents }: { readonly dependents: boolean }): Promise<void> {
    await this.#inTurn(() => {
      const node = this.#nodes.get(name);
      if (!node) return;
      const below = dependents && node.config ? stepModels(node.config) : [];
      this.#unloadNode(node);
      for (const dependent of below) {
        const other = this.#nodes.get(dependent);
        if (other && !other.isAsked) this.#unloadNode(other);
      }
      this.#dropBrokenEnsembles();
    });
  }

  /** Loads what has come or changed, and unloads what is gone: Triton's poll. */
  async pollOnce(): Promise<void> {
    await this.#inTurn(async () => {
      const there = this.#onDisk();
      for (const node of this.#nodes.values()) if (!there.includes(node.name)) this.#forget(node);
      await this.#loadAll(there, {});
    });
  }

  /** Takes no more requests, and waits until those under way are answered. False when the time was not enough. */
  async drain(graceMs: number): Promise<boolean> {
    const deadlineMs = performance.now() + graceMs;
    const versions = this.loaded();
    for (const { scheduler } of versions) scheduler.close();
    while (versions.some(({ scheduler }) => scheduler.underWay > 0)) {
      if (performance.now() >= deadlineMs) return false;
      await sleep(drainLookMs);
    }
    return true;
  }

  async end(): Promise<void> {
    const slots = [...this.#nodes.values()].flatMap(({ versions }) => [...versions.values()]);
    await Promise.all(slots.flatMap(({ loaded }) => (loaded ? [loaded.end()] : [])));
    await this.#versions.end();
  }

  #inTurn<T>(operation: () => Promise<T> | T): Promise<T> {
    const turn = this.#last.then(operation);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #onDisk(): string[] {
    return [...new Set(this.#options.repositories.flatMap((repository) => safely(() => modelsIn(repository)) ?? []))].sort();
  }

  #entriesOf(name: string): IndexEntry[] {
    const node = this.#nodes.get(name);
    if (node?.isHidden) return [];
    if (!node || node.versions.size === 0) return [{ name }];
    const slots = [...node.versions.values()].sort((a, b) => (BigInt(a.version) < BigInt(b.version) ? -1 : 1));
    return slots.map(({ version, state, reason }) => ({ name, version, state, ...(reason === '' ? {} : { reason }) }));
  }

  /** Loads these and what they run. Gives each one's failure, in the order of the names. */
  async #loadAll(names: readonly string[], parameters: LoadParameters): Promise<(Refused | undefined)[]> {
    const failures = new Map<string, Refused>();
    const polled = new Map<string, Good>();
    for (const name of names) this.#pollWithSteps(name, name === names[0] ? parameters : {}, { polled, failures, isAsked: true });
    const all = [...polled.values()];
    const isEnsemble = ({ config }: Good): boolean => config.ensemble_scheduling !== undefined;
    await Promise.all(all.filter((one) => !isEnsemble(one)).map((one) => this.#loadNode(one, failures)));
    await this.#loadEnsembles(all.filter(isEnsemble), failures);
    await this.#bringEnsemblesBack(failures);
    this.#dropBrokenEnsembles();
    return names.map((name) => failures.get(name));
  }

  #pollWithSteps(name: string, parameters: LoadParameters, { polled, failures, isAsked }: Polling): void {
    if (polled.has(name)) return;
    const one = this.#poll(name, parameters, failures);
    if (!one) return;
    const node = this.#nodes.get(name) ?? newNode(name, one.folder);
    this.#nodes.set(name, node);
    node.isAsked ||= isAsked;
    node.isWanted = true;
    polled.set(name, one);
    for (const step of stepModels(one.config)) this.#pollWithSteps(step, {}, { polled, failures: new Map(), isAsked: false });
  }

  /** Nothing where it cannot be polled: the log has the reason, and whoever asked is told that much. */
  #poll(name: string, parameters: LoadParameters, failures: Map<string, Refused>): Good | undefined {
    const { repositories, conditions, surroundings } = this.#options;
    const { log } = surroundings;
    const failed = (): undefined => {
      failures.set(name, new Refused('Internal', `failed to load '${name}', failed to poll from model repository`));
      return undefined;
    };
    try {
      const place = openOverride(name, parameters, conditions);
      const repository = place.repository ?? repositories.find((one) => safely(() => modelsIn(one))?.includes(name));
      if (repository === undefined) {
        log.error('registry.ts', `failed to poll model '${name}': model not found in any model repository.`);
        return failed();
      }
      const polled = pollModel(repository, name, conditions, place.config);
      if (polled.is === 'good') return { ...polled, isOverride: place.config !== undefined };
      if (polled.parserSays !== undefined) log.error('text_format.cc', polled.parserSays);
      log.error('registry.ts', `Poll failed for model directory '${name}': ${polled.says}`);
      return failed();
    } catch (thrown) {
      log.error('registry.ts', `Poll failed for model directory '${name}': ${wordsOf(thrown)}`);
      return failed();
    }
  }

  async #loadEnsembles(ensembles: readonly Good[], failures: Map<string, Refused>): Promise<void> {
    const left = new Set(ensembles);
    while (left.size > 0) {
      // One that another one runs comes first. A circle was refused by the configuration's own rules.
      const next =
        [...left].find(({ config }) => !stepModels(config).some((name) => [...left].some((other) => other.name === name))) ?? [...left][0];
      if (!next) return;
      left.delete(next);
      const node = this.#nodes.get(next.name);
      const broken = node && this.#missingOf(next);
      if (node && broken !== undefined) this.#failWhole(node, broken, failures);
      else await this.#loadNode(next, failures);
    }
  }

  /** What an ensemble lacks of the models that it runs, in Triton's words. */
  #missingOf({ name, config }: Pick<Good, 'name' | 'config'>): string | undefined {
    const steps = stepModels(config);
    const absent = steps.filter((step) => !this.#nodes.get(step)?.isWanted);
    if (absent.length > 0) return `ensemble ${name} contains models that are not available or ambiguous: ${absent.join(', ')}`;
    for (const step of steps) {
      const node = this.#nodes.get(step);
      if (node && readyVersions(node).length === 0)
        return `ensemble '${name}' depends on '${step}' which has no loaded version. Model '${step}' loading failed with error: ${node.failure}`;
    }
    return undefined;
  }

  /** The model as a whole does not load. The log has the reason behind words of its own. */
  #failWhole(node: Node, says: string, failures: Map<string, Refused>, logged = 'Invalid argument'): void {
    this.#options.surroundings.log.error('registry.ts', `${logged}: ${says}`);
    node.failure = says;
    failures.set(node.name, new Refused('Invalid argument', `load failed for model '${node.name}': ${says}\n`));
  }

  async #loadNode(one: Good, failures: Map<string, Refused>): Promise<void> {
    const node = this.#nodes.get(one.name);
    if (!node) return;
    // What a load brought along stays until the files change.
    const isSame = !one.isOverride && node.loadedSignature === one.signature && readyVersions(node).length > 0;
    if (isSame) return;
    if (one.versions.length === 0) {
      node.isHidden = node.versions.size === 0;
      const says = `at least one version must be available under the version policy of model '${one.name}'`;
      return this.#failWhole(node, says, failures, `failed to load model '${one.name}'`);
    }
    if (one.config.ensemble_scheduling && one.loadFailure !== undefined) return this.#failWhole(node, one.loadFailure, failures);
    Object.assign(node, { isHidden: false, isGone: false });
    const reasons = await Promise.all(one.versions.map((version) => this.#versions.load(node, one, version)));
    const bad = one.versions.flatMap((version, index) => (reasons[index] === undefined ? [] : [{ version, reason: reasons[index] }]));
    if (bad.length > 0) {
      node.failure = bad.map(({ version, reason }) => `version ${version} is at UNAVAILABLE state: ${reason};`).join('');
      failures.set(node.name, new Refused('Invalid argument', `load failed for model '${node.name}': ${node.failure}\n`));
      this.#options.surroundings.log.info('registry.ts', `failed to load '${node.name}'`);
      return;
    }
    node.config = one.config;
    node.failure = '';
    node.loadedSignature = one.signature;
    this.#options.surroundings.log.info('registry.ts', `successfully loaded '${node.name}'`);
    for (const slot of node.versions.values()) if (!one.versions.includes(slot.version)) this.#versions.leave(node, slot);
  }

  /** Its folder has gone: nobody is told of it any more, but for who asks for it by name. */
  #forget(node: Node): void {
    this.#unloadNode(node);
    Object.assign(node, { isHidden: true, isGone: true });
  }

  #unloadNode(node: Node): void {
    Object.assign(node, { isAsked: false, isWanted: false, loadedSignature: '' });
    for (const slot of node.versions.values()) this.#versions.leave(node, slot);
  }

  /** An ensemble that lost a model that it runs goes, and comes back with it. */
  #dropBrokenEnsembles(): void {
    for (const node of this.#nodes.values()) {
      if (!node.isWanted || !node.config?.ensemble_scheduling || readyVersions(node).length === 0) continue;
      const broken = this.#missingOf({ name: node.name, config: node.config });
      if (broken === undefined) continue;
      this.#options.surroundings.log.error('registry.ts', `Invalid argument: ${broken}`);
      node.loadedSignature = '';
      for (const slot of node.versions.values()) this.#versions.leave(node, slot);
    }
  }

  async #bringEnsemblesBack(failures: Map<string, Refused>): Promise<void> {
    for (const node of this.#nodes.values()) {
      const waits = node.isWanted && node.config?.ensemble_scheduling && readyVersions(node).length === 0 && node.versions.size > 0;
      if (!waits || failures.has(node.name) || this.#missingOf({ name: node.name, config: node.config as ModelConfigJson }) !== undefined)
        continue;
      const one = this.#poll(node.name, {}, new Map());
      if (one) await this.#loadNode(one, new Map());
    }
  }
}

type Polling = { readonly polled: Map<string, Good>; readonly failures: Map<string, Refused>; readonly isAsked: boolean };

/** What is under way is answered within milliseconds mostly, and nothing tells when. */
const drainLookMs = 5;

const byName = (a: Node, b: Node): number => (a.name < b.name ? -1 : 1);

const unknown = (what: string): Refused => new Refused('Not found', `Request for unknown model: ${what}`);

function throwIt(refused: Refused): never {
  throw refused;
}

function safely<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
