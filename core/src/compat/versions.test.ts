import { strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { compareVersions, isSameVersion, majorOf } from './versions.ts';

test('versions compare as numbers, part by part', () => {
  const cases = [
    ['1.9', '1.10', -1],
    ['2.60.0', '2.60.0', 0],
    ['10.7.0.23', '10.4.0.26', 1],
    ['1.23.0+1d1712fdaf', '1.23.0', 0],
    ['1.23', '1.23.0', -1],
  ] as const;
  for (const [one, other, sign] of cases) strictEqual(Math.sign(compareVersions(one, other)), sign, `${one} and ${other}`);
});

test('a version with fewer parts is the one that it begins', () => {
  strictEqual(isSameVersion('10.4.0', '10.4.0.26'), true);
  strictEqual(isSameVersion('10.4.0.25', '10.4.0.26'), false);
  strictEqual(majorOf('550.54.15'), 550);
});
