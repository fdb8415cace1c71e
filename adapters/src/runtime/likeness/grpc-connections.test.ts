import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type ClientHttp2Session, connect, type SecureClientSessionOptions } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { certificates } from './made-up-certificates.ts';
import { type LikenessServer, startExplicit } from './servers.ts';

/** Seen from a client: what was answered and how the connection was ended, in order. */
class Client {
  readonly seen: string[] = [];
  readonly #session: ClientHttp2Session;

  private constructor(session: ClientHttp2Session) {
    this.#session = session;
    session.on('goaway', (code, _last, data) => this.seen.push(`goaway ${code} ${data?.toString() ?? ''}`));
    session.on('error', () => undefined);
  }

  /** Throws when there is no connection to be had. */
  static async open({ grpc }: LikenessServer, tls?: SecureClientSessionOptions): Promise<Client> {
    const session = connect(`${tls ? 'https' : 'http'}://${grpc}`, tls);
    await new Promise((resolve, reject) => session.once('remoteSettings', resolve).once('error', reject).once('close', reject));
    return new Client(session);
  }

  get isOpen(): boolean {
    return !this.#session.closed && !this.#session.destroyed;
  }

  async ping(count: number): Promise<void> {
    for (let sent = 0; sent < count && this.isOpen; sent += 1) {
      this.seen.push(await new Promise<string>((resolve) => this.#session.ping((thrown) => resolve(thrown ? 'no pong' : 'pong'))));
      await sleep(50);
    }
  }

  async call(): Promise<void> {
    const stream = this.#stream('ServerLive');
    const status = new Promise((resolve) =>
      stream.on('trailers', (trailers) => resolve(trailers['grpc-status'])).on('close', () => resolve('none')),
    );
    stream.resume().end(Buffer.alloc(5));
    this.seen.push(`status ${String(await status)}`);
  }

  /** A call that never ends by itself; tells when it was ended. */
  hang(): Promise<void> {
    const stream = this.#stream('ModelStreamInfer').resume();
    stream.on('error', () => undefined);
    return new Promise((resolve) => stream.once('close', resolve));
  }

  close(): void {
    this.#session.destroy();
  }

  #stream(method: string) {
    return this.#session.request({
      ':method': 'POST',
      ':path': `/inference.GRPCInferenceService/${method}`,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
  }
}

const emptyRepository = (): string => mkdtempSync(join(tmpdir(), 'conch-likeness-'));

/** What a client sees that does this, at both. */
async function same(both: readonly LikenessServer[], act: (client: Client) => Promise<void>): Promise<readonly string[]> {
  const [mine, real] = await Promise.all(
    both.map(async (server) => {
      const client = await Client.open(server);
      await act(client);
      client.close();
      return client.seen;
    }),
  );
  deepStrictEqual(mine, real);
  return mine ?? [];
}

const pongs = (count: number): readonly string[] => Array<string>(count).fill('pong');

test('a client that pings too often is told to calm down, and loses its connection', async (t) => {
  const both = await startExplicit(t, emptyRepository());
  if (!both) return;
  const cutOff = [...pongs(4), 'goaway 11 too_many_pings'];
  deepStrictEqual(await same(both, (client) => client.ping(6)), cutOff);
  const after = await same(both, async (client) => {
    await client.call();
    await client.ping(6);
  });
  deepStrictEqual(after, ['status 0', ...cutOff]);
  await t.test('unless it is answered something in between', async () => {
    const seen = await same(both, async (client) => {
      for (let round = 0; round < 4; round += 1) {
        await client.ping(3);
        await client.call();
      }
    });
    strictEqual(seen.filter((one) => one.startsWith('goaway')).length, 0);
  });
});

const lenient: Readonly<Record<string, readonly string[]>> = {
  'no limit': ['--grpc-http2-max-ping-strikes=0'],
  'a short interval': ['--grpc-http2-min-recv-ping-interval-without-data=20', '--grpc-keepalive-permit-without-calls=true'],
};

for (const [says, flags] of Object.entries(lenient))
  test(`pings by the flags: ${says}`, async (t) => {
    const both = await startExplicit(t, emptyRepository(), flags);
    if (both) deepStrictEqual(await same(both, (client) => client.ping(8)), pongs(8));
  });

test('an old connection is told to go away, and ends when its calls have or their grace has', async (t) => {
  const both = await startExplicit(t, emptyRepository(), ['--grpc-max-connection-age=800', '--grpc-max-connection-age-grace=600']);
  if (!both) return;
  const tookMs = await Promise.all(
    both.map(async (server) => {
      const client = await Client.open(server);
      const startMs = performance.now();
      await client.call();
      await client.hang();
      deepStrictEqual(client.seen.slice(0, 2), ['status 0', 'goaway 0 '], server.name);
      return performance.now() - startMs;
    }),
  );
  for (const ms of tookMs) ok(ms > 1200, `ended after ${ms} ms`);
});

test('over TLS, with and without a certificate of the client', async (t) => {
  const folder = emptyRepository();
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const flag = (name: string, text: string): string => {
    const file = join(folder, `${name}.pem`);
    writeFileSync(file, text);
    return `--${name}=${file}`;
  };
  const files = [
    flag('grpc-server-cert', certificates.server),
    flag('grpc-server-key', certificates.serverKey),
    flag('grpc-root-cert', certificates.root),
  ];
  const trusting = { ca: certificates.root };
  const known = { ...trusting, cert: certificates.client, key: certificates.clientKey };
  const strange = { ...trusting, cert: certificates.root };
  await t.test('with --grpc-use-ssl', async (t) => {
    const both = (await startExplicit(t, emptyRepository(), ['--grpc-use-ssl=true', ...files])) ?? [];
    for (const server of both) {
      strictEqual(await outcome(server, trusting), 'status 0', server.name);
      strictEqual(await outcome(server, known), 'status 0', server.name);
      match(await outcome(server, {}), /UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED|UNABLE_TO_GET_ISSUER/, server.name);
      strictEqual(await outcome(server), 'refused', server.name);
    }
  });
  await t.test('with --grpc-use-ssl-mutual, which alone is enough', async (t) => {
    const both = (await startExplicit(t, emptyRepository(), ['--grpc-use-ssl-mutual=true', ...files])) ?? [];
    for (const server of both) {
      strictEqual(await outcome(server, known), 'status 0', server.name);
      for (const options of [trusting, strange]) strictEqual(await heard(server, options), 0, server.name);
      ok((await heard(server, known)) > 0, server.name);
    }
  });
});

/** How many bytes a client hears of a server over TLS before that hangs up, or a while has passed. Node's HTTP/2 does not tell of one that hangs up so early. */
async function heard({ grpc }: LikenessServer, options: SecureClientSessionOptions): Promise<number> {
  const [host, port] = grpc.split(':');
  const socket = connectTls({ host: host ?? '', port: Number(port), ALPNProtocols: ['h2'], ...options });
  let bytes = 0;
  socket.on('data', (piece: Buffer) => (bytes += piece.length)).on('error', () => undefined);
  await Promise.race([new Promise((resolve) => socket.once('close', resolve)), sleep(500)]);
  socket.destroy();
  return bytes;
}

async function outcome(server: LikenessServer, tls?: SecureClientSessionOptions): Promise<string> {
  try {
    const client = await Client.open(server, tls);
    await client.call();
    client.close();
    return client.seen[0] ?? 'nothing';
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
    return ['', 'ECONNRESET', 'EPIPE', 'ERR_HTTP2_SESSION_ERROR', 'ERR_HTTP2_ERROR'].includes(code) ? 'refused' : code;
  }
}
