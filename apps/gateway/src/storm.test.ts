import { deepStrictEqual, ok } from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { call, canary, eventually, putRoute, report, sampleOf, TestHome } from './test-home.ts';

test('whatever clients and servers do, the gateway stays up and nothing stays under way', async (t) => {
  const home = new TestHome(t);
  const servers = [await home.server('o1', 'old'), await home.server('o2', 'old'), await home.server('n1', 'new')];
  let dice = 7;
  const roll = (sides: number): number => {
    dice = (dice * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((dice / 2 ** 31) * sides);
  };
  for (const server of servers) {
    server.answer = (request, response, body) => {
      switch (roll(8)) {
        case 0:
          return void request.socket.destroy();
        case 1:
          return void response.writeHead(200, { 'content-length': 10 }).write('half', () => request.socket.destroy());
        case 2:
          return void request.socket.end('HTTP/1.1 999 nonsense\r\ncontent-length: x\r\n\r\n');
        case 3:
          return void response.writeHead(500).end('{"error":"broken"}');
        case 4:
          return void setTimeout(() => response.end('late'), 80);
        case 5:
          return void response.end(Buffer.alloc(300_000));
        default:
          return void response.end(body);
      }
    };
  }
  await home.publish();
  const gateway = await home.gateway({ deadlineMs: 60, bodyBytesMax: 400_000, requestsMax: 30 });
  await putRoute(gateway, { ...canary, split: { stable: 50, candidate: 50 } });
  const { port, hostname } = new URL(gateway.client);

  const clients = Array.from({ length: 400 }, async (_, index) => {
    await new Promise((resolve) => setTimeout(resolve, roll(600)));
    const bytes = [2, 40_000, 200_000, 500_000][roll(4)] ?? 2;
    if (roll(3) > 0)
      return void (await call(`${gateway.client}/v2/models/digits/infer`, { method: 'POST', body: Buffer.alloc(bytes) }).catch(() => {}));
    // Leaves in the middle of its request, or of the answer.
    const socket = connect(Number(port), hostname).on('error', () => {});
    socket.write(`POST /v2/models/digits/infer HTTP/1.1\r\nhost: x\r\ncontent-length: ${bytes}\r\n\r\n`);
    socket.write(Buffer.alloc(index % 2 === 0 ? bytes : Math.floor(bytes / 2)));
    await new Promise((resolve) => setTimeout(resolve, roll(30)));
    socket.destroy();
  });
  const churn = setInterval(() => void home.publish(servers.filter(() => roll(3) > 0).map(({ endpoint }) => endpoint)), 50);
  await Promise.all(clients);
  clearInterval(churn);
  await eventually(async () => Object.values((await report(gateway)).seen.inFlight).every((count) => count === 0));
  await home.publish();
  for (const pool of ['old', 'new']) {
    const { requests, errors, mistakes, durations } = await sampleOf(gateway, pool);
    ok(requests > 0 && errors + mistakes <= requests);
    deepStrictEqual(
      durations.counts.reduce((sum, count) => sum + count, 0),
      requests,
    );
  }
  const status = JSON.parse((await call(`${gateway.admin}/v1/status`)).text);
  deepStrictEqual([status.underWay, status.isDraining], [0, false]);
  const began = performance.now();
  await gateway.close();
  ok(performance.now() - began < 15_000, 'no connection was left hanging');
});
