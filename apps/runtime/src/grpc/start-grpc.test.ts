import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict';
import { once } from 'node:events';
import { connect, constants } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { encodeMessage } from '#core/kserve/grpc/encode-message.ts';
import { empty, serverLiveResponse } from '#core/kserve/grpc/service-messages.ts';
import { ask, floats, inferRequest, opened, path } from './made-up-client.ts';
import { MadeUpServer } from './made-up-server.ts';
import { startGrpc } from './start-grpc.ts';

const live = [empty, serverLiveResponse] as const;

test("a port that is taken is told in Triton's words", async (t) => {
  const { service } = await opened(t, { server: new MadeUpServer() });
  const says = `failed to start GRPC service: Unavailable - Socket '127.0.0.1:${service.port}' already in use `;
  await rejects(startGrpc({ server: new MadeUpServer(), address: '127.0.0.1', port: service.port }), { message: says });
});

test('a stop lets what is under way finish, and takes nothing more', async (t) => {
  const server = new MadeUpServer();
  const { service, client } = await opened(t, { server });
  const answer = client.infer(ask('held'));
  const held = await server.next();
  strictEqual(service.connections(), 1);
  const stopped = service.stop(10_000);
  held.answer({ outputs: [{ name: 'OUT', datatype: 'FP32', shape: [1], bytes: floats(1) }] });
  deepStrictEqual([(await answer).code, await stopped, service.connections()], [0, true, 0]);
  strictEqual((await client.call('ServerLive', live, {}, { deadlineMs: 2000 })).code, 14);
});

test('an idle connection does not hold up a stop', async (t) => {
  const { service, client } = await opened(t, { server: new MadeUpServer() });
  strictEqual((await client.call('ServerLive', live, {})).code, 0);
  strictEqual(await service.stop(10_000), true);
});

test('a stop that runs out of time cancels what is under way', async (t) => {
  const server = new MadeUpServer();
  const { service, client } = await opened(t, { server });
  const stream = client.stream();
  stream.ask(ask('held'));
  const held = await server.next();
  strictEqual(await service.stop(20), false);
  await held.cancelled;
  ok([1, 13, 14].includes((await stream.status).code));
  strictEqual(await service.stop(20), false, 'a second stop is the first one');
});

/** A client that reads nothing until the test does, with 60 requests of a megabyte, whose answers are as large; the first one waits. */
async function unread(t: TestContext, headers: Record<string, string> = {}) {
  const server = new MadeUpServer();
  const limits = { pings: { strikesMax: 0, everyMs: 0 } };
  const service = await startGrpc({ server, address: '127.0.0.1', port: 0, limits });
  const session = connect(`http://127.0.0.1:${service.port}`, { settings: { initialWindowSize: 65_535 }, maxSessionMemory: 1000 });
  t.after(async () => {
    session.destroy();
    await service.stop(0);
  });
  const usual = { ':method': 'POST', ':path': path('ModelStreamInfer'), 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request({ ...usual, ...headers });
  stream.on('error', () => undefined);
  const write = (model: string) => {
    const message = encodeMessage(inferRequest, { ...ask(model), raw_input_contents: [new Uint8Array(1_000_000)] });
    const head = Buffer.alloc(5);
    head.writeUInt32BE(message.length, 1);
    stream.write(Buffer.concat([head, message]));
  };
  write('decoupled');
  for (let count = 0; count < 60; count += 1) write('identity');
  stream.end();
  const held = await server.next();
  // A ping comes back when the server has seen all that was sent before it and fitted its windows.
  for (let pings = 0; pings < 20; pings += 1) await new Promise((resolve) => session.ping(resolve));
  return { server, stream, held };
}

test('a client that does not read its answers is not read from, until it does', async (t) => {
  const { server, stream, held } = await unread(t);
  ok(server.asked.length < 20, `${server.asked.length} of 61 were taken`);
  held.answer({});
  let bytes = 0;
  stream.on('data', (piece: Buffer) => (bytes += piece.length));
  await once(stream, 'close');
  strictEqual(server.asked.length, 61);
  ok(bytes > 60_000_000);
});

test('a client that cancels is noticed also while it is not read from', async (t) => {
  const { stream, held } = await unread(t);
  stream.close(constants.NGHTTP2_CANCEL);
  await held.cancelled;
});

test('a deadline closes the stream of a client that does not read', async (t) => {
  const { stream, held } = await unread(t, { 'grpc-timeout': '300m' });
  await held.cancelled;
  stream.resume();
  await once(stream, 'close');
});

test('a connection that breaks cancels its calls', async (t) => {
  const server = new MadeUpServer();
  const { service, client } = await opened(t, { server });
  const answer = client.infer(ask('held'));
  const held = await server.next();
  client.close();
  const stopped = service.stop(0);
  await held.cancelled;
  await stopped;
  ok((await answer).code !== 0);
});

test('a connection whose other side does not answer a ping is ended', async (t) => {
  const { service } = await opened(t, {
    server: new MadeUpServer(),
    limits: { keepAlive: { everyMs: 5, timeoutMs: 20, withoutCalls: true } },
  });
  const socket = connectSocket(service.port, '127.0.0.1');
  t.after(() => socket.destroy());
  // The preface of HTTP/2 and empty settings, and then no word more.
  socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])]));
  socket.resume();
  await once(socket, 'close');
  strictEqual(service.connections(), 0);
});

test('one that answers its pings stays', async (t) => {
  const { service, client } = await opened(t, {
    server: new MadeUpServer(),
    limits: { keepAlive: { everyMs: 2, timeoutMs: 5000, withoutCalls: true } },
  });
  for (let calls = 0; calls < 20; calls += 1) strictEqual((await client.call('ServerLive', live, {})).code, 0);
  strictEqual(service.connections(), 1);
});
