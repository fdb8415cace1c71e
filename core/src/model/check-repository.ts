import type { EnsembleStepJson, ModelConfigJson } from '../pbtxt/model-config.ts';
import { type Asking, isUnseen, listed, type Unseen } from '../base/asking.ts';
import { judgeModel, type ModelReport } from './check-model.ts';
import type { Conditions } from './conditions.ts';
import type { Completed } from './complete-onnx.ts';
import { completeFor, findSubject } from './find-subject.ts';
import { isMissing, judgeSteps, type StepModel } from './rules/ensemble-steps.ts';
import type { Composing } from './rules/ensemble-agreement.ts';
import type { ServedVersion, Subject } from './subject.ts';

/** A model repository as one check sees it, and the others of the same server: models are found once, however many ensembles run them. */
export class Repository {
  readonly folder: string;
  readonly #conditions: Conditions;
  /** All that the server has, this one first. */
  readonly #all: readonly string[];
  readonly #found = new Map<string, StepModel>();
  readonly #models = new Map<string, ReadonlySet<string> | Unseen>();

  constructor(folder: string, conditions: Conditions) {
    this.folder = folder;
    this.#conditions = conditions;
    const { repositories } = conditions.server;
    this.#all = repositories.includes(folder) ? [folder, ...repositories.filter((other) => other !== folder)] : [folder];
  }

  /** Checks one model, and looks at those that it runs as far as it must. One that an ensemble runs was judged with it. */
  *check(model: string): Asking<ModelReport | Unseen> {
    const known = this.#found.get(`${this.folder}/${model}`);
    if (known?.is === 'found') return known.report;
    const subject = yield* this.#subject(this.folder, model);
    if (isUnseen(subject)) return subject;
    return judged(subject, yield* this.#stepModels(subject, { repository: this.folder, above: [] }));
  }

  /** The same, with what a server that loads the model goes by. */
  *look(model: string): Asking<Look | Unseen> {
    const subject = yield* this.#subject(this.folder, model);
    if (isUnseen(subject)) return subject;
    const report = judged(subject, yield* this.#stepModels(subject, { repository: this.folder, above: [] }));
    const { served, conditions, config } = subject;
    const completed = (version: ServedVersion): Completed => {
      const made = completeFor(version, config, conditions);
      return made === 'unknown' ? { config } : made;
    };
    return { report, config, versions: new Map(served.map((version) => [version.number, completed(version)])) };
  }

  *#subject(repository: string, model: string): Asking<Subject | Unseen> {
    const subject = yield* findSubject(`${repository}/${model}`, model, this.#conditions);
    if (isUnseen(subject)) return subject;
    if (this.#conditions.server.namespacing) return { ...subject, called: `${repository}::${model}` };
    const others = this.#all.filter((other) => other !== repository);
    return others.length === 0 ? subject : { ...subject, elsewhere: yield* this.#having(model, others) };
  }

  /** Those of the repositories that have a folder of this name: Triton takes each folder for a model. */
  *#having(model: string, repositories: readonly string[]): Asking<readonly string[]> {
    const having: string[] = [];
    for (const repository of repositories) {
      const models = yield* this.#modelsOf(repository);
      if (!isUnseen(models) && models.has(model)) having.push(repository);
    }
    return having;
  }

  *#modelsOf(repository: string): Asking<ReadonlySet<string> | Unseen> {
    const known = this.#models.get(repository);
    if (known) return known;
    const entries = yield* listed(repository);
    const models = isUnseen(entries) ? entries : new Set(entries.filter(({ kind }) => kind === 'folder').map(({ name }) => name));
    this.#models.set(repository, models);
    return models;
  }

  *#stepModels(subject: Subject, { repository, above }: Caller): Asking<ReadonlyMap<string, StepModel>> {
    const models = new Map<string, StepModel>();
    // Triton does not look into it.
    if (subject.elsewhere.length > 0) return models;
    const caller = { repository, above: [...above, subject] };
    for (const { model_name: name = '' } of subject.config.ensemble_scheduling?.step ?? []) {
      if (name !== '' && !models.has(name)) models.set(name, yield* this.#stepModel(name, caller));
    }
    return models;
  }

  *#stepModel(name: string, caller: Caller): Asking<StepModel> {
    if (name.includes('/') || name === '..' || name === '.') return { is: 'absent' };
    const { repository } = caller;
    if (this.#all.length === 1) return yield* this.#modelIn(repository, name, caller);
    const having = yield* this.#having(name, this.#all);
    const [own, ...others] = having.includes(repository)
      ? [repository, ...having.filter((one) => one !== repository)]
      : [undefined, ...having];
    if (!this.#conditions.server.namespacing) {
      const first = own ?? others[0];
      return first === undefined ? yield* this.#nowhere() : yield* this.#modelIn(first, name, caller);
    }
    // Kept apart, the ensemble's own repository comes first, and then whichever is the only one. A broken configuration counts as none.
    const mine = own === undefined ? undefined : yield* this.#modelIn(own, name, caller);
    if (mine && !isMissing(mine)) return mine;
    const theirs: StepModel[] = [];
    for (const other of others) theirs.push(yield* this.#modelIn(other, name, caller));
    const readable = theirs.filter((model) => !isMissing(model));
    if (readable.length > 1) return { is: 'absent' };
    return readable[0] ?? mine ?? theirs[0] ?? (yield* this.#nowhere());
  }

  /** In no repository that can be looked at. */
  *#nowhere(): Asking<StepModel> {
    for (const repository of this.#all) {
      const models = yield* this.#modelsOf(repository);
      if (isUnseen(models)) return { is: 'unseen', why: `the model repository ${repository}: ${models.unseen}` };
    }
    return { is: 'absent' };
  }

  *#modelIn(repository: string, name: string, { above }: Caller): Asking<StepModel> {
    const folder = `${repository}/${name}`;
    if (above.some((one) => one.folder === folder)) return { is: 'circle', above: above.map(({ called }) => called) };
    const known = this.#found.get(folder);
    if (known) return known;
    const found = yield* this.#findModel(repository, name, above);
    if (found.is !== 'circle') this.#found.set(folder, found);
    return found;
  }

  *#findModel(repository: string, name: string, above: Caller['above']): Asking<StepModel> {
    const subject = yield* this.#subject(repository, name);
    if (isUnseen(subject)) return subject.unseen === 'absent' ? { is: 'absent' } : { is: 'unseen', why: subject.unseen };
    const models = yield* this.#stepModels(subject, { repository, above });
    const circle = [...models.values()].find((model) => model.is === 'circle');
    if (circle) return circle;
    const report = judged(subject, models);
    const versions = subject.served.map(({ number }) => number);
    return { is: 'found', composing: composingFrom(subject, report), versions, report };
  }
}

/** A model as it would be loaded: completed, with its defaults, and the versions that its policy picks of those that are there. */
export type Look = {
  readonly report: ModelReport;
  readonly config: ModelConfigJson;
  /** What the backend makes of the configuration for each version. */
  readonly versions: ReadonlyMap<bigint, Completed>;
};

/** Whose step is looked for: its repository, and the ensembles that led there. */
type Caller = { readonly repository: string; readonly above: readonly Pick<Subject, 'folder' | 'called'>[] };

/** A model's report, with all that it runs: an ensemble runs what its ensembles run. */
function judged(subject: Subject, models: ReadonlyMap<string, StepModel>): ModelReport {
  const report = judgeModel(subject, { composing: (step) => composingOf(step, models), ...judgeSteps(subject, models) });
  const below = [...models.values()].flatMap((model) => (model.is === 'found' ? model.report.runs : []));
  return below.length === 0 ? report : { ...report, runs: [...new Set([...report.runs, ...below])] };
}

function composingOf({ model_name: name = '' }: EnsembleStepJson, models: ReadonlyMap<string, StepModel>): Composing {
  const model = models.get(name);
  return model?.is === 'found' ? model.composing : { called: name, unknown: `the model '${name}'` };
}

/** Where a model relies on auto-complete, nobody knows its tensors before it runs. */
function composingFrom({ model, called, completed, conditions, config }: Subject, { isDecoupled }: ModelReport): Composing {
  const isSure = conditions.backends !== 'judged' || config.backend === 'pytorch' || config.platform === 'ensemble';
  if (completed === 'unknown' || !(isWhole(completed) || isSure)) {
    return { called, unknown: `the inputs and outputs of '${model}', which its config.pbtxt leaves to its backend` };
  }
  // An ensemble is as decoupled as what it runs, whatever it says itself.
  const policy = completed.ensemble_scheduling ? { model_transaction_policy: { decoupled: isDecoupled } } : {};
  return { called, config: { ...completed, ...policy } };
}

const isWhole = (config: ModelConfigJson): boolean => (config.input ?? []).length > 0 && (config.output ?? []).length > 0;
