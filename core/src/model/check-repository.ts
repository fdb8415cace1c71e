import type { EnsembleStepJson, ModelConfigJson } from '../pbtxt/model-config.ts';
import { type Asking, isUnseen, listed, type Unseen } from '../base/asking.ts';
import { judgeModel, type ModelReport } from './check-model.ts';
import type { Conditions } from './conditions.ts';
import { findSubject } from './find-subject.ts';
import { judgeSteps, type StepModel } from './rules/ensemble-steps.ts';
import type { Composing } from './rules/ensemble-agreement.ts';
import type { Subject } from './subject.ts';

/** A model repository as one check sees it: models are found once, however many ensembles run them. */
export class Repository {
  readonly folder: string;
  readonly #conditions: Conditions;
  readonly #found = new Map<string, StepModel>();
  #names: readonly string[] | Unseen | undefined;

  constructor(folder: string, conditions: Conditions) {
    this.folder = folder;
    this.#conditions = conditions;
  }

  /** The folders of the repository: Triton takes each for a model. */
  *names(): Asking<readonly string[] | Unseen> {
    if (this.#names === undefined) {
      const entries = yield* listed(this.folder);
      this.#names = isUnseen(entries) ? entries : entries.filter(({ kind }) => kind === 'folder').map(({ name }) => name);
    }
    return this.#names;
  }

  /** Checks one model, and looks at those that it runs as far as it must. One that an ensemble runs was judged with it. */
  *check(model: string): Asking<ModelReport | Unseen> {
    const known = this.#found.get(model);
    if (known?.is === 'found') return known.report;
    const subject = yield* findSubject(`${this.folder}/${model}`, model, this.#conditions);
    if (isUnseen(subject)) return subject;
    const steps = subject.config.ensemble_scheduling?.step ?? [];
    const models = yield* this.#stepModels(steps, [model]);
    return judged(subject, models);
  }

  *#stepModels(steps: readonly EnsembleStepJson[], above: readonly string[]): Asking<ReadonlyMap<string, StepModel>> {
    const models = new Map<string, StepModel>();
    for (const { model_name: name = '' } of steps) {
      if (name !== '' && !models.has(name)) models.set(name, yield* this.#stepModel(name, above));
    }
    return models;
  }

  *#stepModel(name: string, above: readonly string[]): Asking<StepModel> {
    if (above.includes(name)) return { is: 'circle', above: [...above, name] };
    const known = this.#found.get(name);
    if (known) return known;
    const found = yield* this.#findStepModel(name, above);
    if (found.is !== 'circle') this.#found.set(name, found);
    return found;
  }

  *#findStepModel(name: string, above: readonly string[]): Asking<StepModel> {
    if (name.includes('/') || name === '..' || name === '.') return { is: 'absent' };
    const subject = yield* findSubject(`${this.folder}/${name}`, name, this.#conditions);
    if (isUnseen(subject)) return subject.unseen === 'absent' ? { is: 'absent' } : { is: 'unseen', why: subject.unseen };
    const steps = subject.config.ensemble_scheduling?.step ?? [];
    const models = yield* this.#stepModels(steps, [...above, name]);
    const circle = [...models.values()].find((model) => model.is === 'circle');
    if (circle) return circle;
    const report = judged(subject, models);
    const versions = subject.served.map(({ number }) => number);
    return { is: 'found', composing: composingFrom(subject, report), versions, report };
  }
}

/** A model's report, with all that it runs: an ensemble runs what its ensembles run. */
function judged(subject: Subject, models: ReadonlyMap<string, StepModel>): ModelReport {
  const report = judgeModel(subject, { composing: (step) => composingOf(step, models), ...judgeSteps(subject, models) });
  const below = [...models.values()].flatMap((model) => (model.is === 'found' ? model.report.runs : []));
  return below.length === 0 ? report : { ...report, runs: [...new Set([...report.runs, ...below])] };
}

function composingOf({ model_name: name = '' }: EnsembleStepJson, models: ReadonlyMap<string, StepModel>): Composing {
  const model = models.get(name);
  return model?.is === 'found' ? model.composing : { unknown: `the model '${name}'` };
}

/** Where a model relies on auto-complete, nobody knows its tensors before it runs. */
function composingFrom({ model, completed, conditions, config }: Subject, { isDecoupled }: ModelReport): Composing {
  const isSure = conditions.backends !== 'judged' || config.backend === 'pytorch' || config.platform === 'ensemble';
  if (completed === 'unknown' || !(isWhole(completed) || isSure)) {
    return { unknown: `the inputs and outputs of '${model}', which its config.pbtxt leaves to its backend` };
  }
  // An ensemble is as decoupled as what it runs, whatever it says itself.
  const policy = completed.ensemble_scheduling ? { model_transaction_policy: { decoupled: isDecoupled } } : {};
  return { config: { ...completed, ...policy } };
}

const isWhole = (config: ModelConfigJson): boolean => (config.input ?? []).length > 0 && (config.output ?? []).length > 0;
