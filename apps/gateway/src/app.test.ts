import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { call, canary, eventually, infer, inferMany, putRoute, report, sampleOf, TestHome } from './test-home.ts';

test('a model that has no route is unknown, in the words of Triton', async (t) => {
  const gateway = await new TestHome(t).gateway();
  const { status, text, headers } = await infer(gateway);
  deepStrictEqual({ status, body: JSON.parse(text) }, { status: 404, body: { error: "Request for unknown model: 'digits' is not found" } });
  strictEqual(headers['conch-refused'], 'unknown-model');
});

test('health and metadata of the server are answered by the gateway', async (t) => {
  const { client } = await new TestHome(t).gateway();
  strictEqual((await call(`${client}/v2/health/live`)).status, 200);
  deepStrictEqual(await call(`${client}/v2/health/ready`).then(({ status, text }) => [status, text]), [200, '']);
  strictEqual(JSON.parse((await call(`${client}/v2`)).text).name, 'conch');
  strictEqual((await call(`${client}/v2/repository/index`, { method: 'POST' })).status, 403);
});

test('the split is exact, and every answer says which arm and release it is from', async (t) => {
  const home = new TestHome(t);
  const [old, fresh] = [await home.server('o1', 'old'), await home.server('n1', 'new')];
  await home.publish();
  const gateway = await home.gateway();
  strictEqual((await putRoute(gateway, canary)).status, 200);
  const answers = await inferMany(gateway, 100);
  deepStrictEqual([old.seen.length, fresh.seen.length], [90, 10]);
  const arms = Map.groupBy(answers, ({ headers }) => `${String(headers['conch-arm'])} ${String(headers['conch-release'])}`);
  deepStrictEqual(Object.fromEntries([...arms].map(([arm, list]) => [arm, list.length])), {
    'stable aaaaaaaaaaaa': 90,
    'candidate bbbbbbbbbbbb': 10,
  });
  const sample = await sampleOf(gateway, 'old');
  deepStrictEqual([sample.requests, sample.errors, sample.inFlight], [90, 0, 0]);
  strictEqual(
    sample.durations.counts.reduce((sum, count) => sum + count, 0),
    90,
  );
});

test('an older generation is refused with the newest; the same one renews', async (t) => {
  const gateway = await new TestHome(t).gateway();
  await putRoute(gateway, { ...canary, generation: 5 });
  const { status, text } = await putRoute(gateway, { ...canary, generation: 4 });
  deepStrictEqual([status, JSON.parse(text).newest], [409, 5]);
  deepStrictEqual(JSON.parse((await putRoute(gateway, { ...canary, generation: 5 })).text), { accepted: 5, is: 'renewed' });
  strictEqual((await putRoute(gateway, { ...canary, generation: 5, split: { stable: 100 } })).status, 409);
  strictEqual((await report(gateway)).seen.accepted, 5);
});

test('a route that does not add up is refused', async (t) => {
  const gateway = await new TestHome(t).gateway();
  const { status, text } = await putRoute(gateway, { ...canary, split: { stable: 90, candidate: 11 } });
  strictEqual(status, 400);
  match(text, /weights sum to 101/);
  strictEqual((await putRoute(gateway, { ...canary, split: { stable: 90, baseline: 10 } })).status, 400);
});

test('when the lease runs out everything goes to stable, until control confirms again', async (t) => {
  const home = new TestHome(t);
  const [old, fresh] = [await home.server('o1', 'old'), await home.server('n1', 'new')];
  await home.publish();
  const gateway = await home.gateway();
  const leased = { ...canary, split: { stable: 50, candidate: 50 }, leaseMs: 60_000 };
  await putRoute(gateway, leased);
  await inferMany(gateway, 10);
  deepStrictEqual([old.seen.length, fresh.seen.length], [5, 5]);
  home.pass(60_000);
  await inferMany(gateway, 10);
  deepStrictEqual([old.seen.length, fresh.seen.length], [15, 5]);
  await putRoute(gateway, leased);
  await inferMany(gateway, 10);
  deepStrictEqual([old.seen.length, fresh.seen.length], [20, 10]);
});

test('a first release has no stable: without a lease, or without a server, there is a clear 503', async (t) => {
  const home = new TestHome(t);
  const gateway = await home.gateway();
  const first = { ...canary, arms: canary.arms.slice(1), split: { candidate: 100 }, leaseMs: 60_000 };
  await putRoute(gateway, first);
  const empty = await infer(gateway);
  deepStrictEqual([empty.status, empty.headers['retry-after'], empty.headers['conch-refused']], [503, '1', 'no-server']);
  match(empty.text, /model 'digits' has no proven server yet: none in the pool of candidate/);
  await home.server('n1', 'new');
  await home.publish();
  await eventually(async () => (await report(gateway)).samples.length > 0);
  home.pass(60_000);
  const closed = await infer(gateway);
  deepStrictEqual([closed.status, closed.headers['conch-refused']], [503, 'closed']);
  match(closed.text, /has no proven server yet: control has not confirmed/);
});

test('a restart serves from disk: stable at once, the candidate only when control confirms', async (t) => {
  const home = new TestHome(t);
  const [old, fresh] = [await home.server('o1', 'old'), await home.server('n1', 'new')];
  await home.publish();
  const before = await home.gateway();
  await putRoute(before, { ...canary, generation: 7 });
  await before.close();
  const gateway = await home.gateway();
  strictEqual((await report(gateway)).seen.accepted, 7);
  await inferMany(gateway, 20);
  deepStrictEqual([old.seen.length, fresh.seen.length], [20, 0]);
  strictEqual((await putRoute(gateway, { ...canary, generation: 6 })).status, 409);
  await putRoute(gateway, { ...canary, generation: 7 });
  await inferMany(gateway, 20);
  deepStrictEqual([old.seen.length, fresh.seen.length], [38, 2]);
});

test('a half-written route file is set aside and said, and never stops the gateway', async (t) => {
  const home = new TestHome(t);
  const routes = join(home.folder, 'gateway', 'routes');
  mkdirSync(routes, { recursive: true });
  writeFileSync(join(routes, 'digits.json'), JSON.stringify({ route: canary, generation: 1 }).slice(0, 100));
  writeFileSync(join(routes, 'other.json'), JSON.stringify({ route: canary, generation: 1 }));
  writeFileSync(join(routes, 'digits.json.99-1.tmp'), '{');
  const gateway = await home.gateway();
  strictEqual((await infer(gateway)).status, 404);
  deepStrictEqual(
    readdirSync(routes)
      .map((name) => name.replace(/-\d+$/, ''))
      .sort(),
    ['digits.json.unreadable', 'other.json.unreadable'],
  );
  match(home.log.join('\n'), /the kept route digits\.json cannot be read .* set aside/);
});

test("servers come and go by the agents' files alone", async (t) => {
  const home = new TestHome(t);
  const [one, two] = [await home.server('o1', 'old'), await home.server('o2', 'old')];
  const gateway = await home.gateway();
  await putRoute(gateway, { ...canary, split: { stable: 100 } });
  await home.publish([one.endpoint]);
  await eventually(async () => (await infer(gateway)).status === 200);
  await home.publish([two.endpoint]);
  await eventually(async () => (await infer(gateway)).text.includes('o2'));
  writeFileSync(join(home.folder, 'run', 'endpoints', 'agent.json'), '{"half');
  await eventually(() => home.log.some((line) => line.includes('agent.json cannot be read')));
  strictEqual((await infer(gateway)).status, 200);
});

test('a candidate that refuses connections is diverted to stable: clients see 200, the diversion is counted', async (t) => {
  const home = new TestHome(t);
  const [, fresh] = [await home.server('o1', 'old'), await home.server('n1', 'new')];
  const { endpoint } = fresh;
  await home.publish();
  const gateway = await home.gateway();
  await putRoute(gateway, { ...canary, split: { stable: 50, candidate: 50 } });
  await fresh.close();
  const answers = await inferMany(gateway, 20);
  deepStrictEqual([...new Set(answers.map(({ status, text }) => `${status} ${text}`))], ['200 {"from":"o1"}']);
  const { diverted, requests, errors } = await sampleOf(gateway, endpoint.pool);
  deepStrictEqual({ diverted, requests, errors }, { diverted: 10, requests: 0, errors: 0 });
  strictEqual((await sampleOf(gateway, 'old')).requests, 20);
});

test('a trial reaches a pool outside every route and never counts as a client', async (t) => {
  const home = new TestHome(t);
  const fresh = await home.server('n1', 'digits/new pool');
  fresh.answer = (request, response) => response.end(request.url);
  await home.publish();
  const gateway = await home.gateway();
  const trials = `${gateway.admin}/v1/trials/${encodeURIComponent(fresh.pool)}/v2/models/digits`;
  for (let sent = 0; sent < 3; sent++)
    strictEqual((await call(`${trials}/infer`, { method: 'POST', body: '{}' })).text, '/v2/models/digits/infer');
  strictEqual((await call(`${trials}/ready`)).status, 200);
  const { trials: counted, requests, durations } = await sampleOf(gateway, fresh.pool);
  deepStrictEqual([counted, requests, durations.counts.some((count) => count > 0)], [3, 0, false]);
  strictEqual((await infer(gateway)).status, 404);
  const none = await call(`${gateway.admin}/v1/trials/elsewhere/v2/models/digits/infer`, { method: 'POST', body: '{}' });
  deepStrictEqual([none.status, none.headers['conch-refused']], [503, 'no-server']);
});

test('more requests at once than the limit get a clear 503', async (t) => {
  const home = new TestHome(t);
  const old = await home.server('o1', 'old');
  const waiting: (() => void)[] = [];
  old.answer = (_request, response) => waiting.push(() => response.end('{}'));
  await home.publish();
  const gateway = await home.gateway({ requestsMax: 2 });
  await putRoute(gateway, { ...canary, split: { stable: 100 } });
  const held = [infer(gateway), infer(gateway)];
  await eventually(() => waiting.length === 2);
  const { status, headers } = await infer(gateway);
  deepStrictEqual([status, headers['conch-refused'], headers['retry-after']], [503, 'too-many', '1']);
  for (const finish of waiting) finish();
  deepStrictEqual(
    (await Promise.all(held)).map((answer) => answer.status),
    [200, 200],
  );
});

test('the gateway announces itself, takes another port when its own is taken, and takes its name off when it ends', async (t) => {
  const home = new TestHome(t);
  const other = await home.server('x', 'x');
  const gateway = await home.gateway({ port: other.port, id: 'g1' });
  match(home.log.join('\n'), new RegExp(`port ${other.port} is taken by someone else: clients are answered on port \\d+ instead`));
  const file = join(home.folder, 'run', 'gateway-g1.json');
  const { kind, id, pid, client, admin, incarnation } = JSON.parse(readFileSync(file, 'utf8'));
  deepStrictEqual(
    { kind, id, pid, client, admin, incarnation },
    { kind: 'gateway', id: 'g1', pid: process.pid, client: gateway.client, admin: gateway.admin, incarnation: gateway.incarnation },
  );
  const twin = await home.gateway({ id: 'g1' }).then(
    () => 'started',
    (thrown: Error) => thrown.message,
  );
  match(twin, /a gateway with id 'g1' runs already/);
  await gateway.close();
  strictEqual(existsSync(file), false);
});

test('changes name the models that control should look at again', async (t) => {
  const home = new TestHome(t);
  const gateway = await home.gateway();
  const changesAfter = async (after: number) => JSON.parse((await call(`${gateway.admin}/v1/changes?after=${after}`)).text);
  await putRoute(gateway, canary);
  const { upTo, models } = await changesAfter(0);
  deepStrictEqual(models, ['digits']);
  await putRoute(gateway, canary);
  deepStrictEqual((await changesAfter(upTo)).models, []);
});

test('the admin port does not answer to other names, nor to web pages', async (t) => {
  const gateway = await new TestHome(t).gateway();
  strictEqual((await call(`${gateway.admin}/v1/status`)).status, 200);
  strictEqual((await call(`${gateway.admin}/v1/status`, { headers: { host: 'evil.example' } })).status, 403);
  strictEqual((await call(`${gateway.admin}/v1/status`, { headers: { origin: 'http://evil.example' } })).status, 403);
});
