import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Fault } from '#core/base/fault.ts';
import type { Ms } from '#core/base/time.ts';
import type { Endpoint } from '#core/ports/agent.ts';
import type { Traffic } from '#core/ports/control.ts';
import type { RouteTarget } from '#core/ports/targets.ts';
import type { PoolId } from '#core/signals/sample.ts';

/** A keeper of traffic with servers behind it: one gateway that works, and one that is announced and silent. */
export type TrafficBench = {
  readonly traffic: Traffic;
  readonly working: string;
  readonly silent: string;
  /** Makes one server of each of these pools known. */
  serve(pools: readonly PoolId[]): Promise<void>;
  /** Client requests through the working gateway; how many each pool answered, `none` for those that were refused. */
  send(requests: number): Promise<Record<PoolId | 'none', number>>;
  pass(ms: Ms): Promise<void>;
  now(): Ms;
};

const release = `sha256:${'c'.repeat(64)}` as const;
const route: RouteTarget = {
  model: 'digits',
  generation: 3,
  arms: [
    { arm: 'stable', pool: 'old', release },
    { arm: 'candidate', pool: 'new', release },
  ],
  split: { stable: 75, candidate: 25 },
  leaseMs: 1500,
  edgesMs: [1, 10, 100],
};

/** Names and pools of endpoints are alike in all benches. */
export function endpointOf(pool: PoolId, http = 'http://127.0.0.1:1'): Endpoint {
  return { server: `server-${pool}`, incarnation: '1', model: 'digits', pool, http };
}

/** What every keeper of the traffic port promises. */
export function trafficContract(name: string, open: (t: TestContext) => Promise<TrafficBench>): void {
  test(`${name}: what was applied is what clients get, exactly`, async (t) => {
    const bench = await open(t);
    await bench.serve(['old', 'new']);
    await bench.traffic.apply('digits', route, 3);
    deepStrictEqual(await bench.send(40), { old: 30, new: 10 });
  });

  test(`${name}: the accepted generation and the counts come back`, async (t) => {
    const bench = await open(t);
    await bench.serve(['old', 'new']);
    await bench.traffic.apply('digits', route, 3);
    await bench.send(8);
    const seen = (await bench.traffic.gateways('digits')).find(({ gateway }) => gateway === bench.working);
    deepStrictEqual([seen?.accepted, seen?.inFlight], [3, { old: 0, new: 0 }]);
    ok(bench.now() - (seen?.heardAt ?? 0) < 1000);
    const samples = (await bench.traffic.samples('digits')).filter(({ reader }) => reader === bench.working);
    deepStrictEqual(Object.fromEntries(samples.map(({ pool, requests, errors }) => [pool, [requests, errors]])), {
      old: [6, 0],
      new: [2, 0],
    });
    for (const { durations, requests } of samples) {
      deepStrictEqual([durations.edgesMs, durations.counts.reduce((sum, count) => sum + count, 0)], [route.edgesMs, requests]);
    }
  });

  test(`${name}: a generation older than the newest is refused and changes nothing`, async (t) => {
    const bench = await open(t);
    await bench.serve(['old', 'new']);
    await bench.traffic.apply('digits', route, 3);
    await rejects(
      bench.traffic.apply('digits', { ...route, generation: 2, split: { stable: 100 } }, 2),
      (fault: Fault) => fault.code === 'traffic/refused',
    );
    deepStrictEqual(await bench.send(4), { old: 3, new: 1 });
  });

  test(`${name}: a lease that is not renewed runs out, and everything goes to stable`, async (t) => {
    const bench = await open(t);
    await bench.serve(['old', 'new']);
    await bench.traffic.apply('digits', route, 3);
    await bench.pass(1700);
    deepStrictEqual(await bench.send(8), { old: 8 });
    await bench.traffic.gateways('digits');
    await bench.traffic.apply('digits', route, 3);
    deepStrictEqual(await bench.send(8), { old: 6, new: 2 });
  });

  test(`${name}: applying the same again keeps a lease, and counts nothing anew`, async (t) => {
    const bench = await open(t);
    await bench.serve(['old', 'new']);
    for (let step = 0; step < 4; step++) {
      await bench.traffic.apply('digits', route, 3);
      deepStrictEqual(await bench.send(4), { old: 3, new: 1 });
      await bench.pass(600);
    }
  });

  test(`${name}: without a server of the pool that was meant, stable answers and it is counted`, async (t) => {
    const bench = await open(t);
    await bench.serve(['old']);
    await bench.traffic.apply('digits', route, 3);
    deepStrictEqual(await bench.send(8), { old: 8 });
    const sample = (await bench.traffic.samples('digits')).find(({ pool, reader }) => pool === 'new' && reader === bench.working);
    deepStrictEqual([sample?.diverted, sample?.requests], [2, 0]);
  });

  test(`${name}: a route that is taken away refuses clients`, async (t) => {
    const bench = await open(t);
    await bench.serve(['old', 'new']);
    await bench.traffic.apply('digits', route, 3);
    await bench.traffic.apply('digits', 'none', 4);
    deepStrictEqual(await bench.send(3), { none: 3 });
  });

  test(`${name}: a silent gateway keeps no other from its route, and stays listed as last heard`, async (t) => {
    const bench = await open(t);
    await bench.serve(['old', 'new']);
    await bench.traffic.apply('digits', route, 3);
    const before = (await bench.traffic.gateways('digits')).find(({ gateway }) => gateway === bench.silent);
    await bench.pass(50);
    const after = (await bench.traffic.gateways('digits')).find(({ gateway }) => gateway === bench.silent);
    strictEqual(after?.accepted, 0);
    strictEqual(after?.heardAt, before?.heardAt);
    ok(bench.now() - after.heardAt >= 50);
  });

  test(`${name}: who watches hears of an accepted route`, async (t) => {
    const bench = await open(t);
    const heard: string[] = [];
    t.after(bench.traffic.watch((model) => heard.push(model)));
    await bench.traffic.apply('digits', route, 3);
    for (let waited = 0; waited < 30 && heard.length === 0; waited++) await bench.pass(100);
    ok(heard.includes('digits'));
  });
}
