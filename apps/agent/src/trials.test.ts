import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { TrialTarget } from '#core/ports/targets.ts';
import { newWorld, pool, started } from './made-up-world.ts';

test('golden trials are scored by label, load trials by time, one after the other', async () => {
  const made = newWorld([{ name: 'a', cases: 6, mislabels: 2, serviceMs: 4 }]);
  const { agent, end } = await started(made);
  const { digest } = made.first;
  await agent.applyPools('digits', [pool(made.first)], 1);
  const golden: TrialTarget = { id: 'g', model: 'digits', pool: 'digits~pool', release: digest, kind: 'golden' };
  const load: TrialTarget = { ...golden, id: 'l', kind: 'load', rate: 100, requests: 200, arrival: 'constant', limitMs: 40 };
  await agent.applyTrials('digits', [golden, load], 1);
  await made.clock.advance(500);
  deepStrictEqual(
    agent.results('digits').map(({ outcome, sent }) => [outcome.is, sent]),
    [
      ['running', 0],
      ['running', 0],
    ],
  );
  await made.clock.advance(5000);
  const [first, second] = agent.results('digits');
  ok(first?.outcome.is === 'golden' && second?.outcome.is === 'load');
  deepStrictEqual(first.outcome.score, {
    cases: 6,
    right: 4,
    unanswered: 0,
    perClass: {
      0: {
        cases: 2,
        right: 1,
      },
      1: {
        cases: 2,
        right: 1,
      },
      2: {
        cases: 2,
        right: 2,
      },
    },
  });
  const { score } = second.outcome;
  deepStrictEqual([first.sent, second.sent, score.sent, score.errors, score.late], [6, 200, 200, 0, 0]);
  ok(score.p50Ms > 3 && score.p99Ms < 10 && score.seconds >= 2 && score.seconds < 2.1, JSON.stringify(score));
  strictEqual(made.world.trials.sent.get('digits~pool'), 206);
  await agent.applyTrials('digits', [], 2);
  deepStrictEqual(agent.results('digits'), []);
  await end();
});

test('a load test that the server cannot follow is counted, not slowed down', async () => {
  const made = newWorld([{ name: 'a', serviceMs: 40 }]);
  const { agent, end } = await started(made);
  await agent.applyPools('digits', [pool(made.first)], 1);
  const load: TrialTarget = {
    id: 'l',
    model: 'digits',
    pool: 'digits~pool',
    release: made.first.digest,
    kind: 'load',
    rate: 100,
    requests: 300,
    arrival: 'poisson',
    limitMs: 40,
  };
  await agent.applyTrials('digits', [load], 1);
  await made.clock.advance(20_000);
  const [result] = agent.results('digits');
  ok(result?.outcome.is === 'load');
  const { score } = result.outcome;
  ok(score.late > 250 && score.errors > 0 && score.examples.some((says) => /Exceeds maximum queue size/.test(says)), JSON.stringify(score));
  await end();
});

test('a trial of a pool that nobody serves is broken, not bad', async () => {
  const made = newWorld();
  const { agent, end } = await started(made);
  await agent.applyTrials('digits', [{ id: 'g', model: 'digits', pool: 'nobody', release: made.first.digest, kind: 'golden' }], 1);
  await made.clock.advance(11_000);
  const [result] = agent.results('digits');
  ok(result?.outcome.is === 'broken');
  match(result.outcome.why.says, /no proven server in pool nobody/);
  await end();
});
