import { readFileSync } from 'node:fs';
import { wordsOf } from '#core/base/fault.ts';
import type { Finding } from '#core/base/finding.ts';
import type { FinishedReport } from '#core/check/finish.ts';
import { BadValue } from '../command.ts';

/** Findings that are known: whoever adopts a check does not start with a thousand of them. */
export type Baseline = {
  /** Without what is known, and how much that was. Each finding of a baseline stands for one. */
  without(report: FinishedReport): { report: FinishedReport; known: number };
};

export const noBaseline: Baseline = { without: (report) => ({ report, known: 0 }) };

/** Reads what `conch check --output json` wrote. */
export function readBaseline(file: string): Baseline {
  const left = countsOf(file);
  return {
    without: (report) => {
      const findings = report.findings.filter((finding) => {
        const key = keyOf(report, finding);
        const count = left.get(key) ?? 0;
        if (count > 0) left.set(key, count - 1);
        return count === 0;
      });
      return { report: { ...report, findings }, known: report.findings.length - findings.length };
    },
  };
}

type Model = Pick<FinishedReport, 'name' | 'path'>;

/** Lines move when others are added, and a repository may be checked from elsewhere: neither is part of what makes a finding the same. */
function keyOf({ name, path }: Model, { code, says, place }: Finding): string {
  const file = place.file.startsWith(path) ? place.file.slice(path.length) : place.file.split('/').at(-1);
  return [name, file, code, says].join('\n');
}

function countsOf(file: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const model of modelsIn(file)) {
    for (const finding of model.findings) {
      const key = keyOf(model, finding);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}

type Written = Model & { readonly findings: readonly Finding[] };

function modelsIn(file: string): readonly Written[] {
  const refuse = (says: string): never => {
    throw new BadValue(`${file} ${says}; make one with: conch check PATH --output json > ${file}`);
  };
  let written: unknown;
  try {
    written = JSON.parse(readFileSync(file, 'utf8'));
  } catch (thrown) {
    return refuse(`cannot be read (${wordsOf(thrown)})`);
  }
  const models = isObject(written) ? written['models'] : undefined;
  if (!Array.isArray(models)) return refuse('is no output of a check: it has no list of models');
  return models.every(isWritten) ? models : refuse('is no output of a check: not each of its models has name, path and findings');
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const isWritten = (model: unknown): model is Written =>
  isObject(model) &&
  typeof model['name'] === 'string' &&
  typeof model['path'] === 'string' &&
  Array.isArray(model['findings']) &&
  model['findings'].every((one) => isObject(one) && isObject(one['place']) && typeof one['place']['file'] === 'string');
