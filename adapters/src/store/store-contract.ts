import { deepStrictEqual, strictEqual } from 'node:assert';
import { test } from 'node:test';
import type { Store } from '#core/ports/control.ts';
import { emptyState } from '#core/rollout/state.ts';

/** What every store must do. */
export function storeContract(name: string, open: () => Store): void {
  test(`${name}: what was committed is what comes back, with its revision`, async () => {
    const store = open();
    strictEqual(await store.load('digits'), 'none');
    deepStrictEqual(await store.commit(emptyState('digits'), 0), { revision: 1 });
    deepStrictEqual(await store.load('digits'), { state: emptyState('digits'), revision: 1 });
    deepStrictEqual(await store.models(), ['digits']);
  });

  test(`${name}: of two writers that saw the same revision, the second one hears of a conflict and changes nothing`, async () => {
    const store = open();
    await store.commit(emptyState('digits'), 0);
    deepStrictEqual(await store.commit({ ...emptyState('digits'), generation: 1 }, 1), { revision: 2 });
    strictEqual(await store.commit({ ...emptyState('digits'), generation: 7 }, 1), 'conflict');
    strictEqual(await store.commit({ ...emptyState('digits'), generation: 7 }, 0), 'conflict');
    const stored = await store.load('digits');
    strictEqual(stored === 'none' ? stored : stored.state.generation, 1);
  });
}
