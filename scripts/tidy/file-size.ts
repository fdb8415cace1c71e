import type { Finding, Rule, Source } from './rule.ts';

/** Most files fit on a screen or two; past this many lines a file usually holds two ideas. */
export const linesMax = 350;

/** Files that are one long idea, each with the reason why it stays in one piece. */
export const longFiles: Readonly<Record<string, string>> = {
  'core/src/pbtxt/parse-text.ts': 'one grammar, read by one class that holds where it is',
};

/** Files stay short, but for those listed with a reason. */
export const fileSizeRule: Rule = { name: 'file-size', judge: (sources) => judgeWith(longFiles, sources) };

/** The rule with other exceptions, for its tests. */
export function judgeWith(exceptions: Readonly<Record<string, string>>, sources: readonly Source[]): Finding[] {
  const long = new Map(
    sources.filter(isWritten).flatMap(({ path, text }) => (lines(text) > linesMax ? [[path, lines(text)] as const] : [])),
  );
  const tooLong = [...long].filter(([path]) => exceptions[path] === undefined);
  const needless = Object.keys(exceptions).filter((path) => !long.has(path));
  return [
    ...tooLong.map(([path, count]) => ({
      path,
      line: linesMax,
      says: `${count} lines; our files have at most ${linesMax}`,
      fix: 'give each idea a file; one long idea is listed in longFiles in scripts/tidy/file-size.ts, with its reason',
    })),
    ...needless.map((path) => ({
      path: 'scripts/tidy/file-size.ts',
      line: 1,
      says: `${path} is listed as long, but is not`,
      fix: 'take it off longFiles',
    })),
  ];
}

/** Files that somebody writes and reads; rendered ones, data and documents have their own measure. */
function isWritten({ path, text }: Source): boolean {
  return /\.(tsx?|m?js|css|sh|py)$/.test(path) && !path.endsWith('_pb.ts') && !/generated/i.test(text.slice(0, text.indexOf('\n')));
}

function lines(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}
