import { ok, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, echoBody, echoed, echoing, rssMb, spawned, until } from './made-up-runtime.ts';
import { largeInfer, rawClient } from './made-up-sockets.ts';

const succeeded = async (metrics: string): Promise<number> =>
  Number(/nv_inference_request_success\{model="identity",version="1"\} (\d+)/.exec((await ask('GET', `${metrics}/metrics`)).text)?.[1]);

test('clients that ask much and read nothing cost one answer each', async (t) => {
  const { http, metrics, pid } = await spawned(t, echoing(t));
  await echoed(http);
  const before = rssMb(pid);
  const large = largeInfer(1_000_000);
  const clients = await Promise.all(Array.from({ length: 16 }, () => rawClient(t, http)));
  for (const client of clients) for (let count = 0; count < 20; count += 1) client.say(large);
  let most = 0;
  let counted = -1;
  let still = 0;
  await until(async () => {
    const now = await succeeded(metrics);
    most = Math.max(most, rssMb(pid));
    still = now === counted ? still + 1 : 0;
    counted = now;
    return now > 16 && still > 50;
  });
  console.log({ before, most, counted });
  ok(most - before < 600);
  strictEqual((await echoed(http)).status, 200);
});

test('heads that never end', async (t) => {
  const { http, pid } = await spawned(t, echoing(t));
  await echoed(http);
  const client = await rawClient(t, http);
  client.socket.setNoDelay(true);
  client.say('GET /v2/health/live HTTP/1.1\r\n');
  const t0 = performance.now();
  let n = 0;
  while (!client.isClosed && n < 40000) {
    client.say(`x-${n}: ${'a'.repeat(30)}\r\n`);
    n += 1;
    if (n % 10 === 0) await sleep(0);
  }
  console.log('head', { n, ms: performance.now() - t0, closed: client.isClosed, rss: rssMb(pid) });
  const t1 = performance.now();
  await echoed(http);
  console.log('echo after', performance.now() - t1);
});

test('one chunk that never ends', async (t) => {
  const { http, pid } = await spawned(t, echoing(t));
  await echoed(http);
  const before = rssMb(pid);
  const client = (await rawClient(t, http)).read();
  client.say('POST /v2/models/identity/infer HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n');
  const piece = Buffer.alloc(1 << 20, 97);
  const t0 = performance.now();
  for (let n = 0; n < 200 && !client.isClosed; n += 1) {
    await new Promise((resolve) => client.socket.write(piece, resolve));
    if (n % 40 === 0) console.log('chunk', n, rssMb(pid) - before, performance.now() - t0, client.text);
  }
});

test('tiny chunks', async (t) => {
  const { http, pid } = await spawned(t, echoing(t));
  await echoed(http);
  const before = rssMb(pid);
  const client = (await rawClient(t, http)).read();
  client.say('POST /v2/models/identity/infer HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n');
  const piece = Buffer.from('1\r\na\r\n'.repeat(200_000));
  const t0 = performance.now();
  for (let n = 0; n < 10 && !client.isClosed; n += 1) {
    await new Promise((resolve) => client.socket.write(piece, resolve));
    console.log('tiny', n, rssMb(pid) - before, performance.now() - t0, client.text);
  }
});

test('pipelined health', async (t) => {
  const { http, pid } = await spawned(t, echoing(t));
  await echoed(http);
  const before = rssMb(pid);
  const client = (await rawClient(t, http)).read();
  const piece = Buffer.from('GET /v2/health/live HTTP/1.1\r\n\r\n'.repeat(3000));
  const t0 = performance.now();
  for (let n = 0; n < 200 && !client.isClosed && performance.now() - t0 < 8000; n += 1) {
    await new Promise((resolve) => client.socket.write(piece, resolve));
    if (n % 40 === 0) console.log('pipe', n, rssMb(pid) - before, performance.now() - t0, client.answers());
  }
  const body = echoBody([1]);
  const infers = (await rawClient(t, http)).read();
  const t1 = performance.now();
  infers.say(`POST /v2/models/identity/infer HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`.repeat(3000));
  await until(() => infers.answers() === 3000);
  console.log('3000 infers', performance.now() - t1);
});
