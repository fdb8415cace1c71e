import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelConfigJson } from '#core/pbtxt/model-config.ts';
import { Instances } from './instances.ts';
import { LoadFailure } from './load-failure.ts';
import type { Log } from './log.ts';
import { printedConfig } from './printed-config.ts';
import { Scheduler } from './scheduler.ts';
import { type ServedModel, servedModel } from './served-model.ts';
import { Statistics } from './statistics.ts';

/** One version of a model: loaded and serving, or not and why. */
export type ModelVersion = {
  readonly name: string;
  readonly version: string;
  readonly statistics: Statistics;
} & ({ readonly state: 'READY'; readonly serving: Serving } | { readonly state: 'UNAVAILABLE'; readonly reason: string });

export type Serving = {
  readonly model: ServedModel;
  /** What `GET config` answers. */
  readonly config: string;
  readonly scheduler: Scheduler;
  readonly instances: Instances;
};

/** Loads one version. What stands in its way becomes its state, and lines in the log as Triton writes them. */
export async function loadVersion(config: ModelConfigJson, folder: string, version: string, log: Log): Promise<ModelVersion> {
  const name = config.name ?? '';
  const statistics = new Statistics();
  log.info('model-version.ts', `loading: ${name}:${version}`);
  try {
    const model = servedModel(config);
    const file = join(folder, version, model.fileName);
    if (!existsSync(file))
      throw new LoadFailure('Unavailable', `unable to find '${file}' for model instance '${model.instances[0] ?? name}'`);
    const instances = new Instances(model, file, log);
    await instances.start();
    log.info('model-version.ts', `successfully loaded '${name}'`);
    const scheduler = new Scheduler(model, instances, statistics);
    return {
      name,
      version,
      statistics,
      state: 'READY',
      serving: { model, config: JSON.stringify(printedConfig(config)), scheduler, instances },
    };
  } catch (thrown) {
    if (!(thrown instanceof LoadFailure)) throw thrown;
    log.error('model-version.ts', `failed to load '${name}' version ${version}: ${thrown.message}`);
    log.info('model-version.ts', `failed to load '${name}'`);
    return { name, version, statistics, state: 'UNAVAILABLE', reason: thrown.message };
  }
}

/** Ready means that it can answer: loaded, and with an instance alive. */
export function isReady(version: ModelVersion): version is ModelVersion & { state: 'READY' } {
  return version.state === 'READY' && version.serving.instances.isAnyAlive;
}
