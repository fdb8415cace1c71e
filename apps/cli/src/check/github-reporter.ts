import { uriPath } from './uri-path.ts';
import type { Reporter } from './reporter.ts';

/** Workflow commands of GitHub: annotations that show beside the lines of a pull request. */
export function githubReporter(): Reporter {
  return {
    begin: (mended) =>
      mended === 'unasked'
        ? ''
        : mended
            .flatMap(({ file, changes }) =>
              changes.map(({ line, says }) => annotation('notice', { file: uriPath(file), line, title: 'mended' }, says)),
            )
            .join(''),
    model: ({ findings }) =>
      findings
        .map(({ code, severity, place, says, fix }) => {
          const { line, column } = place;
          const where = { file: uriPath(place.file), ...(line ? { line } : {}), ...(column ? { col: column } : {}), title: code };
          return annotation(severity, where, fix ? `${says}\nfix: ${fix}` : says);
        })
        .join(''),
    end: ({ counts: { accepted, rejected, unknown }, unlooked, target }) =>
      [
        ...unlooked.map(({ path, says, fix }) => annotation('error', { title: 'not looked at' }, `${path}: ${says}\nfix: ${fix}`)),
        annotation(
          'notice',
          { title: 'conch check' },
          `${accepted} accepted, ${rejected} rejected, ${unknown} unknown; judged for ${target.says}`,
        ),
      ].join(''),
  };
}

function annotation(kind: 'error' | 'warning' | 'notice', about: Readonly<Record<string, string | number>>, message: string): string {
  const properties = Object.entries(about).map(([name, value]) => `${name}=${property(String(value))}`);
  return `::${kind} ${properties.join(',')}::${data(message)}\n`;
}

const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
