import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '../ports/agent.ts';
import type { RouteTarget } from '../ports/targets.ts';
import {
  again,
  ended,
  type Flow,
  inFlightOf,
  newFlow,
  type Refusal,
  type Sending,
  samplesOf,
  send,
  sendTrial,
  takeRoute,
  takeServers,
} from './flow.ts';

const release = `sha256:${'a'.repeat(64)}` as const;
const route: RouteTarget = {
  model: 'digits',
  generation: 1,
  arms: [
    { arm: 'stable', pool: 'old', release },
    { arm: 'candidate', pool: 'new', release },
  ],
  split: { stable: 50, candidate: 50 },
  leaseMs: 5000,
  edgesMs: [10, 20],
};
const server = (name: string, pool: string): Endpoint => ({
  server: name,
  incarnation: '1',
  model: 'digits',
  pool,
  http: `http://127.0.0.1/${name}`,
});
const both = [server('o1', 'old'), server('o2', 'old'), server('n1', 'new')];

function flowWith(servers: Endpoint[], target: RouteTarget = route): Flow {
  const flow = newFlow('digits');
  takeRoute(flow, { route: target, generation: target.generation }, 0);
  takeServers(flow, servers);
  return flow;
}

function sent(choice: Sending | Refusal | 'spent'): Sending {
  if (choice === 'spent' || choice.is === 'refused') throw new Error(`not sent: ${JSON.stringify(choice)}`);
  return choice;
}

function answer(flow: Flow, sending: Sending, durationMs = 5): void {
  ended(flow, sending, { outcome: 'ok', durationMs, way: 'answered' }, 0);
}

const counted = (flow: Flow, pool: string) =>
  samplesOf(flow, { reader: 'g', incarnation: 'i', at: 0 }).find((sample) => sample.pool === pool);

test('a pool without servers is diverted to stable, and counted where it was meant to go', () => {
  const flow = flowWith([server('o1', 'old')]);
  for (let count = 0; count < 10; count++) answer(flow, sent(send(flow, 'client', 0)));
  strictEqual(counted(flow, 'new')?.diverted, 5);
  strictEqual(counted(flow, 'new')?.requests, 0);
  strictEqual(counted(flow, 'old')?.requests, 10);
});

test('stable is never diverted to the candidate', () => {
  const flow = flowWith([server('n1', 'new')]);
  const choices = Array.from({ length: 10 }, () => send(flow, 'client', 0));
  strictEqual(choices.filter(({ is }) => is === 'refused').length, 5);
  strictEqual(counted(flow, 'old')?.errors, 5);
});

test('the server with the fewest requests under way is picked, equal ones take turns', () => {
  const flow = flowWith(both, { ...route, split: { stable: 100 } });
  const [one, two] = [sent(send(flow, 'client', 0)), sent(send(flow, 'client', 0))];
  strictEqual(one.server.server === two.server.server, false);
  answer(flow, one);
  strictEqual(sent(send(flow, 'client', 0)).server.server, one.server.server);
});

test('a refused connection is tried once more, on stable when the pool has no other server, and then skipped', () => {
  const flow = flowWith(both);
  const choices = [sent(send(flow, 'client', 0)), sent(send(flow, 'client', 0))];
  const meant = choices.find(({ pool }) => pool === 'new');
  const next = sent(again(flow, meant as Sending, 1, 0));
  strictEqual(next.arm !== 'none' && next.arm.arm, 'stable');
  strictEqual(counted(flow, 'new')?.diverted, 1);
  strictEqual(counted(flow, 'new')?.errors, 0);
  for (let count = 0; count < 10; count++) strictEqual(sent(send(flow, 'client', 500)).pool, 'old');
  const pools = Array.from({ length: 4 }, () => sent(send(flow, 'client', 1001)).pool);
  strictEqual(pools.filter((pool) => pool === 'new').length, 2);
});

test('a stable pool never rests by more than half', () => {
  const flow = flowWith(both, { ...route, split: { stable: 100 } });
  const first = sent(send(flow, 'client', 0));
  const second = sent(again(flow, first, 1, 0));
  strictEqual(first.server.server === second.server.server, false);
  again(flow, second, 1, 1);
  strictEqual(sent(send(flow, 'client', 2)).server.server, first.server.server);
});

test('retries stay within their budget', () => {
  const flow = flowWith(both, { ...route, split: { stable: 100 } });
  let retried = 0;
  for (let count = 0; count < 1000; count++) {
    const next = again(flow, sent(send(flow, 'client', 0)), 1, 0);
    if (next !== 'spent') {
      retried += 1;
      answer(flow, next);
    }
  }
  strictEqual(retried <= 111, true);
  strictEqual(counted(flow, 'old')?.requests, 1000);
});

test('a trial reaches its pool whatever the weight, and is counted as a trial alone', () => {
  const flow = newFlow('digits');
  takeServers(flow, both);
  const trial = sent(sendTrial(flow, { pool: 'new', purpose: 'trial' }, 0));
  deepStrictEqual(inFlightOf(flow), { old: 0, new: 1 });
  ended(flow, trial, { outcome: 'error', durationMs: 5, way: 'answered' }, 0);
  const { trials, requests, errors, durations } = counted(flow, 'new') ?? { durations: { counts: [] } };
  deepStrictEqual({ trials, requests, errors }, { trials: 1, requests: 0, errors: 0 });
  strictEqual(
    durations.counts.some((count) => count > 0),
    false,
  );
  strictEqual(sendTrial(flow, { pool: 'elsewhere', purpose: 'trial' }, 0).is, 'refused');
});

test('questions go to stable, take no turn and are not counted', () => {
  const flow = flowWith(both);
  for (let count = 0; count < 3; count++) {
    const question = sent(send(flow, 'question', 0));
    strictEqual(question.pool, 'old');
    answer(flow, question);
  }
  strictEqual(counted(flow, 'old')?.requests, 0);
});

test('durations are counted by the edges of the route; other edges begin a new incarnation at zero', () => {
  const flow = flowWith(both, { ...route, split: { stable: 100 } });
  for (const durationMs of [10, 10.5, 500]) answer(flow, sent(send(flow, 'client', 0)), durationMs);
  deepStrictEqual(counted(flow, 'old')?.durations, { edgesMs: [10, 20], counts: [1, 1, 1] });
  takeRoute(flow, { route: { ...route, generation: 2, edgesMs: [10, 20] }, generation: 2 }, 0);
  strictEqual(counted(flow, 'old')?.requests, 3);
  takeRoute(flow, { route: { ...route, generation: 3, edgesMs: [10, 30] }, generation: 3 }, 0);
  strictEqual(counted(flow, 'old')?.incarnation, 'i+1');
  deepStrictEqual(counted(flow, 'old')?.durations, { edgesMs: [10, 30], counts: [0, 0, 0] });
});

test('a server that comes back as another incarnation begins afresh', () => {
  const flow = flowWith(both, { ...route, split: { candidate: 50, stable: 50 } });
  const meant = [sent(send(flow, 'client', 0)), sent(send(flow, 'client', 0))].find(({ pool }) => pool === 'new');
  again(flow, meant as Sending, 1, 0);
  takeServers(flow, [...both.slice(0, 2), { ...server('n1', 'new'), incarnation: '2' }]);
  const pools = [sent(send(flow, 'client', 1)).pool, sent(send(flow, 'client', 1)).pool];
  strictEqual(pools.includes('new'), true);
});
