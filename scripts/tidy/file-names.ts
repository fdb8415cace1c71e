import { isCode, type Rule } from './rule.ts';

const forbidden: readonly string[] = ['util', 'utils', 'helper', 'helpers', 'common', 'manager', 'managers'];

/** A file is named after what it gives; these words say only that nobody has named it yet. */
export const fileNamesRule: Rule = {
  name: 'file-names',
  judge: (sources) =>
    sources
      .filter(({ path }) => isCode(path))
      .flatMap(({ path }) => {
        const word = wordsOf(path).find((one) => forbidden.includes(one));
        if (word === undefined) return [];
        return [
          {
            path,
            line: 1,
            says: `the name says "${word}"`,
            fix: 'name the file or folder after what it gives: queue-time.ts gives queueTime',
          },
        ];
      }),
};

function wordsOf(path: string): string[] {
  return path
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .split(/[^a-z]+/);
}
