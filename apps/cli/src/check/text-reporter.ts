import { count } from '#core/base/count.ts';
import { type Finding, formatFinding, visible } from '#core/base/finding.ts';
import type { FinishedReport } from '#core/check/finish.ts';
import type { Terminal } from '../terminal.ts';
import type { Mended, Reporter, Summary } from './reporter.ts';

/** For people. Quiet, it tells only of models with something to tell. */
export function textReporter(terminal: Terminal, { isQuiet }: { isQuiet: boolean }): Reporter {
  return {
    begin: (mended) => (mended === 'unasked' ? '' : mendedText(mended)),
    model: (report) => (isQuiet && report.findings.length === 0 && report.verdict === 'accept' ? '' : modelText(report, terminal)),
    end: (summary) => summaryText(summary, terminal),
  };
}

function mendedText(mended: readonly Mended[]): string {
  const lines = mended.flatMap(({ file, changes }) => changes.map(({ line, says }) => `${file}:${line}  mended  ${says}`));
  return `${lines.length === 0 ? 'nothing to mend' : lines.join('\n')}\n\n`;
}

const verdicts = {
  accept: { paint: 'good', word: 'accepted' },
  reject: { paint: 'bad', word: 'rejected' },
  unknown: { paint: 'warn', word: 'unknown' },
} as const;

function modelText({ path, verdict, needs, findings, silenced }: FinishedReport, terminal: Terminal): string {
  const { paint, word } = verdicts[verdict];
  const errors = findings.filter(({ severity }) => severity === 'error');
  // Triton stops at its first error; what only we look at, it never says.
  const first = errors.length > 1 ? errors.find(({ code }) => !isOurs(code)) : undefined;
  const lines = [
    `${terminal.paint('strong', visible(path))}  ${terminal.paint(paint, word)}`,
    ...findings.flatMap((finding) => findingLines(finding, { isFirst: finding === first, terminal })),
    ...needs.map((need) => `    needs: ${visible(need)}`),
    ...silenced.map(({ code, reason }) => terminal.paint('faint', `    silenced: ${code}: ${reason}`)),
  ];
  return `${lines.join('\n')}\n\n`;
}

const isOurs = (code: string): boolean => /^(agree|contract|golden|route|release|compat|advice|yaml|json)\//.test(code);

function findingLines(finding: Finding, { isFirst, terminal }: { isFirst: boolean; terminal: Terminal }): string[] {
  const { severity, says, triton = says } = finding;
  const [head = '', ...fix] = formatFinding(finding).split('\n');
  const words = isFirst ? `triton stops here${triton === says ? '' : `: ${triton}`}` : triton === says ? undefined : `triton: ${triton}`;
  const told = words === undefined ? [] : [terminal.paint('faint', `    ${words.replaceAll('\n', ' ')}`)];
  return [terminal.paint(severity === 'error' ? 'bad' : 'warn', head), ...told, ...fix];
}

function summaryText({ counts, unlooked, target }: Summary, terminal: Terminal): string {
  const { accepted, rejected, unknown, warnings, silenced, known, unchanged } = counts;
  const models = accepted + rejected + unknown;
  const verdicts = [
    ...(accepted > 0 ? [terminal.paint('good', `${accepted} accepted`)] : []),
    ...(rejected > 0 ? [terminal.paint('bad', `${rejected} rejected`)] : []),
    ...(unknown > 0 ? [terminal.paint('warn', `${unknown} unknown`)] : []),
  ].join(', ');
  const more = [
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
    ...(silenced > 0 ? [`${silenced} silenced`] : []),
    ...(known > 0 ? [`${count(known, 'finding')} of the baseline left out`] : []),
    ...(unchanged > 0 ? [`${count(unchanged, 'unchanged model')} left out`] : []),
    ...(unlooked.length > 0 ? [terminal.paint('bad', `${unlooked.length} could not be looked at`)] : []),
  ];
  return [
    ...unlooked.flatMap(({ path, says, fix }) => [`${terminal.paint('bad', `${path}  not looked at  ${says}`)}`, `    fix: ${fix}`, '']),
    `${[`${count(models, 'model')}${verdicts === '' ? '' : `: ${verdicts}`}`, ...more, `judged for ${target.says}`].join('; ')}`,
    '',
  ].join('\n');
}
