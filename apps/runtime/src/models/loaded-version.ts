import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelConfigJson } from '#core/pbtxt/model-config.ts';
import type { ForkServer } from '../instances/fork-server.ts';
import { Instances } from '../instances/instances.ts';
import { sessionOf } from '../instances/session.ts';
import type { Log } from '../log.ts';
import type { Misbehaviour } from '../misbehaviour/misbehaviour.ts';
import { EnsembleScheduler, type InferInside } from '../scheduling/ensemble-scheduler.ts';
import type { Scheduler } from '../scheduling/job.ts';
import { QueueScheduler } from '../scheduling/queue-scheduler.ts';
import type { RateLimiter } from '../scheduling/rate-limiter.ts';
import { SequenceScheduler } from '../scheduling/sequence-scheduler.ts';
import { readInitialStates } from '../scheduling/sequence-tensors.ts';
import { Statistics } from '../scheduling/statistics.ts';
import { type Labels, readLabels } from './labels.ts';
import { LoadFailure } from './load-failure.ts';
import type { ModelId } from './model-id.ts';
import { type ServedModel, servedModel } from './served-model.ts';
import { warmUpWith } from './warm-up.ts';

/** What every model of one server shares. */
export type Surroundings = {
  readonly log: Log;
  /** Starts the processes of their instances. */
  readonly forkServer: ForkServer;
  readonly limiter: RateLimiter;
  /** Undefined where nothing may go wrong on purpose. */
  readonly misbehaviour: Misbehaviour | undefined;
  /** For the steps of ensembles. */
  readonly infer: InferInside;
  /** Whether quantiles of the last minute are kept of each model. */
  readonly hasSummaries: boolean;
};

/** One version of a model that can serve. */
export class LoadedVersion {
  readonly id: ModelId;
  readonly version: string;
  /** Two versions of which this is the same differ in nothing but their instances; undefined where that cannot be said. */
  readonly madeOf: string | undefined;
  config: ModelConfigJson;
  model: ServedModel;
  readonly labels: Labels;
  readonly statistics: Statistics;
  readonly scheduler: Scheduler;
  readonly #instances: Instances | undefined;

  private constructor(made: Made) {
    const { id, config, version, madeOf, model, labels, instances, folder, surroundings } = made;
    this.id = id;
    this.madeOf = madeOf;
    this.version = version;
    this.config = config;
    this.model = model;
    this.labels = labels;
    this.#instances = instances;
    this.statistics = new Statistics({ hasSummaries: surroundings.hasSummaries });
    this.scheduler = schedulerFor({ model, statistics: this.statistics }, instances, folder, surroundings);
  }

  /** Loads one version. Throws a LoadFailure in Triton's words. */
  static async load(wanted: Wanted, surroundings: Surroundings): Promise<LoadedVersion> {
    const model = servedModel(wanted.config);
    const labels = readLabels(wanted.folder, model);
    const instances = model.steps.length > 0 ? undefined : await startInstances({ ...wanted, model }, surroundings);
    return new LoadedVersion({ ...wanted, model, labels, instances, surroundings });
  }

  /** The instances that this configuration asks for, while it serves. Throws a LoadFailure, and all is as it was before. */
  async regroup(config: ModelConfigJson): Promise<this> {
    const model = servedModel(config);
    await this.#instances?.change(model.instances);
    Object.assign(this, { config, model });
    return this;
  }

  /** Loaded, and with an instance alive. */
  get isReady(): boolean {
    return this.#instances?.isAnyAlive ?? true;
  }

  /** Ends it at once: whoever calls has waited for what is under way. */
  async end(): Promise<void> {
    this.scheduler.stop();
    await this.#instances?.end();
  }
}

type Wanted = {
  readonly id: ModelId;
  readonly config: ModelConfigJson;
  readonly folder: string;
  readonly version: string;
  readonly madeOf: string | undefined;
};

type Made = Wanted & {
  readonly model: ServedModel;
  readonly labels: Labels;
  readonly instances: Instances | undefined;
  readonly surroundings: Surroundings;
};

async function startInstances(
  { config, model, folder, version }: Wanted & { readonly model: ServedModel },
  { log, forkServer, limiter, misbehaviour }: Surroundings,
): Promise<Instances> {
  const file = join(folder, version, model.fileName);
  if (!existsSync(file)) {
    // The words speak of an instance; the name is the model's.
    throw new LoadFailure('Unavailable', `unable to find '${file}' for model instance '${model.name}'`);
  }
  const session = sessionOf(model);
  limiter.know(session.instances);
  const instances = new Instances(config, session, file, { log, forkServer, limiter, misbehaviour });
  instances.warmUp = warmUpWith(config, session, model, folder);
  await instances.start();
  return instances;
}

function schedulerFor(
  counted: { readonly model: ServedModel; readonly statistics: Statistics },
  instances: Instances | undefined,
  folder: string,
  { infer, log }: Surroundings,
): Scheduler {
  const { sequence } = counted.model;
  if (!instances) return new EnsembleScheduler(counted, infer);
  if (sequence === 'none') return new QueueScheduler(counted, instances);
  return new SequenceScheduler({ counted, spec: sequence, states: readInitialStates(sequence, folder), instances, log });
}
