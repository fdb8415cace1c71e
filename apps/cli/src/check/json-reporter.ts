import type { Finding } from '#core/base/finding.ts';
import type { FinishedReport } from '#core/check/finish.ts';
import type { Reporter } from './reporter.ts';

/** One JSON object, a model a line. Its models are what --baseline reads. */
export function jsonReporter(): Reporter {
  let separator = '\n';
  return {
    begin: (mended) => `{${mended === 'unasked' ? '' : `"mended":${JSON.stringify(mended)},`}"models":[`,
    model: (report) => {
      const line = `${separator}${JSON.stringify(modelValue(report))}`;
      separator = ',\n';
      return line;
    },
    end: ({ target, counts, unlooked }) => {
      const rest = { target: { says: target.says, ...target.values }, counts, unlooked };
      return `\n],${JSON.stringify(rest).slice(1)}\n`;
    },
  };
}

function modelValue({ path, name, verdict, needs, findings, silenced, runs }: FinishedReport): unknown {
  const own = { path, name, verdict, needs, findings: findings.map(findingValue) };
  return { ...own, ...(runs.length > 0 ? { runs } : {}), ...(silenced.length > 0 ? { silenced } : {}) };
}

/** In one order of keys, whoever wrote it. */
function findingValue({ code, severity, place, says, fix, triton }: Finding): unknown {
  const { file, line, column } = place;
  return { code, severity, place: { file, line, column }, says, fix, triton };
}
