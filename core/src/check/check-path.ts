import { type Asking, isUnseen } from '../base/asking.ts';
import type { ModelReport } from '../model/check-model.ts';
import { Repository } from '../model/check-repository.ts';
import type { Conditions } from '../model/conditions.ts';
import { repositoryPath } from '../release/layout.ts';
import { deadLink } from './dead-link.ts';
import type { Standing } from './what-stands-there.ts';

/** A model that could not be looked at. */
export type Unlooked = { readonly path: string; readonly why: string };

/** What a release's other files say of a model. It is handed in, since whoever checks models alone need not load what reads YAML. */
export type WithContract = (report: ModelReport, folder: string) => Asking<ModelReport>;

/** The checks of all models at a place, each to be run by itself, so that thousands need no more memory than one. */
export function* checksOf(
  standing: Standing,
  conditions: Conditions,
  withContract: WithContract,
): Iterable<Asking<ModelReport | Unlooked>> {
  switch (standing.is) {
    case 'nothing':
      return;
    case 'model': {
      const repository = new Repository(standing.repository, conditions);
      yield checkOne(repository, standing.model);
      return;
    }
    case 'repository': {
      const repository = new Repository(standing.repository, conditions);
      for (const model of standing.models) yield checkOne(repository, model);
      for (const link of standing.deadLinks) yield checkLink(repository, link);
      return;
    }
    case 'release': {
      const repository = new Repository(`${standing.folder}/${repositoryPath}`, conditions);
      for (const model of standing.models) yield checkReleased(repository, { model, folder: standing.folder }, withContract);
    }
  }
}

function* checkOne(repository: Repository, model: string): Asking<ModelReport | Unlooked> {
  const report = yield* repository.check(model);
  return isUnseen(report) ? { path: `${repository.folder}/${model}`, why: report.unseen } : report;
}

/** Somebody may have mended it meanwhile. */
function* checkLink(repository: Repository, link: string): Asking<ModelReport> {
  const report = yield* repository.check(link);
  return isUnseen(report) ? deadLink(repository.folder, link) : report;
}

function* checkReleased(
  repository: Repository,
  { model, folder }: { model: string; folder: string },
  withContract: WithContract,
): Asking<ModelReport | Unlooked> {
  const report = yield* checkOne(repository, model);
  return 'why' in report ? report : yield* withContract(report, folder);
}
