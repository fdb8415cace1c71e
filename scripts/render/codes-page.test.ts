import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { everyExplanation } from '#core/check/explanations.ts';
import { codesPage } from './codes-page.ts';

const page = codesPage(everyExplanation);

test('every code has its section, and no two sections share an anchor', () => {
  const headings = [...page.matchAll(/^### (.+)$/gm)].map(([, code = '']) => code);
  deepStrictEqual(
    headings,
    everyExplanation.map(({ code }) => code),
  );
  strictEqual(new Set(headings.map((code) => code.replace('/', ''))).size, headings.length);
});

test('every code is linked at the top', () => {
  const links = [...page.matchAll(/\]\(#([\w-]+)\)/g)].map(([, anchor]) => anchor);
  deepStrictEqual(
    links,
    everyExplanation.map(({ code }) => code.replace('/', '')),
  );
});

test('marks of Markdown stay what people wrote, outside of code', () => {
  const text = codesPage([
    {
      code: 'config/x',
      severity: 'error',
      means: 'lib_<name> of `a_b*` [x].',
      triton: 'no `x`',
      example: '*a*',
      fix: 'write max_batch_size',
    },
  ]);
  match(text, /^\*Error\.\* lib\\_&lt;name> of `a_b\*` \\\[x\\\]\.$/m);
  match(text, /^Triton says: `` no `x` ``$/m);
  match(text, /^```\n\*a\*\n```$/m);
  match(text, /^\*\*Fix:\*\* write max_batch_size\.$/m);
});

test('the same explanations give the same page', () => {
  ok(page.endsWith('.\n') && !page.endsWith('\n\n'));
  strictEqual(codesPage(everyExplanation), page);
});
