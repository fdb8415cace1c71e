import { deepStrictEqual, match, rejects, strictEqual } from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { gateways } from '#adapters/traffic/gateways.ts';
import type { Fault } from '#core/base/fault.ts';
import { call, canary, TestHome } from './test-home.ts';
import { startGateway } from './test-process.ts';

const halves = { ...canary, split: { stable: 50, candidate: 50 } };

async function pools(client: string, requests: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let sent = 0; sent < requests; sent++) {
    const { text } = await call(`${client}/v2/models/digits/infer`, { method: 'POST', body: '{}' });
    counts[text] = (counts[text] ?? 0) + 1;
  }
  return counts;
}

test('a confirmation that lay in a stopped gateway’s buffers does not revive its lease', async (t) => {
  const home = new TestHome(t);
  const [old, fresh] = [await home.server('o1', 'old'), await home.server('n1', 'new')];
  for (const server of [old, fresh]) server.answer = (_request, response) => response.end(server.pool);
  await home.publish();
  const { child, about } = await startGateway(t, home);
  const traffic = gateways({ home: home.folder, clock: { now: Date.now }, log: (line) => home.log.push(line), patienceMs: 200 });
  const leased = { ...halves, leaseMs: 2000 };
  await traffic.apply('digits', leased, 1);
  deepStrictEqual(await pools(about.client, 4), { old: 2, new: 2 });

  child.kill('SIGSTOP');
  const [before] = await traffic.gateways('digits');
  await traffic.apply('digits', leased, 1);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  child.kill('SIGCONT');
  await new Promise((resolve) => setTimeout(resolve, 100));
  deepStrictEqual(await pools(about.client, 4), { old: 4 });
  match(home.log.join('\n'), /gateway p does not answer/);

  const [after] = await traffic.gateways('digits');
  strictEqual((after?.heardAt ?? 0) > (before?.heardAt ?? 0), true);
  await traffic.apply('digits', leased, 1);
  deepStrictEqual(await pools(about.client, 4), { old: 2, new: 2 });
});

test('a killed gateway stays listed as last heard until its lease is over; its counts stay true', async (t) => {
  const home = new TestHome(t);
  await home.server('o1', 'old');
  await home.publish();
  const { child, about } = await startGateway(t, home);
  let now = 1_000_000;
  const traffic = gateways({ home: home.folder, clock: { now: () => now }, log: () => {} });
  await traffic.apply('digits', { ...canary, split: { stable: 100 }, leaseMs: 30_000 }, 1);
  await pools(about.client, 3);
  strictEqual((await traffic.samples('digits')).find(({ pool }) => pool === 'old')?.requests, 3);
  child.kill('SIGKILL');
  await once(child, 'exit');
  now += 29_000;
  const [seen] = await traffic.gateways('digits');
  deepStrictEqual([seen?.gateway, seen?.heardAt, seen?.accepted], ['p', 1_000_000, 1]);
  strictEqual((await traffic.samples('digits')).find(({ pool }) => pool === 'old')?.requests, 3);
  now += 2000;
  deepStrictEqual(await traffic.gateways('digits'), []);
});

test('a gateway that comes back is another incarnation, and gets its route with the next pass', async (t) => {
  const home = new TestHome(t);
  const first = await home.gateway();
  const traffic = gateways({ home: home.folder, clock: { now: Date.now }, log: () => {} });
  await traffic.apply('digits', halves, 1);
  await first.close();
  deepStrictEqual(await traffic.gateways('digits'), []);
  const second = await home.gateway();
  const [seen] = await traffic.gateways('digits');
  deepStrictEqual([seen?.incarnation, seen?.accepted], [second.incarnation, 1]);
});

test('gateways that never answered are unknown, not empty', async (t) => {
  const home = new TestHome(t);
  const { child } = await startGateway(t, home);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const traffic = gateways({ home: home.folder, clock: { now: () => 5 }, log: () => {} });
  await rejects(traffic.samples('digits'), (fault: Fault) => fault.code === 'traffic/unreachable' && fault.isRetryable);
  deepStrictEqual(
    (await traffic.gateways('digits')).map(({ heardAt, accepted }) => [heardAt, accepted]),
    [[5, 0]],
  );
});

test('without any gateway nothing is seen and nothing fails', async (t) => {
  const traffic = gateways({ home: new TestHome(t).folder, clock: { now: Date.now }, log: () => {} });
  await traffic.apply('digits', halves, 1);
  deepStrictEqual([await traffic.gateways('digits'), await traffic.samples('digits')], [[], []]);
});
