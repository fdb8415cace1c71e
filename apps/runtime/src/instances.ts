import { setTimeout as sleep } from 'node:timers/promises';
import { requireFit } from './fit.ts';
import { datatypeNames } from './datatypes.ts';
import { Instance, InstanceGone } from './instance.ts';
import type { LoadOrder } from './instance-child.ts';
import { LoadFailure } from './load-failure.ts';
import type { Log } from './log.ts';
import type { ServedModel, TensorSpec } from './served-model.ts';

const backoffMs = { first: 100, most: 5000 };

/** The instances of one model version. One whose process dies comes back, after a pause that grows while it keeps failing. */
export class Instances {
  readonly #model: ServedModel;
  readonly #order: LoadOrder;
  readonly #log: Log;
  readonly #living = new Set<Instance>();
  /** Names of those that are being brought back and have not failed at it. */
  readonly #coming = new Set<string>();
  readonly #ending = new AbortController();
  /** Set by the scheduler, before the first request. */
  onFree: () => void = () => undefined;
  onNoneLeft: (words: string) => void = () => undefined;

  constructor(model: ServedModel, file: string, log: Log) {
    this.#model = model;
    this.#log = log;
    this.#order = { file, threads: model.threads, inputs: model.inputs.map(toOnnx), outputs: model.outputs.map(toOnnx) };
  }

  /** Loads all of them side by side. Throws a LoadFailure when one does not load; then none is left. */
  async start(): Promise<void> {
    const started = await Promise.allSettled(this.#model.instances.map((name) => this.#bring(name)));
    const failed = started.find((result) => result.status === 'rejected');
    if (!failed) return;
    await this.end();
    throw failed.reason;
  }

  idle(): Instance | undefined {
    for (const instance of this.#living) if (instance.isIdle) return instance;
    return undefined;
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
    await Promise.all([...this.#living].map((instance) => instance.end()));
  }

  async #bring(name: string): Promise<void> {
    const instance = new Instance(name, this.#log.fd);
    const stop = () => void instance.end();
    this.#ending.signal.addEventListener('abort', stop);
    try {
      requireFit(this.#model, await instance.load(this.#order));
    } catch (thrown) {
      await instance.end();
      throw thrown instanceof InstanceGone
        ? new LoadFailure('Internal', `the process of instance '${name}' ${thrown.message} while it loaded`)
        : thrown;
    } finally {
      this.#ending.signal.removeEventListener('abort', stop);
    }
    this.#living.add(instance);
    void instance.ended.then((words) => this.#lost(instance, words));
  }

  async #lost(instance: Instance, words: string): Promise<void> {
    this.#living.delete(instance);
    if (this.#ending.signal.aborted) return;
    this.#log.error('instances.ts', `instance ${instance.name} of model '${this.#model.name}' ${words}, starting it again`);
    this.#coming.add(instance.name);
    for (let pauseMs = backoffMs.first; !this.#ending.signal.aborted; pauseMs = Math.min(2 * pauseMs, backoffMs.most)) {
      try {
        await this.#bring(instance.name);
        this.#coming.delete(instance.name);
        this.#log.info('instances.ts', `instance ${instance.name} of model '${this.#model.name}' is back`);
        return this.onFree();
      } catch (thrown) {
        const why = thrown instanceof Error ? thrown.message : String(thrown);
        this.#log.error('instances.ts', `instance ${instance.name} of model '${this.#model.name}' did not come back: ${why}`);
        this.#coming.delete(instance.name);
        if (!this.isAnyComing) this.onNoneLeft(why);
        await sleep(pauseMs, undefined, { ref: false });
      }
    }
  }
}

const toOnnx = ({ name, datatype }: TensorSpec) => ({ name, type: datatypeNames[datatype].onnx ?? datatype });
