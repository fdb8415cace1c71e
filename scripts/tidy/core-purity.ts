import { codeOnly, fileMeant, importsIn, lineAt, packageMeant } from './code.ts';
import { type Finding, isCode, isTest, type Rule, type Source } from './rule.ts';

/** The packages that core may import: pure ones that run in a browser. */
export const purePackages: readonly string[] = ['@bufbuild/protobuf', '@noble/hashes', 'canonicalize', 'yaml', 'zod'];

type Effect = Readonly<{ name: string; pattern: RegExp; fix: string }>;

const clockFix = 'take the time as a parameter: now: Ms';
const timerFix = 'return when to look again, and let an app wait';

/** What reaches outside, beginning where no name or dot comes before it. */
const effects: readonly Effect[] = [
  { name: 'Date.now()', pattern: /Date\s*\.\s*now\b/, fix: clockFix },
  { name: 'new Date()', pattern: /new\s+Date(?:\s*\(\s*\)|\s*(?=[;,)\]}]))/, fix: clockFix },
  { name: 'Date()', pattern: /(?<!new\s+)Date\s*\(/, fix: clockFix },
  // A contract has a part of that name, so only what the global one has counts.
  { name: 'performance.now()', pattern: /performance\s*\.\s*(?:now|timeOrigin|mark|measure)\b/, fix: clockFix },
  { name: 'Math.random()', pattern: /Math\s*\.\s*random\b/, fix: 'take the dice as a parameter' },
  { name: 'crypto', pattern: /crypto\s*(?:\?\.|[.[])/, fix: 'hash with @noble/hashes; take random bytes as a parameter' },
  { name: 'process', pattern: /process\s*(?:\?\.|[.[])/, fix: 'take the setting as a parameter' },
  { name: 'globalThis', pattern: /globalThis\b/, fix: 'take what is needed as a parameter' },
  { name: 'console', pattern: /console\s*(?:\?\.|[.[])/, fix: 'return what is to be said, and let an app say it' },
  { name: 'Buffer', pattern: /Buffer\s*(?:\?\.|[.[(])/, fix: 'use Uint8Array, which browsers have too' },
  { name: 'fetch()', pattern: /fetch\s*\(/, fix: 'declare a port, and let an adapter fetch' },
  { name: 'setTimeout()', pattern: /setTimeout\s*\(/, fix: timerFix },
  { name: 'setInterval()', pattern: /setInterval\s*\(/, fix: timerFix },
  { name: 'setImmediate()', pattern: /setImmediate\s*\(/, fix: timerFix },
];

/** Core decides: values in, values out. No input or output, clock, dice or environment; only pure packages. */
export const corePurityRule: Rule = {
  name: 'core-purity',
  judge: (sources) =>
    sources
      .filter(({ path }) => path.startsWith('core/src/') && isCode(path) && !isTest(path))
      .flatMap((source) => [...impureImports(source), ...effectsIn(source)]),
};

function impureImports(source: Source): Finding[] {
  return importsIn(source).flatMap(({ specifier, line }) => {
    if (fileMeant(source.path, specifier) !== undefined || purePackages.includes(packageMeant(specifier))) return [];
    if (specifier.startsWith('node:')) {
      return [
        { path: source.path, line, says: `core imports ${specifier}`, fix: 'declare a port in core/src/ports and keep it in adapters' },
      ];
    }
    const fix = 'do it in an adapter; a pure package that runs in a browser is added to purePackages in scripts/tidy/core-purity.ts';
    return [{ path: source.path, line, says: `core imports the package ${specifier}`, fix }];
  });
}

function effectsIn({ path, text }: Source): Finding[] {
  const code = codeOnly(text);
  return effects.flatMap(({ name, pattern, fix }) =>
    [...code.matchAll(new RegExp(`(?<![.\\w$#])${pattern.source}`, 'g'))]
      .filter((match) => !(match[0].endsWith('(') && isDeclaration(code, match.index, match.index + match[0].length)))
      .map((match) => ({ path, line: lineAt(code, match.index), says: `core uses ${name}`, fix })),
  );
}

/** A port may well have a method of that name: `fetch(digest: Digest): Promise<Uint8Array>`, and an object may keep it. */
function isDeclaration(code: string, from: number, inside: number): boolean {
  const before = code.slice(0, from).trimEnd();
  if (!/(?:^|[{};,]|\basync|\bget|\bfunction)$/.test(before)) return false;
  let depth = 1;
  let at = inside;
  for (; at < code.length && depth > 0; at += 1) depth += code[at] === '(' ? 1 : code[at] === ')' ? -1 : 0;
  return /^\s*[:{]/.test(code.slice(at));
}
