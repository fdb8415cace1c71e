import { deepStrictEqual } from 'node:assert';
import { test } from 'node:test';
import { fileNamesRule } from './file-names.ts';

for (const path of [
  'core/src/utils/time.ts',
  'core/src/gates/gate-helpers.ts',
  'apps/cli/src/commandManager.ts',
  'sim/src/common.test.ts',
]) {
  test(`${path} has not been named yet`, () => deepStrictEqual(judge(path).length, 1));
}

for (const path of ['core/src/gates/queue-time.ts', 'core/src/plan/utilization.ts', 'docs/guide/common.md']) {
  test(`${path} is fine`, () => deepStrictEqual(judge(path), []));
}

function judge(path: string) {
  return fileNamesRule.judge([{ path, text: '' }]);
}
