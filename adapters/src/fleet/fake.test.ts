import { deepStrictEqual, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '#core/base/fault.ts';
import { virtualClock } from '../clock/virtual.ts';
import { FakeFleet, type ReachableAgent } from './fake.ts';

function newFleet() {
  const clock = virtualClock(0);
  const seen: [string, number][] = [];
  let newest = 0;
  let sent = 0;
  const watchers = new Set<(model: string) => void>();
  const agent: ReachableAgent = {
    async applyPools(model, _pools, generation) {
      if (generation < newest) throw new Fault('generation/old', 'older', { isRetryable: false });
      newest = generation;
      seen.push([model, generation]);
    },
    applyTrials: async () => undefined,
    servers: () => [],
    samples: () => [],
    results: () => [{ id: 't', model: 'm', pool: 'p', sent: ++sent, at: 0, outcome: { is: 'running' } }],
    watch(changed) {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
  };
  const fleet = new FakeFleet(clock);
  fleet.connect(agent);
  return { clock, seen, agent, fleet, tell: (model: string) => watchers.forEach((changed) => changed(model)) };
}

const unreachable = { code: 'fleet/unreachable', isRetryable: true };

test('a late write arrives after its writer gave up, and is refused when a later one came first', async () => {
  const { clock, seen, fleet } = newFleet();
  fleet.faults.write = () => ({ lateMs: 100 });
  await rejects(fleet.fleet.apply('m', [], 1), unreachable);
  fleet.faults.write = () => 'arrives';
  await fleet.fleet.apply('m', [], 2);
  await clock.advance(200);
  deepStrictEqual(seen, [['m', 2]]);
});

test('a lost write never arrives; one whose answer was lost has arrived', async () => {
  const { seen, fleet } = newFleet();
  fleet.faults.write = () => 'lost';
  await rejects(fleet.fleet.apply('m', [], 1), unreachable);
  fleet.faults.write = () => 'answer-lost';
  await rejects(fleet.fleet.apply('m', [], 2), unreachable);
  deepStrictEqual(seen, [['m', 2]]);
});

test('a read is right, stale, or fails', async () => {
  const { fleet } = newFleet();
  const sent = async () => (await fleet.trials.results('m')).map((result) => result.sent);
  const first = await sent();
  fleet.faults.read = () => 'stale';
  const second = await sent();
  fleet.faults.read = () => 'right';
  deepStrictEqual([first, second, await sent()], [[1], [1], [2]]);
  fleet.faults.read = () => 'fails';
  await rejects(sent(), unreachable);
});

test('changes, losses and new lives of the agent are told', async () => {
  const { fleet, agent, tell } = newFleet();
  await fleet.fleet.apply('m', [], 1);
  const told: string[] = [];
  const stop = fleet.trials.watch((model) => told.push(model));
  tell('m');
  fleet.disconnect();
  await rejects(fleet.fleet.servers('m'), unreachable);
  tell('m');
  fleet.connect(agent);
  deepStrictEqual(told, ['m', 'm', 'm']);
  stop();
  tell('m');
  deepStrictEqual(told.length, 3);
});
