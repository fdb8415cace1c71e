import { deepStrictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '#core/base/digest.ts';
import type { PoolTarget } from '#core/ports/targets.ts';
import { planServers } from './plan-servers.ts';

const pool = (name: string, servers: number, bytes = name): PoolTarget => ({
  pool: name,
  model: 'digits',
  release: digestOf(`release of ${bytes}`),
  serving: digestOf(bytes),
  gpuClass: 'cpu',
  servers,
  loadMs: 1000,
});
const ids = (placed: readonly { id: string }[]): string[] => placed.map(({ id }) => id);

test('a new pool starts its servers, numbered from one', () => {
  const plan = planServers('n1', [pool('a', 2)], []);
  deepStrictEqual([ids(plan.start), plan.keep, plan.retire], [['n1/a/1', 'n1/a/2'], [], []]);
});

test('a pool that shrinks retires its last servers, one that is gone retires all', () => {
  const running = [...planServers('n1', [pool('a', 3), pool('b', 1)], []).start];
  const plan = planServers('n1', [pool('a', 1)], running);
  deepStrictEqual([ids(plan.start), ids(plan.keep), plan.retire], [[], ['n1/a/1'], ['n1/a/2', 'n1/a/3', 'n1/b/1']]);
});

test('another release of the same serving digest restarts nothing, other bytes under an old name do', () => {
  const running = [...planServers('n1', [pool('a', 1)], []).start];
  const same = { ...pool('a', 1), release: digestOf('another') };
  deepStrictEqual(planServers('n1', [same], running), { start: [], keep: [{ id: 'n1/a/1', target: same }], retire: [] });
  deepStrictEqual(planServers('n1', [pool('a', 1, 'other bytes')], running), { start: [], keep: [], retire: ['n1/a/1'] });
});
