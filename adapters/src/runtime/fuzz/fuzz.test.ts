import { strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { Kind } from './case.ts';
import { runFuzz } from './run-fuzz.ts';

/** Seeds whose cases are put to both runtimes each time, and how many of each. */
const kept: Readonly<Record<Kind, { readonly seed: number; readonly cases: number }>> = {
  http: { seed: 11, cases: 400 },
  grpc: { seed: 12, cases: 400 },
  raw: { seed: 13, cases: 200 },
  control: { seed: 801, cases: 20 },
};

for (const [kind, { seed, cases }] of Object.entries(kept)) {
  test(`${cases} made-up ${kind} cases are answered as the real tritonserver answers them`, async (t) => {
    const told: string[] = [];
    const numbers = Array.from({ length: cases }, (_, at) => at);
    const tally = await runFuzz({ kind: kind as Kind, seed, cases: numbers, print: (line) => told.push(line) });
    if ('skip' in tally) return t.skip(tally.skip);
    // That the real one dies of a case is its own affair.
    strictEqual(tally.different + tally.metrics, 0, told.join('\n'));
  });
}
