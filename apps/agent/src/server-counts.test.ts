import { ok, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { TrialTarget } from '#core/ports/targets.ts';
import { newWorld, pool, started } from './made-up-world.ts';

test('samples tell probes from what came through gateways, to the request', async () => {
  const made = newWorld();
  const { agent, end } = await started(made);
  await agent.applyPools('digits', [pool(made.first)], 1);
  await made.clock.advance(30_000);
  const trials: TrialTarget[] = [
    { id: 't', model: 'digits', pool: 'digits~pool', release: made.first.digest, kind: 'golden' },
    {
      id: 'l',
      model: 'digits',
      pool: 'digits~pool',
      release: made.first.digest,
      kind: 'load',
      rate: 100,
      requests: 50,
      arrival: 'poisson',
      limitMs: 40,
    },
  ];
  const before = agent.samples('digits')[0];
  ok(before);
  strictEqual(before.succeeded + before.failed - before.probes, 0);
  ok(before.probes > made.first.golden.cases.length, 'fresh probes while idle');
  await agent.applyTrials('digits', trials, 2);
  await made.clock.advance(3000);
  const after = agent.samples('digits')[0];
  ok(after && made.clock.now() - after.at <= 200);
  strictEqual(after.succeeded + after.failed - after.probes, 54);
  await end();
});
