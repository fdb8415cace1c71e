import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteTarget } from '#core/ports/targets.ts';
import { type VirtualClock, virtualClock } from '../clock/virtual.ts';
import { type FakeGateways, fakeGateways } from './fake.ts';
import { endpointOf, trafficContract } from './traffic-contract.ts';

const answers = () => ({ ok: true, durationMs: 2 });
const release = `sha256:${'c'.repeat(64)}` as const;
const route: RouteTarget = {
  model: 'digits',
  generation: 1,
  arms: [
    { arm: 'stable', pool: 'old', release },
    { arm: 'candidate', pool: 'new', release },
  ],
  split: { stable: 50, candidate: 50 },
  leaseMs: 1000,
  edgesMs: [1, 10],
};

async function served(count = 1): Promise<{ clock: VirtualClock; fake: FakeGateways }> {
  const clock = virtualClock(1_000_000);
  let turn = 0;
  const fake = fakeGateways({ clock, dice: () => (turn++ % 10) / 10, count });
  await fake.endpoints('agent').publish([endpointOf('old'), endpointOf('new')]);
  return { clock, fake };
}

trafficContract('fake gateways', async () => {
  const clock = virtualClock(1_000_000);
  const fake = fakeGateways({ clock, dice: () => 0, count: 2 });
  const [working = '', silent = ''] = fake.ids;
  fake.setSilent(silent, true);
  return {
    traffic: fake,
    working,
    silent,
    serve: (pools) => fake.endpoints('agent').publish(pools.map((pool) => endpointOf(pool))),
    async send(requests) {
      const { answered, refused } = fake.drive('digits', requests, 1000, answers);
      const none = Object.values(refused).reduce((sum, count) => sum + count, 0);
      return none > 0 ? { ...answered, none } : answered;
    },
    pass: clock.advance,
    now: clock.now,
  };
});

test('a gateway that restarts has its routes, lost its counts, and trusts no lease', async () => {
  const { fake } = await served();
  await fake.apply('digits', route, 1);
  deepStrictEqual(fake.drive('digits', 10, 1000, answers).answered, { old: 5, new: 5 });
  fake.restart('gateway-1');
  deepStrictEqual(fake.drive('digits', 10, 1000, answers).answered, { old: 10 });
  strictEqual((await fake.samples('digits')).find(({ pool }) => pool === 'old')?.requests, 10);
  await fake.apply('digits', route, 1);
  deepStrictEqual(fake.drive('digits', 10, 1000, answers).answered, { old: 5, new: 5 });
});

test('a confirmation that comes late does not revive the lease', async () => {
  const { clock, fake } = await served();
  await fake.apply('digits', route, 1);
  fake.lateApply('gateway-1', 1500);
  await fake.apply('digits', route, 1);
  await clock.advance(1600);
  deepStrictEqual(fake.drive('digits', 10, 1000, answers).answered, { old: 10 });
});

test('a server that is not there is found out once and then passed by', async () => {
  const { fake } = await served();
  await fake.apply('digits', route, 1);
  let asked = 0;
  const driven = fake.drive('digits', 20, 1000, ({ pool }) => {
    if (pool === 'new') asked += 1;
    return pool === 'new' ? 'no server' : answers();
  });
  deepStrictEqual([driven.answered, driven.failed, asked], [{ old: 20 }, 0, 1]);
});

test('fractions of requests are carried on', async () => {
  const { fake } = await served(2);
  await fake.apply('digits', { ...route, leaseMs: 'none' }, 1);
  let sent = 0;
  for (let tick = 0; tick < 10; tick++) sent += fake.drive('digits', 3, 100, answers).sent;
  ok(sent >= 2 && sent <= 3);
});

test('trials are counted as trials', async () => {
  const { fake } = await served();
  const trials = fake.trials(async () => ({ status: 200, response: { model_name: 'digits', model_version: '1', outputs: [] } }));
  await trials.infer('digits', 'new', { inputs: [] }, 100);
  const sample = (await fake.samples('digits')).find(({ pool }) => pool === 'new');
  deepStrictEqual([sample?.trials, sample?.requests, sample?.inFlight], [1, 0, 0]);
});
