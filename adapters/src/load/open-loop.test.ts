import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { Latencies } from './latencies.ts';
import { gaps, openLoop } from './open-loop.ts';

async function serve(t: TestContext, answer: RequestListener): Promise<{ url: string; connections: () => number }> {
  let connections = 0;
  const server = createServer(answer).on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => connections };
}

const bodies = (index: number) => ({ path: '/v2/models/digits/infer', body: String(index), label: index % 10 });

test('it sends as many as asked, at the rate asked, on kept connections', async (t) => {
  const { url, connections } = await serve(t, (_request, response) => response.end('{}'));
  const load = openLoop({ url, bodies, rate: 500, arrival: 'constant', seed: 1, requests: 250 });
  const { sent, ok: fine, failed, seconds, underWay } = await load.done;
  deepStrictEqual({ sent, fine, failed, underWay }, { sent: 250, fine: 250, failed: 0, underWay: 0 });
  ok(seconds > 0.45, `${seconds} s: no request goes out before it is due`);
  // A machine that was busy for a moment sends what is due then at once, and each of those needs a connection.
  ok(connections() < 250, `${connections()} connections for 250 requests: none was kept`);
});

test('answers are judged by their label and counted by arm and release', async (t) => {
  const { url } = await serve(t, (request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      const index = Number(body);
      response.writeHead(200, { 'conch-arm': index % 4 === 0 ? 'candidate' : 'stable', 'conch-release': 'aaaa' });
      response.end(String(index === 7 ? 0 : index % 10));
    });
  });
  const load = openLoop({
    url,
    bodies,
    rate: 2000,
    arrival: 'poisson',
    seed: 2,
    requests: 40,
    labelOf: (answer) => Number(answer.toString()),
  });
  const { right, wrong, byArm, byRelease } = await load.done;
  deepStrictEqual(
    { right, wrong, byArm, byRelease },
    { right: 39, wrong: 1, byArm: { candidate: 10, stable: 30 }, byRelease: { aaaa: 40 } },
  );
});

test('a failed request is counted by its reason, with an example, and never sent again', async (t) => {
  let seen = 0;
  const { url } = await serve(t, (request, response) => {
    seen += 1;
    request.resume();
    if (seen % 2 === 0) return void request.socket.destroy();
    response.writeHead(503, { 'conch-refused': 'no-server' }).end('{"error":"none"}');
  });
  const results: string[] = [];
  const load = openLoop({
    url,
    bodies,
    rate: 200,
    arrival: 'constant',
    seed: 3,
    requests: 20,
    onResult: ({ reason }) => results.push(reason),
  });
  const { failed, failures } = await load.done;
  deepStrictEqual([seen, failed, results.length], [20, 20, 20]);
  deepStrictEqual(
    failures.find(({ reason }) => reason === '503 no-server'),
    { reason: '503 no-server', count: 10, example: '{"error":"none"}' },
  );
  strictEqual(failures.find(({ reason }) => reason === 'UND_ERR_SOCKET' || reason === 'ECONNRESET')?.count, 10);
});

test('latency counts from the intended start: one stall shows in every request behind it', async (t) => {
  let isFirst = true;
  const { url } = await serve(t, (_request, response) => {
    if (isFirst) {
      isFirst = false;
      // The whole server stands still, as a garbage collection or a paused machine would have it.
      const until = performance.now() + 300;
      while (performance.now() < until);
    }
    response.end('{}');
  });
  const { p50Ms, maxMs } = await openLoop({ url, bodies, rate: 100, arrival: 'constant', seed: 4, requests: 30 }).done;
  ok(maxMs > 290 && p50Ms > 100, `p50 ${p50Ms}, max ${maxMs}`);
});

test('figures can be read while it runs, all of them or the last seconds', async (t) => {
  const { url } = await serve(t, (_request, response) => response.end('{}'));
  const load = openLoop({ url, bodies, rate: 200, arrival: 'poisson', seed: 5 });
  await new Promise((resolve) => setTimeout(resolve, 300));
  const [all, recent] = [load.figures(), load.recent(5000)];
  ok(all.sent > 20 && recent.sent === all.sent && recent.ok > 0 && recent.p99Ms > 0);
  const ended = await load.stop();
  strictEqual(ended.ok, ended.sent);
});

test('the same seed makes the same schedule, of the rate that was asked for', () => {
  const schedule = (seed: number, arrival: 'poisson' | 'constant' = 'poisson'): number[] => {
    const gap = gaps({ rate: 200, arrival, seed });
    return Array.from({ length: 4000 }, gap);
  };
  deepStrictEqual(schedule(6), schedule(6));
  ok(schedule(6).some((ms, index) => ms !== schedule(7)[index]));
  const mean = schedule(6).reduce((sum, ms) => sum + ms, 0) / 4000;
  ok(Math.abs(mean - 5) < 0.4, `${mean} ms`);
  deepStrictEqual(new Set(schedule(6, 'constant')), new Set([5]));
});

test('a server that is not there fails every request, in time', async () => {
  const { failed, failures } = await openLoop({ url: 'http://127.0.0.1:1', bodies, rate: 1000, arrival: 'constant', seed: 7, requests: 10 })
    .done;
  deepStrictEqual([failed, failures.map(({ reason, count }) => [reason, count])], [10, [['ECONNREFUSED', 10]]]);
});

test('quantiles are exact to three per cent', () => {
  const latencies = new Latencies();
  for (let ms = 1; ms <= 1000; ms++) latencies.add(ms);
  ok(Math.abs(latencies.quantileMs(0.5) / 500 - 1) < 0.035);
  ok(Math.abs(latencies.quantileMs(0.99) / 990 - 1) < 0.035);
  strictEqual(latencies.quantileMs(1), 1000);
});
