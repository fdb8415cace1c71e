import { deepStrictEqual } from 'node:assert';
import { test } from 'node:test';
import { documentsRule } from './documents.ts';

const others = [
  { path: 'core/src/gates/p99.ts', text: '' },
  { path: 'docs/guide/words.md', text: '# Words\n\n## A gate, or `two`\n\n```sh\n# no heading\n```\n' },
];

const alive: string[] = [
  'see [words](guide/words.md) and [the gate](guide/words.md#a-gate-or-two)',
  '[root](/core/src/gates/) and [web](https://example.com/x.md) and [here](#title)',
  '[ref]: guide/words.md',
  'the code is in `core/src/gates/p99.ts`, `core/src/gates/`, `core/src/gates/p99.ts:12` and `core/src/*/p99.ts`',
  'a gate goes to `core/src/gates/<name>.ts`; `application/json` and `cat core/nothing.ts` are no paths of ours',
  '```sh\ncat core/nothing.ts\n[dead](dead.md)\n```',
  'code is not a link: `[dead](dead.md)`',
];
for (const text of alive) {
  test(`alive: ${text.replaceAll('\n', ' ')}`, () => deepStrictEqual(judge('docs/page.md', text), []));
}

const dead: [text: string, says: string][] = [
  ['see [words](words.md)', '3 the link leads to docs/words.md, which does not exist'],
  ['see [words](guide/words.md#no-heading)', '3 the link leads to #no-heading, which is no heading of docs/guide/words.md'],
  ['[ref]: ../nothing.md', '3 the link leads to nothing.md, which does not exist'],
  ['the code is in `core/src/gates/p98.ts`', '3 `core/src/gates/p98.ts` does not exist'],
  ['all of `core/src/rules/*.ts`', '3 `core/src/rules/*.ts` does not exist'],
];
for (const [text, says] of dead) {
  test(`dead: ${text}`, () => deepStrictEqual(judge('docs/page.md', text), [says]));
}

test('a decision record may name a path that is gone, but not link to it', () => {
  deepStrictEqual(judge('docs/decisions/1.md', '`core/src/gone.ts` [gone](gone.md)'), [
    '3 the link leads to docs/decisions/gone.md, which does not exist',
  ]);
});

function judge(path: string, text: string): string[] {
  return documentsRule.judge([...others, { path, text: `# Title\n\n${text}\n` }]).map(({ line, says }) => `${line} ${says}`);
}
