import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { askServer } from './ask-server.ts';

const patienceMs = 10_000;

async function listening(t: TestContext, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const http = (t: TestContext, listener: RequestListener): Promise<string> => listening(t, createHttp(listener));
const tcp = (t: TestContext, greet: (socket: Socket) => void): Promise<string> => listening(t, createServer(greet));

test('it asks for health, metadata, index, and each version that serves; it only reads', async (t) => {
  const asked: string[] = [];
  const index = [
    { name: 'a', version: '2', state: 'READY' },
    { name: 'b', version: '1', state: 'UNAVAILABLE', reason: 'x' },
    { name: 'c' },
    { name: '../v2/repository/models/c/load', version: '1', state: 'READY' },
  ];
  const url = await http(t, (request, reply) => {
    asked.push(`${request.method} ${request.url} ${request.headers['x-key']}`);
    reply.end(request.url === '/v2/repository/index' ? JSON.stringify(index) : '{}');
  });
  const { versions } = await askServer({ url, patienceMs, headers: { 'x-key': 'k' } });
  deepStrictEqual(asked.sort(), [
    'GET /v2 k',
    'GET /v2/health/live k',
    'GET /v2/health/ready k',
    'GET /v2/models/a/versions/2/config k',
    'GET /v2/models/a/versions/2/ready k',
    'POST /v2/repository/index k',
  ]);
  strictEqual(versions.length, 1);
});

test('where nobody listens, nothing more is asked', async (t) => {
  const server = createServer();
  const url = await listening(t, server);
  server.close();
  await once(server, 'close');
  const { live, ready } = await askServer({ url, patienceMs });
  deepStrictEqual([live, ready], [{ is: 'refused' }, { is: 'not-asked' }]);
});

test('silence ends with the time that a probe may take', async (t) => {
  const { live } = await askServer({ url: await tcp(t, () => undefined), patienceMs: 100 });
  ok(live.is === 'late' && live.afterMs >= 90, JSON.stringify(live));
});

test('a body that never ends, drop by drop, ends with that time too', async (t) => {
  const url = await http(t, (_, reply) => {
    const drip = setInterval(() => reply.write('x'), 5);
    reply.on('close', () => clearInterval(drip));
  });
  strictEqual((await askServer({ url, patienceMs: 200 })).live.is, 'late');
});

test('a body that is too large is read to a bound, and said to be more', async (t) => {
  const page = Buffer.alloc(1024 * 1024, 'x');
  const url = await http(t, (request, reply) => {
    if (request.url !== '/v2') return reply.end();
    const pour = (): void => {
      while (!reply.destroyed && reply.write(page));
    };
    reply.on('drain', pour);
    return pour();
  });
  const { server } = await askServer({ url, patienceMs });
  ok(server.is === 'answer' && !server.isWhole && server.body.length === 4 * 1024 * 1024);
});

test('a redirect is told, not followed', async (t) => {
  let asked = 0;
  const url = await http(t, (_, reply) => {
    asked += 1;
    reply.writeHead(302, { location: '/elsewhere' }).end();
  });
  const { live } = await askServer({ url, patienceMs });
  deepStrictEqual([live, asked], [{ is: 'answer', status: 302, body: '', isWhole: true, location: '/elsewhere' }, 4]);
});

test('what is not HTTP is given by its first bytes', async (t) => {
  const url = await tcp(t, (socket) => socket.write('SSH-2.0-x\r\n'));
  deepStrictEqual((await askServer({ url, patienceMs })).live, { is: 'not-http', starts: 'SSH-2.0-x\r\n' });
});

test('a connection that is closed without a word is told as such', async (t) => {
  const url = await tcp(t, (socket) => socket.once('data', () => socket.destroy()));
  strictEqual((await askServer({ url, patienceMs })).live.is, 'hung-up');
});

test('TLS asked of a port that speaks none is told as such', async (t) => {
  const url = await tcp(t, (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
  strictEqual((await askServer({ url: url.replace('http:', 'https:'), patienceMs })).live.is, 'no-tls');
});

test('a probe that is interrupted ends', async (t) => {
  const url = await tcp(t, () => undefined);
  strictEqual((await askServer({ url, patienceMs, signal: AbortSignal.timeout(20) })).live.is, 'late');
});
