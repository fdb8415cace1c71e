import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ModelConfigJson } from '#core/pbtxt/model-config.ts';
import type { ForkServer } from '../instances/fork-server.ts';
import { Instances } from '../instances/instances.ts';
import { sessionOf } from '../instances/session.ts';
import type { Log } from '../log.ts';
import type { Misbehaviour } from '../misbehaviour/misbehaviour.ts';
import { EnsembleScheduler, type InferInside } from '../scheduling/ensemble-scheduler.ts';
import type { FailureCounts } from '../scheduling/failure-counts.ts';
import type { Scheduler } from '../scheduling/job.ts';
import { QueueScheduler } from '../scheduling/queue-scheduler.ts';
import type { RateLimiter } from '../scheduling/rate-limiter.ts';
import { SequenceScheduler } from '../scheduling/sequence-scheduler.ts';
import { readInitialStates } from '../scheduling/sequence-tensors.ts';
import { Counters, Statistics } from '../scheduling/statistics.ts';
import { type Labels, readLabels } from './labels.ts';
import { LoadFailure } from './load-failure.ts';
import { metricLabels } from './metric-labels.ts';
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
  /** How often a load that fails is tried again. */
  readonly loadRetries: number;
  /** Whether quantiles of the last minute are kept of each model. */
  readonly hasSummaries: boolean;
  readonly failures: FailureCounts;
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
    const { id, config, version, madeOf, model, labels, statistics, instances, folder, surroundings } = made;
    this.id = id;
    this.madeOf = madeOf;
    this.version = version;
    this.config = config;
    this.model = model;
    this.labels = labels;
    this.#instances = instances;
    this.statistics = statistics;
    this.scheduler = schedulerFor({ model, statistics: this.statistics }, instances, folder, surroundings);
  }

  /** Loads one version. Throws a LoadFailure in Triton's words. */
  static async load(wanted: Wanted, surroundings: Surroundings): Promise<LoadedVersion> {
    const model = servedModel(wanted.config);
    const labels = readLabels(wanted.folder, model);
    // Told from here on, also when the instances do not start.
    const failures = surroundings.failures.of(metricLabels(wanted));
    const counters = wanted.replaced?.countersFor(wanted.config) ?? new Counters({ hasSummaries: surroundings.hasSummaries, failures });
    const statistics = new Statistics(counters);
    const instances = model.steps.length > 0 ? undefined : await startInstances({ ...wanted, model, statistics }, surroundings);
    return new LoadedVersion({ ...wanted, model, labels, statistics, instances, surroundings });
  }

  /** The instances that this configuration asks for, while it serves. Throws a LoadFailure, and all is as it was before. */
  async regroup(config: ModelConfigJson): Promise<this> {
    const model = servedModel(config);
    await this.#instances?.change(model.instances);
    Object.assign(this, { config, model });
    return this;
  }

  /** Those that a version with this configuration goes on with: other tags make other counters. */
  countersFor({ metric_tags: tags }: ModelConfigJson): Counters | undefined {
    return isDeepStrictEqual(tags ?? {}, this.config.metric_tags ?? {}) ? this.statistics.counters : undefined;
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
  /** What serves until this is loaded. */
  readonly replaced: LoadedVersion | undefined;
};

type Made = Wanted & {
  readonly model: ServedModel;
  readonly labels: Labels;
  readonly statistics: Statistics;
  readonly instances: Instances | undefined;
  readonly surroundings: Surroundings;
};

async function startInstances(
  { config, model, statistics, folder, version }: Wanted & Pick<Made, 'model' | 'statistics'>,
  { log, forkServer, limiter, misbehaviour }: Surroundings,
): Promise<Instances> {
  const file = join(folder, version, model.fileName);
  if (!existsSync(file)) {
    // The words speak of an instance; the name is the model's.
    throw new LoadFailure('Unavailable', `unable to find '${file}' for model instance '${model.name}'`);
  }
  const session = sessionOf(model);
  const instances = new Instances(config, session, file, { log, forkServer, limiter, misbehaviour });
  const warmUp = warmUpWith(config, session, model, folder);
  instances.warmUp = (instance, isFirst) => warmUp(instance, isFirst ? statistics : 'uncounted');
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
