import { isAbsolute, relative } from 'node:path';
import type { FinishedReport } from '#core/check/finish.ts';

/** How what is found below a path is called: as it was typed, whole or from here. A check itself knows whole paths only. */
export type PathNames = { shown(path: string): string; inReport(report: FinishedReport): FinishedReport };

export function namesFor(typed: string): PathNames {
  if (isAbsolute(typed)) return { shown: (path) => path, inReport: (report) => report };
  const here = process.cwd();
  const shown = (path: string): string => (isAbsolute(path) ? relative(here, path) || '.' : path);
  const inWords = (words: string): string => (words.includes(here) ? words.replaceAll(`${here}/`, '') : words);
  return {
    shown,
    inReport: (report) => ({
      ...report,
      path: shown(report.path),
      needs: report.needs.map(inWords),
      findings: report.findings.map((finding) => ({
        ...finding,
        place: { ...finding.place, file: shown(finding.place.file) },
        says: inWords(finding.says),
      })),
    }),
  };
}
