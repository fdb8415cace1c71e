import { deepStrictEqual, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { formatFinding } from '../base/finding.ts';
import { readEnvironment } from './read-environment.ts';

const laptop = readFileSync(new URL('../../../examples/environments/laptop.yaml', import.meta.url), 'utf8');

test('the laptop environment is read without a finding', () => {
  deepStrictEqual(readEnvironment(laptop, 'laptop.yaml'), {
    environment: {
      environment: 'conch/v1',
      name: 'laptop',
      gpuClass: 'cpu',
      serversMax: 12,
      substitutions: [{ from: 'tritonserver', to: 'embedded' }],
      lookMs: 250,
      leaseMs: 10_000,
    },
  });
});

const mistakes: readonly (readonly [from: string, to: string, finding: string])[] = [
  [
    'to: embedded',
    'to: embeded',
    'laptop.yaml:7:43  error  environment/invalid-value  substitutions[0].to: "embeded" is not one of: tritonserver, embedded\n    fix: did you mean "embedded"?',
  ],
  [
    'lease: 10s',
    'lease: 300ms',
    'laptop.yaml:9:8  error  environment/invalid-value  lease: a lease shorter than two looks would run out between renewals: make it longer, or look more often',
  ],
  ['servers: 12', 'serversMax: 12', 'laptop.yaml:1:1  error  environment/missing-field  "servers" is missing'],
];

for (const [from, to, finding] of mistakes) {
  test(`a mistake is told with its place: ${to}`, () => {
    const read = readEnvironment(laptop.replace(from, to), 'laptop.yaml');
    ok('findings' in read);
    deepStrictEqual(read.findings.slice(0, 1).map(formatFinding), [finding]);
  });
}
