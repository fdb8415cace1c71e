import { deepStrictEqual } from 'node:assert';
import { test } from 'node:test';
import { topArrowsRule } from './top-arrows.ts';

const allowed: [path: string, specifier: string][] = [
  ['core/src/gates/p99.ts', '../base/time.ts'],
  ['core/src/gates/p99.test.ts', 'node:test'],
  ['adapters/src/registry/oci.ts', '#core/base/digest.ts'],
  ['apps/cli/src/commands/check.ts', '#adapters/registry/oci.ts'],
  ['apps/cli/src/main.ts', './commands/check.ts'],
  ['sim/src/world.ts', '#apps/control/src/app.ts'],
  ['sim/src/world.ts', '#apps/gateway/src/pick.ts'],
];
for (const [path, specifier] of allowed) {
  test(`${path} may import ${specifier}`, () => deepStrictEqual(judge(path, specifier), []));
}

const refused: [path: string, specifier: string, says: string][] = [
  ['core/src/gates/p99.ts', '#adapters/clock/real.ts', 'core imports adapters/src/clock/real.ts, but may import nothing outside itself'],
  ['adapters/src/registry/oci.ts', '#apps/cli/src/main.ts', 'adapters imports apps/cli/src/main.ts, but may import only core'],
  ['apps/cli/src/main.ts', '#apps/control/src/app.ts', 'apps/cli imports apps/control/src/app.ts of another app'],
  ['apps/cli/src/main.ts', '../../control/src/app.ts', 'apps/cli imports apps/control/src/app.ts of another app'],
  ['apps/agent/src/main.ts', '#sim/world.ts', 'apps imports sim/src/world.ts, but may import only core, adapters'],
  ['scripts/render.ts', '#sim/world.ts', 'scripts imports sim/src/world.ts, but may import only core, adapters'],
  ['sim/src/world.ts', '#apps/control/src/http.ts', "sim imports apps/control/src/http.ts, which is not an app's app.ts"],
  ['apps/cli/src/main.ts', '../../../core/src/base/time.ts', '../../../core/src/base/time.ts crosses from apps to core by a relative path'],
  ['core/src/gates/p99.ts', '#core/base/time.ts', '#core/base/time.ts stays within core'],
  ['extra/x.ts', '#core/base/time.ts', 'nothing says what extra/ may import'],
];
for (const [path, specifier, says] of refused) {
  test(`${path} may not import ${specifier}`, () => deepStrictEqual(judge(path, specifier), [says]));
}

function judge(path: string, specifier: string): string[] {
  return topArrowsRule.judge([{ path, text: `import { x } from '${specifier}';` }]).map(({ says }) => says);
}
