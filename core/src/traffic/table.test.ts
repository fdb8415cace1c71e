import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteTarget } from '../ports/targets.ts';
import { accept, confirm, emptyTable, holdsLease, restoredTable, standing, type Table } from './table.ts';

const release = `sha256:${'a'.repeat(64)}` as const;
const stable = { arm: 'stable', pool: 'old', release } as const;
const candidate = { arm: 'candidate', pool: 'new', release } as const;

const canary: RouteTarget = {
  model: 'digits',
  generation: 3,
  arms: [stable, candidate],
  split: { stable: 90, candidate: 10 },
  leaseMs: 5000,
  edgesMs: [1, 10],
};
const first: RouteTarget = { ...canary, arms: [candidate], split: { candidate: 100 } };

function after(route: RouteTarget, now: number): Table {
  const acceptance = accept(emptyTable('digits'), { route, generation: route.generation }, now);
  return 'table' in acceptance ? acceptance.table : emptyTable('digits');
}

test('a model without a route is unknown', () => {
  deepStrictEqual(standing(emptyTable('digits'), 0), { is: 'unknown' });
});

test('a route splits by its weights', () => {
  deepStrictEqual(standing(after(canary, 100), 100), { is: 'open', arms: [stable, candidate], weights: [90, 10], stable });
});

test('an older generation is refused, also after the route is gone', () => {
  const table = after(canary, 0);
  deepStrictEqual(accept(table, { route: canary, generation: 2 }, 0), { is: 'older', newest: 3 });
  const gone = accept(table, { route: 'none', generation: 4 }, 0);
  strictEqual(gone.is, 'taken');
  if (gone.is !== 'taken') return;
  deepStrictEqual(standing(gone.table, 0), { is: 'unknown' });
  deepStrictEqual(accept(gone.table, { route: canary, generation: 3 }, 0), { is: 'older', newest: 4 });
});

test('the same generation with another route is refused', () => {
  deepStrictEqual(accept(after(canary, 0), { route: { ...canary, split: { stable: 100 } }, generation: 3 }, 0), { is: 'other', newest: 3 });
});

test('a lease that ran out sends everything to stable, until control confirms that very generation', () => {
  const table = after(canary, 0);
  deepStrictEqual(standing(table, 5001), { is: 'open', arms: [stable], weights: [100], stable });
  strictEqual(holdsLease(confirm(table, 2, 5001), 5001), false);
  deepStrictEqual(standing(confirm(table, 3, 5001), 5001), standing(table, 0));
});

test('a confirmation that was meant long ago does not revive a lease', () => {
  const table = confirm(after(canary, 1000), 3, 2000);
  strictEqual(holdsLease(confirm(table, 3, 500), 6900), true);
  strictEqual(holdsLease(confirm(table, 3, 1500), 7100), false);
});

test('a lease that ran out closes a first release, which has no stable', () => {
  deepStrictEqual(standing(after(first, 0), 5001), {
    is: 'closed',
    why: "model 'digits' has no proven server yet: control has not confirmed its first release for 5000 ms",
  });
});

test('a route without a lease holds for ever', () => {
  strictEqual(holdsLease(after({ ...canary, leaseMs: 'none' }, 0), 1e12), true);
});

test('a split of none is closed', () => {
  strictEqual(standing(after({ ...canary, split: 'none' }, 0), 0).is, 'closed');
});

test('a route from disk counts as unconfirmed', () => {
  const table = restoredTable('digits', { route: canary, generation: 3 });
  deepStrictEqual(standing(table, 0), { is: 'open', arms: [stable], weights: [100], stable });
  deepStrictEqual(standing(confirm(table, 3, 7), 7), { is: 'open', arms: [stable, candidate], weights: [90, 10], stable });
});
