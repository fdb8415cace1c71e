import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { Client } from 'undici';
import { call, canary, eventually, infer, inferMany, putRoute, sampleOf, TestHome } from './test-home.ts';

test('connections are kept open and used again, on both sides', async (t) => {
  const home = new TestHome(t);
  const old = await home.server('o1', 'old');
  await home.publish();
  const gateway = await home.gateway();
  await putRoute(gateway, { ...canary, split: { stable: 100 } });
  const client = new Client(gateway.client);
  t.after(() => client.destroy());
  let connections = 0;
  client.on('connect', () => (connections += 1));
  for (let sent = 0; sent < 20; sent++) {
    const { body } = await client.request({ path: '/v2/models/digits/infer', method: 'POST', body: '{}' });
    await body.dump();
  }
  deepStrictEqual([connections, old.connections, old.seen.length], [1, 1, 20]);
});

test('headers of the hop stay behind, all others and the version travel on', async (t) => {
  const home = new TestHome(t);
  const old = await home.server('o1', 'old');
  old.answer = (_request, response, body) => {
    response.writeHead(200, {
      'inference-header-content-length': '7',
      connection: 'x-private, keep-alive',
      'x-private': '1',
      'conch-arm': 'forged',
    });
    response.end(body);
  };
  await home.publish();
  const gateway = await home.gateway();
  await putRoute(gateway, { ...canary, split: { stable: 100 } });
  const { headers, text } = await call(`${gateway.client}/v2/models/digits/versions/3/infer?q=1`, {
    method: 'POST',
    body: 'binary',
    headers: { 'inference-header-content-length': '3', te: 'trailers', 'conch-arm': 'candidate', 'x-tenant': 'blue' },
  });
  const [seen] = old.seen;
  strictEqual(seen?.path, '/v2/models/digits/versions/3/infer?q=1');
  strictEqual(seen?.headers['inference-header-content-length'], '3');
  strictEqual(seen?.headers['x-tenant'], 'blue');
  deepStrictEqual([seen?.headers.te, seen?.headers['conch-arm']], [undefined, undefined]);
  deepStrictEqual([headers['inference-header-content-length'], headers['x-private'], headers['conch-arm']], ['7', undefined, 'stable']);
  strictEqual(text, 'binary');
});

test('large bodies are streamed both ways, whole', async (t) => {
  const home = new TestHome(t);
  const old = await home.server('o1', 'old');
  old.answer = (_request, response, body) => response.end(body);
  await home.publish();
  const gateway = await home.gateway();
  await putRoute(gateway, { ...canary, split: { stable: 100 } });
  const sent = Buffer.alloc(9_000_000, 'conch');
  const { text } = await call(`${gateway.client}/v2/models/digits/infer`, { method: 'POST', body: sent });
  ok(Buffer.from(text).equals(sent));
});

test('a body over the limit is answered with 413 and is no error of the server', async (t) => {
  const home = new TestHome(t);
  await home.server('o1', 'old');
  await home.publish();
  const gateway = await home.gateway({ bodyBytesMax: 100_000 });
  await putRoute(gateway, { ...canary, split: { stable: 100 } });
  strictEqual((await infer(gateway, 'x'.repeat(100_001))).status, 413);
  const chunked = new Client(gateway.client);
  t.after(() => chunked.destroy());
  const chunks = Readable.from(Array.from({ length: 20 }, () => Buffer.alloc(10_000)));
  const { statusCode, body } = await chunked.request({ path: '/v2/models/digits/infer', method: 'POST', body: chunks });
  await body.dump();
  strictEqual(statusCode, 413);
  deepStrictEqual(await sampleOf(gateway, 'old').then(({ errors, mistakes }) => [errors, mistakes]), [0, 1]);
});

test("errors are the server's, mistakes the caller's, also where Triton answers them with 500", async (t) => {
  const home = new TestHome(t);
  const old = await home.server('o1', 'old');
  const answers = [
    [200, '{}'],
    [400, '{"error":"unexpected shape"}'],
    [500, '{"error":"[request id: <id_unknown>] Unable to parse \'data\': attempt to access JSON non-number as number"}'],
    [500, '{"error":"Shape does not match true shape of \'data\' field"}'],
    [500, '{"error":"onnx runtime error"}'],
    [503, '{"error":"Exceeds maximum queue size"}'],
  ] as const;
  old.answer = (_request, response) => {
    const [status, body] = answers[old.seen.length - 1] ?? [200, ''];
    response.writeHead(status).end(body);
  };
  await home.publish();
  const gateway = await home.gateway();
  await putRoute(gateway, { ...canary, split: { stable: 100 } });
  deepStrictEqual(
    (await inferMany(gateway, 6)).map(({ status }) => status),
    answers.map(([status]) => status),
  );
  const { requests, errors, mistakes } = await sampleOf(gateway, 'old');
  deepStrictEqual({ requests, errors, mistakes }, { requests: 6, errors: 2, mistakes: 3 });
});

test('a server that dies before it answers is a 502 and one error, never tried again', async (t) => {
  const home = new TestHome(t);
  const [one, two] = [await home.server('o1', 'old'), await home.server('o2', 'old')];
  for (const server of [one, two]) server.answer = (request) => request.socket.destroy();
  await home.publish();
  const gateway = await home.gateway();
  await putRoute(gateway, { ...canary, split: { stable: 100 } });
  const { status, headers } = await infer(gateway);
  deepStrictEqual([status, headers['conch-refused']], [502, 'broken']);
  strictEqual(one.seen.length + two.seen.length, 1);
  deepStrictEqual(await sampleOf(gateway, 'old').then(({ requests, errors }) => [requests, errors]), [1, 1]);
});

test('a server that dies in the middle of an answer breaks it for the client too, and is one error', async (t) => {
  const home = new TestHome(t);
  const old = await home.server('o1', 'old');
  old.answer = (request, response) => {
    response.writeHead(200, { 'content-length': 1000 });
    response.write('x'.repeat(500), () => setTimeout(() => request.socket.destroy(), 20));
  };
  await home.publish();
  const gateway = await home.gateway();
  await putRoute(gateway, { ...canary, split: { stable: 100 } });
  const broken = await infer(gateway).then(
    () => 'whole',
    () => 'broken',
  );
  strictEqual(broken, 'broken');
  deepStrictEqual(await sampleOf(gateway, 'old').then(({ requests, errors, inFlight }) => [requests, errors, inFlight]), [1, 1, 0]);
});

test('a large body, too, survives a refused connection', async (t) => {
  const home = new TestHome(t);
  const [old, gone] = [await home.server('o1', 'old'), await home.server('n1', 'new')];
  old.answer = (_request, response, body) => response.end(String(body.length));
  await home.publish();
  const gateway = await home.gateway();
  await putRoute(gateway, { ...canary, split: { stable: 0, candidate: 100 } });
  await gone.close();
  strictEqual((await infer(gateway, 'x'.repeat(3_000_000))).text, '3000000');
});

test('a client that goes away cancels its request at the server', async (t) => {
  const home = new TestHome(t);
  const old = await home.server('o1', 'old');
  old.answer = () => {};
  await home.publish();
  const gateway = await home.gateway();
  await putRoute(gateway, { ...canary, split: { stable: 100 } });
  const { port, hostname } = new URL(gateway.client);
  const socket = connect(Number(port), hostname);
  socket.write('POST /v2/models/digits/infer HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}');
  await eventually(() => old.seen.length === 1);
  socket.destroy();
  await eventually(() => old.aborted === 1);
  deepStrictEqual(await sampleOf(gateway, 'old').then(({ errors, mistakes, inFlight }) => [errors, mistakes, inFlight]), [0, 1, 0]);
});

test('an answer that comes too late is a 504 and an error', async (t) => {
  const home = new TestHome(t);
  const old = await home.server('o1', 'old');
  old.answer = () => {};
  await home.publish();
  const gateway = await home.gateway({ deadlineMs: 100 });
  await putRoute(gateway, { ...canary, split: { stable: 100 } });
  strictEqual((await infer(gateway)).status, 504);
  await eventually(() => old.aborted === 1);
  strictEqual((await sampleOf(gateway, 'old')).errors, 1);
});

test('what streams, streams: the client has the first line before the last one is written', async (t) => {
  const home = new TestHome(t);
  const old = await home.server('o1', 'old');
  let finish = (): void => {};
  old.answer = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: one\n\n');
    finish = () => response.end('data: two\n\n');
  };
  await home.publish();
  const gateway = await home.gateway();
  await putRoute(gateway, { ...canary, split: { stable: 100 } });
  const answer = await fetch(`${gateway.client}/v2/models/digits/generate_stream`, { method: 'POST', body: '{}' });
  const reader = answer.body?.getReader();
  strictEqual(new TextDecoder().decode((await reader?.read())?.value), 'data: one\n\n');
  finish();
  strictEqual(new TextDecoder().decode((await reader?.read())?.value), 'data: two\n\n');
});

test('a head that is no HTTP gets a clear 400, one that is too large a 431', async (t) => {
  const gateway = await new TestHome(t).gateway();
  const { port, hostname } = new URL(gateway.client);
  const raw = (text: string): Promise<string> =>
    new Promise((resolve) => {
      let got = '';
      const socket = connect(Number(port), hostname, () => socket.write(text));
      socket
        .on('data', (chunk) => (got += chunk))
        .on('close', () => resolve(got))
        .on('error', () => {});
    });
  match(await raw('nonsense\r\n\r\n'), /^HTTP\/1\.1 400 .*"error"/s);
  match(await raw(`GET /v2 HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1\.1 431 .*"error"/s);
  match(
    await raw('POST /v2/models/m/infer HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n'),
    /^HTTP\/1\.1 400 /,
  );
});
