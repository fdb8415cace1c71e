import type { Conditions } from '#core/model/conditions.ts';
import type { IndexEntry, LoadParameters, ModelRef } from '../server/inference-server.ts';
import { Refused } from '../server/refused.ts';
import { Drain } from './drain.ts';
import { endOfCircle, judge } from './flaw.ts';
import { Graph } from './graph.ts';
import type { LoadedVersion, Surroundings } from './loaded-version.ts';
import { type ModelId, printedId } from './model-id.ts';
import { isSettled, type Node, readyVersions, servingVersion, unknown } from './node.ts';
import { Reader, type Reading } from './reader.ts';
import { Repositories } from './repositories.ts';
import { Versions } from './versions.ts';

export type ControlMode = 'none' | 'poll' | 'explicit';

export type RegistryOptions = {
  readonly repositories: readonly string[];
  readonly conditions: Conditions;
  readonly mode: ControlMode;
  readonly surroundings: Surroundings;
};

/** The models of one server: which there are, which are loaded, and how they come and go. One operation at a time, as in Triton. */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #graph: Graph;
  readonly #repositories: Repositories;
  readonly #reader: Reader;
  readonly #versions: Versions;
  #last: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  constructor(options: RegistryOptions) {
    const { repositories, conditions, surroundings } = options;
    const spaces = { areNamespaces: conditions.server.namespacing };
    this.#options = options;
    this.#graph = new Graph(spaces);
    this.#repositories = new Repositories(repositories, spaces);
    this.#reader = new Reader(this.#repositories, conditions, surroundings.log);
    this.#versions = new Versions(surroundings);
  }

  /** Why there can be no server on these repositories, in Triton's words. */
  get flaw(): Refused | undefined {
    return this.#repositories.flaw;
  }

  get isSettled(): boolean {
    return this.#graph.all().every(isSettled);
  }

  /** The version asked for, or the newest. Throws Refused in Triton's words. */
  find({ name, version }: ModelRef): LoadedVersion {
    const node = this.#graph.named(name);
    if (node instanceof Refused) throw node;
    if (this.#isStopped) throw unknown(`'${printedId(node.id)}' has no available versions`);
    return servingVersion(node, version);
  }

  /** The same, for who knows which of several of one name is meant. */
  findStep(id: ModelId, version: string): LoadedVersion {
    const node = this.#graph.at(id);
    if (!node) throw unknown(`'${printedId(id)}' is not found`);
    return servingVersion(node, version);
  }

  /** All that are ready: models in order, and of each the oldest version first. */
  loaded(): LoadedVersion[] {
    return this.#graph.all().flatMap(loadedOf);
  }

  /** Those of the model that a client means by the name; none where there is no such one. */
  loadedOf(name: string): LoadedVersion[] {
    const node = this.#graph.named(name);
    return node instanceof Refused ? [] : loadedOf(node);
  }

  /** What lies in the repositories: a model that a load brought along, files and all, is served without being listed. */
  index({ onlyReady }: { readonly onlyReady: boolean }): IndexEntry[] {
    const { found, unlisted } = this.#repositories.all();
    if (unlisted[0]) throw new Refused('Internal', unlisted[0].says);
    return found.flatMap(({ id, isAlone }): IndexEntry[] => {
      // Whatever of it serves, and whoever asks for the ready ones only.
      if (!isAlone) return [{ name: id.name, state: 'UNAVAILABLE', reason: 'model appears in two or more repositories' }];
      const entries = this.#entriesOf(id);
      return onlyReady ? entries.filter(({ state }) => state === 'READY') : entries;
    });
  }

  /** Loads these at the start; says whether all of it is ready. In mode explicit a `*` is all. */
  async start(names: readonly string[]): Promise<boolean> {
    const isAll = names.includes('*') || this.#options.mode !== 'explicit';
    const { isWhole } = await this.#inTurn(() => (isAll ? this.#loadAll() : this.#loadNamed(names, {})));
    return isWhole && this.#graph.wanted().every(isServing);
  }

  /** Throws Refused when the model did not load. */
  async load(name: string, parameters: LoadParameters): Promise<void> {
    await this.#inTurn(async () => {
      const { isWhole, failures } = await this.#loadNamed([name], parameters);
      const nodes = this.#graph.wantedOf(name);
      const failed = nodes.filter((node) => failures.has(node));
      const says = failed.map((node) => `load failed for model '${printedId(node.id)}': ${failures.get(node)}\n`).join('');
      if (says !== '') throw new Refused('Invalid argument', says);
      if (!isWhole) throw new Refused('Internal', `failed to load '${name}', failed to poll from model repository`);
      if (nodes.some(({ versions }) => versions.size === 0))
        throw new Refused('Internal', `failed to load '${name}', no version is available`);
    });
  }

  /** With dependents go those models too that nobody asked for and no other ensemble runs. */
  async unload(name: string, { dependents }: { readonly dependents: boolean }): Promise<void> {
    await this.#inTurn(async () => {
      const gone = new Set(this.#graph.wantedOf(name));
      if (dependents)
        for (const node of gone)
          for (const model of node.steps.values())
            if (model && !model.isAsked && this.#graph.runBy(model).every((ensemble) => gone.has(ensemble))) gone.add(model);
      await this.#change({ good: [], gone: [...gone], isAsked: () => false });
    });
  }

  /** Loads what has come or changed, and unloads what is gone: Triton's poll. */
  async pollOnce(): Promise<void> {
    await this.#inTurn(() => this.#loadAll());
  }

  /** Takes no more requests, and waits until those under way are answered. False when the time was not enough. */
  async drain(graceMs: number): Promise<boolean> {
    const { log } = this.#options.surroundings;
    const versions = this.loaded();
    for (const { scheduler } of versions) scheduler.close();
    const inFlight = (): LoadedVersion[] => versions.filter(({ scheduler }) => scheduler.inFlight > 0);
    const alive = (): LoadedVersion[] => versions.filter(({ scheduler }) => scheduler.underWay > 0);
    const wait = new Drain(graceMs, log);
    const isStopped = await wait.until(
      () => inFlight().length === 0,
      () => [
        `Found ${inFlight().length} model versions that have in-flight inferences`,
        ...inFlight().map(
          (one) => `Model '${printedId(one.id)}' (version ${one.version}) has ${one.scheduler.inFlight} in-flight inferences`,
        ),
      ],
    );
    if (!isStopped) return false;
    log.info('registry.ts', 'All models are stopped, unloading models');
    this.#isStopped = true;
    const isDrained = await wait.until(
      () => alive().length === 0,
      () => [`Found ${alive().length} live models and 0 in-flight non-inference requests`],
    );
    for (const { id, version } of isDrained ? versions : [])
      log.info('registry.ts', `successfully unloaded '${printedId(id)}' version ${version}`);
    return isDrained;
  }

  async end(): Promise<void> {
    const slots = this.#graph.all().flatMap(({ versions }) => [...versions.values()]);
    await Promise.all(slots.flatMap(({ loaded }) => (loaded ? [loaded.end()] : [])));
    await this.#versions.end();
  }

  #inTurn<T>(operation: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(operation);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #entriesOf(id: ModelId): IndexEntry[] {
    const { name } = id;
    const node = this.#graph.at(id);
    if (!node?.isBegun) return [{ name }];
    const slots = [...node.versions.values()].sort((a, b) => (BigInt(a.version) < BigInt(b.version) ? -1 : 1));
    return slots.map(({ version, state, reason }) => ({ name, version, state, ...(reason === '' ? {} : { reason }) }));
  }

  async #loadAll(): Promise<Loading> {
    const { good, isWhole, there } = this.#reader.all();
    const gone = this.#graph.wanted().filter(({ id }) => !there.has(printedId(id)));
    return { isWhole, failures: await this.#change({ good, gone, isAsked: () => true }) };
  }

  async #loadNamed(names: readonly string[], parameters: LoadParameters): Promise<Loading> {
    const { good, isWhole } = this.#reader.named(names, parameters);
    return { isWhole, failures: await this.#change({ good, gone: [], isAsked: (name) => names.includes(name) }) };
  }

  /** Lets go of what is gone, loads what is new or other than before, and then the ensembles that run any of it. */
  async #change({ good, gone, isAsked }: Change): Promise<Failures> {
    const isSame = ({ id, signature, isOverride }: Reading['good'][number]): boolean => {
      const node = this.#graph.at(id);
      // What a load brought along stays until the files change.
      return !isOverride && node?.isWanted === true && node.signature === signature;
    };
    const read = good.filter((one) => !isSame(one)).map((one) => ({ ...one, isAsked: isAsked(one.id.name) }));
    const connected = this.#graph.update({ read, gone });
    for (const node of gone) this.#leave(node);
    const failures = new Map<Node, string>();
    const listed = new Set([...connected, ...good.map(({ id }) => this.#graph.at(id))]);
    const unlisted: Node[] = [];
    for (let next = this.#nextToJudge(); next.length > 0; next = this.#nextToJudge()) {
      for (const node of next) Object.assign(node, judge(node));
      for (const node of next) node.isJudged = true;
      unlisted.push(...next.filter((node) => !listed.has(node)));
      await Promise.all(next.map((node) => this.#load(node, failures)));
    }
    // Told what to load, Triton forgets what it found of others that run it: whatever it is told next, it judges and loads them again.
    if (this.#options.mode === 'explicit') for (const node of unlisted) node.isJudged = false;
    return failures;
  }

  /** What an ensemble runs comes before it, and who is in a circle never comes to it. */
  #nextToJudge(): Node[] {
    const isReady = (node: Node): boolean => [...node.steps.values()].every((model) => model?.isJudged !== false);
    return this.#graph.wanted().filter((node) => !node.isJudged && (isReady(node) || endOfCircle(node) !== undefined));
  }

  async #load(node: Node, failures: Failures): Promise<void> {
    const { log } = this.#options.surroundings;
    const id = printedId(node.id);
    const { versions } = node.polled;
    if (node.flaw !== '') {
      log.error('registry.ts', `Invalid argument: ${node.flaw}`);
      failures.set(node, node.flaw);
      return this.#leave(node);
    }
    node.isBegun = true;
    node.failure = await this.#loadVersions(node);
    if (node.failure !== '') {
      node.signature = '';
      failures.set(node, node.failure);
      return;
    }
    log.info('registry.ts', `successfully loaded '${id}'`);
    for (const slot of node.versions.values()) if (!versions.has(slot.version)) this.#versions.leave(slot);
  }

  /** All of them serve then, or none that did not serve before. Gives the reason when one of them did not load. */
  async #loadVersions(node: Node): Promise<string> {
    const { log } = this.#options.surroundings;
    const id = printedId(node.id);
    const versions = [...node.polled.versions.keys()];
    for (const { level, says } of node.polled.oddVersions) log[level]('registry.ts', says);
    if (versions.length === 0) {
      const says = `at least one version must be available under the version policy of model '${id}'`;
      log.error('registry.ts', `failed to load model '${id}': ${says}`);
      return says;
    }
    const loads = await Promise.all(versions.map((version) => this.#versions.load(node, version)));
    const bad = loads.filter((load) => 'reason' in load);
    const end = bad.length === 0 ? 'serve' : 'drop';
    for (const load of loads) if ('loaded' in load) this.#versions[end](load);
    if (bad.length > 0) log.info('registry.ts', `failed to load '${id}'`);
    return bad.map(({ version, state, reason }) => `version ${version} is at ${state} state: ${reason};`).join('');
  }

  #leave(node: Node): void {
    for (const slot of node.versions.values()) this.#versions.leave(slot);
  }
}

/** Why nodes did not load. */
type Failures = Map<Node, string>;

type Loading = { readonly isWhole: boolean; readonly failures: Failures };

type Change = {
  readonly good: Reading['good'];
  readonly gone: readonly Node[];
  /** Whether somebody asked for models of this name. */
  readonly isAsked: (name: string) => boolean;
};

const loadedOf = (node: Node): LoadedVersion[] =>
  readyVersions(node)
    .map(({ loaded }) => loaded)
    .reverse();

const isServing = ({ versions }: Node): boolean => versions.size > 0 && [...versions.values()].every(({ state }) => state === 'READY');
