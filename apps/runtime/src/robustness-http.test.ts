import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ask, echoBody, echoed, echoing, rssMb, spawned, until } from './made-up-runtime.ts';
import { largeInfer, rawClient } from './made-up-sockets.ts';

const opened = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
const asChunks = (...chunks: string[]): string => chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
const inferHead = 'POST /v2/models/identity/infer HTTP/1.1\r\n';
const health = 'GET /v2/health/live HTTP/1.1\r\n\r\n';

test('clients that ask much and read nothing cost one answer each, and get all of them when they do read', async (t) => {
  const { http, metrics, pid } = await spawned(t, echoing(t));
  await echoed(http);
  const before = rssMb(pid);
  const [large, each] = [largeInfer(1_000_000), 20];
  const clients = await Promise.all(Array.from({ length: 16 }, () => rawClient(t, http)));
  for (const client of clients) for (let count = 0; count < each; count += 1) client.say(large);
  let [most, succeeded, still] = [0, 0, 0];
  await until(async () => {
    const now = Number(/nv_inference_request_success\{[^}]*\} (\d+)/.exec((await ask('GET', `${metrics}/metrics`)).text)?.[1]);
    still = now === succeeded ? still + 1 : 0;
    succeeded = now;
    most = Math.max(most, rssMb(pid));
    return succeeded > clients.length && still > 30;
  });
  t.diagnostic(`${16 * each * 4} MB of answers asked for, the process grew by ${Math.round(most - before)} MB`);
  ok(most - before < 640, `it grew by ${most - before} MB`);
  strictEqual((await echoed(http)).status, 200);
  const [reader, ...others] = clients;
  for (const { socket } of others) socket.destroy();
  reader?.read();
  await until(() => reader?.answers() === each);
});

test('bodies that are too large are refused, however they come, and cost no more than the limit', async (t) => {
  const { http, pid } = await spawned(t, echoing(t), ['--http-max-input-size=1000000']);
  await echoed(http);
  const before = rssMb(pid);
  const refusal = /^HTTP\/1\.1 400 Bad Request\r\n.*\r\nConnection: close\r\n\r\n.*the request body is larger than 1000000 bytes/s;
  const chunked = `${inferHead}Transfer-Encoding: chunked\r\n\r\n`;
  const bodies = {
    'of a length that is too large': `${inferHead}Content-Length: 1000001\r\n\r\n`,
    'one chunk that never ends': `${chunked}ffffffffff\r\n`,
    'many chunks': chunked + asChunks(...Array<string>(11).fill('a'.repeat(100_000))),
    'a million tiny chunks': chunked + '1\r\na\r\n'.repeat(1_000_001),
  };
  const stubborn = await rawClient(t, http);
  stubborn.say(bodies['one chunk that never ends']).read();
  for (const [what, body] of Object.entries(bodies)) {
    const client = (await rawClient(t, http)).read().say(body);
    await until(() => refusal.test(client.text));
    ok(rssMb(pid) - before < 200, `${what}: it grew by ${rssMb(pid) - before} MB`);
    client.socket.destroy();
  }
  const bomb = gzipSync(Buffer.alloc(100_000_000));
  const bombed = (await rawClient(t, http)).read();
  bombed.say(`${inferHead}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`).say(bomb);
  await until(() => /400 Bad Request.*the decompressed request is larger than 1000000 bytes/s.test(bombed.text));
  ok(rssMb(pid) - before < 200, `it grew by ${rssMb(pid) - before} MB`);
  strictEqual((await echoed(http)).status, 200);
  // Whoever goes on after it was refused is cut off.
  await until(() => stubborn.say('a'.repeat(10_000)).isClosed);
  match(stubborn.text, refusal);
});

test('heads that never end, or come byte by byte, hold up nobody else', async (t) => {
  const { http, pid } = await spawned(t, echoing(t));
  await echoed(http);
  const before = rssMb(pid);
  const endless = await rawClient(t, http);
  endless.say('GET /v2/health/live HTTP/1.1\r\n');
  await until(() => endless.say(`x: ${'a'.repeat(2000)}\r\n`.repeat(20)).isClosed);
  const slow = await Promise.all(Array.from({ length: 100 }, () => rawClient(t, http)));
  for (const client of slow) client.read();
  for (const byte of health.slice(0, -1)) {
    for (const client of slow) client.say(byte);
    strictEqual((await ask('GET', `${http}/v2/health/live`)).status, 200);
  }
  deepStrictEqual(slow.filter(({ text }) => text !== '').length, 0);
  strictEqual((await echoed(http)).status, 200);
  ok(rssMb(pid) - before < 200, `it grew by ${rssMb(pid) - before} MB`);
  for (const client of slow) client.say('\n');
  await until(() => slow.every((client) => client.answers() === 1));
});

test('thousands of requests on one connection, ahead of their answers, are answered in their order', async (t) => {
  const { http } = await spawned(t, echoing(t));
  const client = (await rawClient(t, http)).read();
  const bodies = Array.from({ length: 2000 }, (_, index) => echoBody([index]));
  client.say(bodies.map((body) => `${inferHead}Content-Length: ${body.length}\r\n\r\n${body}`).join(''));
  await until(() => client.answers() === bodies.length);
  const values = [...client.text.matchAll(/"data":\[([\d.]+)\]/g)].map(([, value]) => Number(value));
  deepStrictEqual(values, Array.from(bodies.keys()));

  // What the reading thread answers itself waits for the client's next bytes, as with Triton; but no more than a little of it may wait.
  const pings = (await rawClient(t, http)).read().say(health.repeat(30_000));
  const waitingMax = (3 * 65_536) / health.length;
  await until(() => pings.answers() >= 30_000 - waitingMax);
});

test('connections that are half closed, in mid-head and in mid-body too, are let go', async (t) => {
  const { http, pid } = await spawned(t, echoing(t));
  await echoed(http);
  const before = opened(pid);
  const body = echoBody([1]);
  const whole = `${inferHead}Content-Length: ${body.length}\r\n\r\n${body}`;
  const asked = await Promise.all(Array.from({ length: 200 }, () => rawClient(t, http)));
  for (const client of asked) client.read().say(whole).socket.end();
  await until(() => asked.every((client) => client.answers() === 1 && client.isClosed));
  const broken = await Promise.all(Array.from({ length: 200 }, () => rawClient(t, http)));
  for (const [index, client] of broken.entries())
    client
      .read()
      .say(whole.slice(0, 1 + (index % (whole.length - 1))))
      .socket.end();
  await until(() => broken.every(({ isClosed }) => isClosed));
  await until(() => opened(pid) <= before + 1);
  strictEqual((await echoed(http)).status, 200);
});

test('ten thousand idle connections cost little, hold up nobody, and do not delay the end', async (t) => {
  const [, hard = '0'] = /^Max open files\s+\d+\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  if (hard !== 'unlimited' && Number(hard) < 10_500) {
    t.skip(`the machine's hard limit of open files (ulimit -Hn) is ${hard}: too few for 10,000 connections`);
    return;
  }
  const { http, child, ended, pid } = await spawned(t, echoing(t), [], 'ulimit -n "$(ulimit -Hn)"');
  await echoed(http);
  const before = rssMb(pid);
  for (let count = 0; count < 20; count += 1) await Promise.all(Array.from({ length: 500 }, () => rawClient(t, http)));
  await until(() => opened(pid) > 10_000);
  t.diagnostic(`10,000 idle connections: the process grew by ${Math.round(rssMb(pid) - before)} MB`);
  ok(rssMb(pid) - before < 400, `it grew by ${rssMb(pid) - before} MB`);
  strictEqual((await echoed(http)).status, 200);
  child.kill('SIGTERM');
  deepStrictEqual(await ended, { code: 0, signal: null });
});
