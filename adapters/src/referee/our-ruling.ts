import { answered, isUnseen } from '#core/base/asking.ts';
import { Repository } from '#core/model/check-repository.ts';
import { type Conditions, defaultSettings } from '#core/model/conditions.ts';
import { madeUpTree } from '#core/model/made-up-tree.ts';
import { acceptedBackends } from './accepting-backends.ts';
import type { Case } from './triton-referee.ts';

/** The referee as a target: tritonserver 2.51 without a GPU, with backends that accept everything. */
export const refereeConditions: Conditions = {
  triton: { major: 2, minor: 51 },
  gpus: [],
  server: { ...defaultSettings, autoComplete: false },
  backends: { accepting: acceptedBackends },
};

type OurRuling = { verdict: string; code: string; reason: string };

/** What our rules say of a case, in the form of the referee's rulings; of several repositories the model is looked for in this one. */
export function ourRuling({ model, files }: Case, conditions = refereeConditions, repository = 'models'): OurRuling {
  const placed = Object.fromEntries(Object.entries(files).map(([path, content]) => [`models/${path}`, content]));
  const report = answered(new Repository(repository, conditions).check(model), madeUpTree(placed));
  if (isUnseen(report)) return { verdict: 'reject', code: '', reason: report.unseen };
  const first = report.findings.find(({ severity }) => severity === 'error');
  return { verdict: report.verdict, code: first?.code ?? '', reason: first?.triton ?? first?.says ?? '' };
}
