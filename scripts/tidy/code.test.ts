import { deepStrictEqual, strictEqual } from 'node:assert';
import { test } from 'node:test';
import { codeOnly, fileMeant, importsIn, packageMeant } from './code.ts';

const blanked: [what: string, text: string, code: string][] = [
  ['a comment at the end of a line', 'a(); // fetch()\nb();', 'a();           \nb();'],
  ['a comment over several lines', 'a /* x\ny */ b', 'a     \n     b'],
  ['a string', "say('it\\'s'); b", "say('     '); b"],
  ['a template, but not the expressions in it', 'x(`a ${b({ c: `d` })} e`)', 'x(`  ${b({ c: ` ` })}  `)'],
  ['a regular expression', 'a = /"[/]"/g.exec(b)', 'a = /     /g.exec(b)'],
  ['a comment that ends in a backslash', 'a(); // b \\\nc /* \\*/ d', 'a();       \nc        d'],
  ['a regular expression with a class', 'return /[/"]x/.test(b);', 'return /     /.test(b);'],
];
for (const [what, text, code] of blanked) {
  test(`the code alone is left of ${what}`, () => strictEqual(codeOnly(text), code));
}

test('a division is no regular expression', () => strictEqual(codeOnly('a / b; (c) / d / e[0] / 2'), 'a / b; (c) / d / e[0] / 2'));

test('an unfinished string ends with its line', () => strictEqual(codeOnly("a = '\nb"), "a = '\nb"));

test('imports are found with their lines, and those of types alone are told apart', () => {
  const text = [
    "import { a } from './a.ts';",
    "import type { B } from '#core/b.ts';",
    "import './c.ts';",
    'export {',
    '  d,',
    "} from './d.ts';",
    "export * from './e.ts';",
    "const f = await import('./f.ts');",
    "import type from './g.ts';",
    "import h, { type I } from 'h/i.js';",
  ].join('\n');
  deepStrictEqual(
    importsIn({ path: 'core/src/x/x.ts', text }).map(({ specifier, line, isTypeOnly }) => [specifier, line, isTypeOnly]),
    [
      ['./a.ts', 1, false],
      ['#core/b.ts', 2, true],
      ['./c.ts', 3, false],
      ['./d.ts', 6, false],
      ['./e.ts', 7, false],
      ['./f.ts', 8, false],
      ['./g.ts', 9, false],
      ['h/i.js', 10, false],
    ],
  );
});

test('what only looks like an import is none', () => {
  const text = 'const a = `import { b } from "#sim/b.ts"`;\n// import "#sim/c.ts";\nexport const from = "x";\nexport type A = "y";';
  deepStrictEqual(importsIn({ path: 'core/src/x/x.ts', text }), []);
});

test('an import means a file of ours or a package', () => {
  strictEqual(fileMeant('core/src/gates/all.ts', '../base/time.ts'), 'core/src/base/time.ts');
  strictEqual(fileMeant('apps/cli/src/main.ts', '#core/base/time.ts'), 'core/src/base/time.ts');
  strictEqual(fileMeant('sim/src/main.ts', '#apps/agent/src/app.ts'), 'apps/agent/src/app.ts');
  strictEqual(fileMeant('core/src/base/time.ts', 'zod'), undefined);
  strictEqual(packageMeant('@noble/hashes/sha2.js'), '@noble/hashes');
  strictEqual(packageMeant('zod/mini'), 'zod');
});
