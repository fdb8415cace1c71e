import type { Finding } from '../../base/finding.ts';
import { asBigInt } from '../int64.ts';
import type { ModelReport } from '../check-model.ts';
import type { Subject } from '../subject.ts';
import type { Composing } from './ensemble-agreement.ts';
import { type Explanation, Pen } from './rule.ts';

/** A model that a step names, as it was found. A check keeps them all, so it keeps no more of each than ensembles ask. */
export type StepModel =
  | { readonly is: 'found'; readonly composing: Composing; readonly versions: readonly bigint[]; readonly report: ModelReport }
  | { readonly is: 'absent' }
  | { readonly is: 'unseen'; readonly why: string }
  | { readonly is: 'circle'; readonly above: readonly string[] };

export const stepExplains: readonly Explanation[] = [
  {
    code: 'ensemble/model-unknown',
    severity: 'error',
    means: 'A step runs a model that is not in the repository.',
    triton: 'ensemble … contains models that are not available or ambiguous: …',
    example: 'step { model_name: "not_there" … }',
    fix: 'add the model to the repository, or correct the name',
  },
  {
    code: 'ensemble/circle',
    severity: 'error',
    means: 'Ensembles run each other in a circle.',
    triton: 'circular dependency between ensembles: … -> ... -> …',
    example: 'an ensemble with a step that runs the ensemble itself',
    fix: 'take one of the steps out',
  },
  {
    code: 'ensemble/model-invalid',
    severity: 'error',
    means: 'A model of a step does not load, so the ensemble does not either.',
    triton: "ensemble '…' depends on '…' which is not valid",
    example: 'a step whose model has a broken config.pbtxt',
    fix: 'mend that model',
  },
  {
    code: 'ensemble/version-not-loaded',
    severity: 'error',
    means: 'A step asks for a version that is not loaded. A step without model_version asks for version 0, not for the latest.',
    triton: "ensemble '…' depends on '…' whose required version … is not loaded.",
    example: 'step { model_name: "a" input_map { … } output_map { … } }  # without model_version',
    fix: 'write model_version: -1 for the latest',
  },
];

/** Whether every step has a model that is there, loads, and serves the version that is asked for. */
export function judgeSteps(subject: Subject, models: ReadonlyMap<string, StepModel>): { findings: Finding[]; needs: string[] } {
  const pen = new Pen(subject, stepExplains);
  const { config, called: ensemble } = subject;
  const steps = config.ensemble_scheduling?.step ?? [];
  const findings: Finding[] = [];
  const needs: string[] = [];
  const isAbsent = (name: string): boolean => {
    const model = models.get(name);
    return model !== undefined && isMissing(model);
  };
  const absent = [...new Set(steps.flatMap(({ model_name: name = '' }) => (isAbsent(name) ? [name] : [])))];
  for (const [index, { model_name: name = '', model_version: version = 0 }] of steps.entries()) {
    const path = ['ensemble_scheduling', 'step', index, 'model_name'];
    const model = models.get(name);
    if (!model) continue;
    if (isMissing(model)) {
      const says = `ensemble ${ensemble} contains models that are not available or ambiguous: ${absent[0]}`;
      const broken = model.is === 'found' ? model.report.findings.find(({ severity }) => severity === 'error') : undefined;
      const fix = broken ? `mend '${name}': ${broken.says}` : undefined;
      if (name === absent[0] || !findings.some(({ code }) => code === 'ensemble/model-unknown'))
        findings.push(pen.at(path, 'ensemble/model-unknown', says, fix));
      continue;
    }
    switch (model.is) {
      case 'absent':
        break;
      case 'unseen':
        needs.push(`the model '${name}': ${model.why}`);
        break;
      case 'circle':
        findings.push(
          pen.at(
            path,
            'ensemble/circle',
            `circular dependency between ensembles: ${ensemble} -> ... -> ${model.above.at(-1) ?? ensemble} -> ${ensemble}`,
          ),
        );
        break;
      case 'found': {
        const { verdict, findings: own } = model.report;
        if (verdict === 'reject') {
          const first = own.find(({ severity }) => severity === 'error');
          findings.push(
            pen.at(path, 'ensemble/model-invalid', brokenModel(ensemble, model), first ? `mend '${name}': ${first.says}` : undefined),
          );
          break;
        }
        if (verdict === 'unknown') needs.push(...model.report.needs.map((need) => `${name}: ${need}`));
        if (asBigInt(version) !== -1n && !model.versions.includes(asBigInt(version))) {
          const says = `ensemble '${ensemble}' depends on '${model.composing.called}' whose required version ${version} is not loaded.`;
          findings.push(pen.at(['ensemble_scheduling', 'step', index, 'model_version'], 'ensemble/version-not-loaded', says));
        }
      }
    }
  }
  // Triton looks for absent models, then for circles, then for models that do not load, then at versions.
  const order = stepExplains.map(({ code }) => code);
  return { findings: findings.sort((one, other) => order.indexOf(one.code) - order.indexOf(other.code)), needs };
}

/** A model whose configuration cannot be read, or whose name is not its own, is as good as absent, for Triton. */
export const isMissing = (model: StepModel): boolean => model.is === 'absent' || (model.is === 'found' && model.report.failedAt === 'poll');

/** Triton tells what keeps an ensemble from being put together apart from what keeps a version from being loaded. */
function brokenModel(ensemble: string, { composing: { called }, versions, report }: StepModel & { is: 'found' }): string {
  const first = report.findings.find(({ severity }) => severity === 'error');
  const reason = first?.triton ?? first?.says ?? '';
  if (report.failedAt !== 'load')
    return `ensemble '${ensemble}' depends on '${called}' which is not valid. Model '${called}' failed with error: ${reason}`;
  const [version] = versions;
  const state = version ? `version ${version} is at UNAVAILABLE state: Invalid argument: ` : '';
  return `ensemble '${ensemble}' depends on '${called}' which has no loaded version. Model '${called}' loading failed with error: ${state}${reason}`;
}
