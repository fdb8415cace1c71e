import type { Terminal } from '../terminal.ts';
import type { Reporter } from './reporter.ts';

/** Who tells what was found, by --output. Only that one is loaded. */
export async function reporterFor(
  output: 'text' | 'json' | 'sarif' | 'github',
  { terminal, isFew }: { terminal: Terminal; isFew: boolean },
): Promise<Reporter> {
  switch (output) {
    case 'text':
      return (await import('./text-reporter.ts')).textReporter(terminal, { isQuiet: !isFew });
    case 'json':
      return (await import('./json-reporter.ts')).jsonReporter();
    case 'sarif':
      return (await import('./sarif-reporter.ts')).sarifReporter();
    case 'github':
      return (await import('./github-reporter.ts')).githubReporter();
  }
}
