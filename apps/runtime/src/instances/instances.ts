import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { assert } from '#core/base/fault.ts';
import type { ModelConfigJson } from '#core/pbtxt/model-config.ts';
import { datatypeNames } from '../datatypes.ts';
import type { Log } from '../log.ts';
import { LoadFailure } from '../models/load-failure.ts';
import type { InstanceSpec } from '../models/served-model.ts';
import type { RateLimiter } from '../scheduling/rate-limiter.ts';
import type { Misbehaviour } from '../misbehaviour/misbehaviour.ts';
import { requireFit } from './fit.ts';
import type { ForkServer } from './fork-server.ts';
import { Instance, InstanceGone } from './instance.ts';
import type { LoadOrder } from './instance-child.ts';
import type { Session, SessionTensor } from './session.ts';

type Surroundings = {
  readonly log: Log;
  readonly forkServer: ForkServer;
  readonly limiter: RateLimiter;
  readonly misbehaviour: Misbehaviour | undefined;
};

/** The first time it is started again at once. */
const backoffMs = { first: 100, most: 5000 };
/** Whoever has lived so long is well: when it dies, that is a first time again. */
const steadyMs = 10_000;

/** The instances of one model version. One whose process dies comes back, after a pause that grows while it keeps dying or failing to come. */
export class Instances {
  readonly #config: ModelConfigJson;
  readonly #session: Session;
  readonly #order: LoadOrder;
  readonly #log: Log;
  readonly #forkServer: ForkServer;
  readonly #limiter: RateLimiter;
  readonly #misbehaviour: Misbehaviour | undefined;
  /** Those that serve, or are to come back, in the order that they are asked in. */
  #specs: readonly InstanceSpec[];
  /** Those of them that are not wanted any more, and still needed. */
  readonly #retiring = new Set<InstanceSpec>();
  /** Not wanted any more, and at their last batch. */
  readonly #leaving = new Map<Instance, InstanceSpec>();
  readonly #living = new Map<string, Instance>();
  readonly #busy = new Set<Instance>();
  /** Names of those that are being brought back and have not failed at it. */
  readonly #coming = new Set<string>();
  /** How long to wait when one dies, or does not come back, once more. */
  readonly #pausesMs = new Map<string, number>();
  readonly #ending = new AbortController();
  /** Run on each instance before it serves, also on one that comes back, which `isFirst` tells apart. Throws a LoadFailure. */
  warmUp: (instance: Instance, isFirst: boolean) => Promise<void> = () => Promise.resolve();
  /** Set by the scheduler, before the first request. */
  onFree: () => void = () => undefined;
  /** Whether one that is not wanted any more has to stay. */
  isNeeded: (name: string) => boolean = () => false;
  onNoneLeft: (words: string) => void = () => undefined;

  constructor(config: ModelConfigJson, session: Session, file: string, { log, forkServer, limiter, misbehaviour }: Surroundings) {
    this.#config = config;
    this.#session = session;
    this.#specs = session.instances;
    this.#misbehaviour = misbehaviour;
    this.#log = log;
    this.#forkServer = forkServer;
    this.#limiter = limiter;
    const { threads, inputs, outputs } = session;
    this.#order = { file, threads, inputs: inputs.map(toOnnx), outputs: outputs.map(toOnnx) };
  }

  /** Loads all of them side by side. Throws a LoadFailure when one does not load; then none is left. */
  async start(): Promise<void> {
    this.#limiter.know(this.#specs);
    try {
      await this.#bringAll(this.#specs);
    } catch (thrown) {
      await this.end();
      throw thrown;
    }
  }

  /**
   * Makes them those that are wanted: who is alike stays, under its name, others come first, and who is too many goes after its batch, or when
   * nobody needs it any more. Throws a LoadFailure when one does not load; then all stay as they were.
   */
  async change(wanted: readonly InstanceSpec[]): Promise<void> {
    const spare = this.#specs.filter((spec) => !this.#retiring.has(spec));
    const names = new Set([...this.#living.keys(), ...this.names]);
    const specs: InstanceSpec[] = [];
    const added: InstanceSpec[] = [];
    for (const spec of wanted) {
      const at = spare.findIndex((one) => isAlike(one, spec));
      if (at >= 0) specs.push(...spare.splice(at, 1));
      else added.push(named(spec, names));
    }
    this.#limiter.know(added);
    try {
      await this.#bringAll(added);
    } catch (thrown) {
      this.#limiter.forget(added);
      for (const { name } of added) void this.#living.get(name)?.end();
      throw thrown;
    }
    for (const spec of spare) this.#retiring.add(spec);
    this.#specs = [...specs, ...added, ...this.#retiring];
    this.letGo();
    this.onFree();
  }

  /** Those that are not wanted any more go when nobody needs them. */
  letGo(): void {
    for (const spec of this.#retiring) {
      if (this.isNeeded(spec.name)) continue;
      this.#retiring.delete(spec);
      this.#specs = this.#specs.filter((one) => one !== spec);
      this.#leaveWhenIdle(spec);
    }
  }

  #leaveWhenIdle(spec: InstanceSpec): void {
    const instance = this.#living.get(spec.name);
    if (instance && this.#busy.has(instance)) this.#leaving.set(instance, spec);
    else this.#leave(spec, instance);
  }

  #leave(spec: InstanceSpec, instance: Instance | undefined): void {
    this.#limiter.forget([spec]);
    void instance?.end();
  }

  async #bringAll(specs: readonly InstanceSpec[]): Promise<void> {
    const brought = await Promise.allSettled(specs.map((spec) => this.#bring(spec, true)));
    const failed = brought.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  get count(): number {
    return this.#specs.length;
  }

  get names(): readonly string[] {
    return this.#specs.map(({ name }) => name);
  }

  isWanted(name: string): boolean {
    return this.#specs.some((spec) => spec.name === name && !this.#retiring.has(spec));
  }

  /** An idle instance, or the one of this name if it is idle; nobody else gets it before it is given back. */
  take(name?: string): Instance | undefined {
    for (const spec of this.#specs) {
      const instance = this.#living.get(spec.name);
      if (!instance?.isIdle || this.#busy.has(instance) || (name !== undefined && spec.name !== name)) continue;
      if (!this.#limiter.take(this, spec)) continue;
      this.#busy.add(instance);
      return instance;
    }
    return undefined;
  }

  /** To be called when it has run: whoever waits for one is told. */
  giveBack(instance: Instance): void {
    this.#busy.delete(instance);
    const spec = this.#specOf(instance);
    this.#limiter.giveBack(this, spec);
    if (this.#leaving.delete(instance)) this.#leave(spec, instance);
    this.onFree();
  }

  /** It was taken, and there was nothing to run. */
  returnUnused(instance: Instance): void {
    this.#busy.delete(instance);
    const spec = this.#specOf(instance);
    this.#limiter.returnUnused(spec);
    if (this.#leaving.delete(instance)) this.#leave(spec, instance);
  }

  #specOf(instance: Instance): InstanceSpec {
    const spec = this.#leaving.get(instance) ?? this.#specs.find(({ name }) => name === instance.name);
    assert(spec, `instance ${instance.name} is not of model '${this.#session.model}'`);
    return spec;
  }

  get isAnyIdle(): boolean {
    for (const instance of this.#living.values()) if (instance.isIdle && !this.#busy.has(instance)) return true;
    return false;
  }

  get isAnyAlive(): boolean {
    return this.#living.size > 0;
  }

  /** Whether waiting for one makes sense. */
  get isAnyComing(): boolean {
    return this.#living.size + this.#coming.size > 0;
  }

  async end(): Promise<void> {
    this.#ending.abort();
    this.#limiter.forget(this.#specs);
    await Promise.all([...this.#living.values()].map((instance) => instance.end()));
  }

  async #bring(spec: InstanceSpec, isFirst: boolean): Promise<void> {
    const { name } = spec;
    if (this.#ending.signal.aborted) throw new InstanceGone('is not wanted any more');
    const instance = new Instance(name, this.#forkServer.start());
    const stop = () => void instance.end();
    this.#ending.signal.addEventListener('abort', stop);
    try {
      requireFit(this.#config, this.#order.file, await instance.load(this.#order));
      await this.warmUp(instance, isFirst);
    } catch (thrown) {
      await instance.end();
      throw thrown instanceof InstanceGone
        ? new LoadFailure('Internal', `the process of instance '${name}' ${thrown.message} while it loaded`)
        : thrown;
    } finally {
      this.#ending.signal.removeEventListener('abort', stop);
    }
    if (this.#misbehaviour) instance.hindrance = this.#misbehaviour.instances.hindrance(this.#session.model, instance);
    this.#living.set(name, instance);
    const sinceMs = performance.now();
    void instance.ended.then((words) => this.#lost(spec, words, performance.now() - sinceMs));
  }

  async #lost(spec: InstanceSpec, words: string, livedMs: number): Promise<void> {
    const { name } = spec;
    const who = `instance ${name} of model '${this.#session.model}'`;
    this.#living.delete(name);
    if (!this.#specs.includes(spec)) return;
    if (livedMs >= steadyMs) this.#pausesMs.delete(name);
    let says = `${who} ${words}, starting it again`;
    for (this.#coming.add(name); !this.#ending.signal.aborted && this.#specs.includes(spec); ) {
      const pauseMs = this.#pausesMs.get(name) ?? 0;
      this.#pausesMs.set(name, Math.min(Math.max(2 * pauseMs, backoffMs.first), backoffMs.most));
      this.#log.error('instances.ts', pauseMs === 0 ? says : `${says} in ${pauseMs} ms`);
      await sleep(pauseMs, undefined, { ref: false, signal: this.#ending.signal }).catch(() => undefined);
      try {
        await this.#bring(spec, false);
        this.#coming.delete(name);
        if (!this.#specs.includes(spec)) return void this.#living.get(name)?.end();
        this.#log.info('instances.ts', `${who} is back`);
        return this.onFree();
      } catch (thrown) {
        const why = thrown instanceof Error ? thrown.message : String(thrown);
        says = `${who} did not come back: ${why}, trying again`;
        this.#coming.delete(name);
        if (!this.isAnyComing) this.onNoneLeft(why);
      }
    }
    this.#coming.delete(name);
  }
}

/** Whether it may go on under another name, as in Triton, which goes by what an instance needs. */
const isAlike = (a: InstanceSpec, b: InstanceSpec): boolean => isDeepStrictEqual({ ...a, name: '' }, { ...b, name: '' });

/** Under its own name, or with the next number that nobody has. */
function named(spec: InstanceSpec, taken: Set<string>): InstanceSpec {
  const group = spec.name.slice(0, spec.name.lastIndexOf('_'));
  let { name } = spec;
  for (let next = 0; taken.has(name); next += 1) name = `${group}_${next}`;
  taken.add(name);
  return { ...spec, name };
}

const toOnnx = ({ name, datatype }: SessionTensor) => ({ name, type: datatypeNames[datatype].onnx ?? datatype });
