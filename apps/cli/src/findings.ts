import { type Finding, formatFinding, hasError } from '#core/base/finding.ts';
import type { ExitCode } from './command.ts';
import type { Terminal } from './terminal.ts';

/** Shows findings; 1 when one of them is an error. */
export function show(findings: readonly Finding[], terminal: Terminal): ExitCode {
  for (const finding of findings) {
    const [first = '', ...more] = formatFinding(finding).split('\n');
    terminal.note([terminal.paint(finding.severity === 'error' ? 'bad' : 'warn', first), ...more].join('\n'));
  }
  return hasError(findings) ? 1 : 0;
}

/** Shows what keeps a command from doing what it was asked, and ends it. */
export function refuse(findings: readonly Finding[], terminal: Terminal): ExitCode {
  show(findings, terminal);
  terminal.give({ findings });
  return 1;
}

/** Something typed that a person should change. `where` names the command or the file. */
export function mistake(code: Finding['code'], where: string, says: string, fix: string): Finding {
  return { code, severity: 'error', place: { file: where }, says, fix };
}
