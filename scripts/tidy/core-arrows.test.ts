import { deepStrictEqual } from 'node:assert';
import { test } from 'node:test';
import { coreArrowsRule, judgeWith } from './core-arrows.ts';
import type { Finding } from './rule.ts';

const arrows = { base: [], ports: [], gates: ['stats'], stats: [] };

test('the table of arrows has no circle', () => deepStrictEqual(coreArrowsRule.judge([]), []));

const allowed: [path: string, text: string][] = [
  ['core/src/gates/p99.ts', "import { interval } from '../stats/interval.ts';"],
  ['core/src/gates/p99.ts', "import { one } from '../base/time.ts';\nimport { all } from './all.ts';"],
  ['core/src/gates/p99.ts', "import type { Agent } from '../ports/agent.ts';"],
  ['core/src/ports/agent.ts', "import type { Gate } from '../gates/gate.ts';"],
  ['apps/cli/src/main.ts', "import { p99 } from '#core/gates/p99.ts';"],
];
for (const [path, text] of allowed) {
  test(`${path} may say ${text.replaceAll('\n', ' ')}`, () => deepStrictEqual(judge(path, text), []));
}

const refused: [path: string, text: string, says: string][] = [
  [
    'core/src/stats/mean.ts',
    "import { p99 } from '../gates/p99.ts';",
    'stats imports gates, but may import only base and types from ports',
  ],
  [
    'core/src/stats/mean.ts',
    "import type { P99 } from '../gates/p99.ts';",
    'stats imports gates, but may import only base and types from ports',
  ],
  [
    'core/src/base/time.ts',
    "import { interval } from '../stats/interval.ts';",
    'base imports stats, but may import only base and types from ports',
  ],
  ['core/src/gates/p99.ts', "import { agent } from '../ports/agent.ts';", 'gates imports ports for more than its types'],
  ['core/src/ports/agent.ts', "import { gate } from '../gates/gate.ts';", 'ports imports gates for more than its types'],
  ['core/src/news/today.ts', '', 'nothing says what core/src/news may import'],
  ['core/src/index.ts', '', 'lies in no folder of core'],
];
for (const [path, text, says] of refused) {
  test(`${path} may not say ${text || 'anything'}`, () => deepStrictEqual(judge(path, text), [says]));
}

test('a circle in the table is found', () => {
  const circle = judgeWith({ a: ['b'], b: ['c'], c: ['b'] }, []);
  deepStrictEqual(told(circle), ['the arrows run in a circle: b -> c -> b']);
});

test('an import against an arrow says that the other way is taken', () => {
  const [finding] = judgeWith(arrows, [{ path: 'core/src/stats/mean.ts', text: "import { p99 } from '../gates/p99.ts';" }]);
  deepStrictEqual(finding?.fix, 'gates imports stats already: move what both need to one of them, or hand the value in');
});

function judge(path: string, text: string): string[] {
  return told(judgeWith(arrows, [{ path, text }]));
}

function told(findings: readonly Finding[]): string[] {
  return findings.map(({ says }) => says);
}
