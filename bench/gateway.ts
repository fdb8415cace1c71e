// What the gateway costs: requests that one core of it carries, and the time it adds. The server behind it is a stub that answers at once.
//   node bench/gateway.ts            about half a minute
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import type { Figures } from '#adapters/load/figures.ts';
import { openLoop } from '#adapters/load/open-loop.ts';
import { gatewayAnnounced } from '#core/traffic/wire.ts';

const body = JSON.stringify({
  inputs: [{ name: 'pixels', datatype: 'FP32', shape: [1, 64], data: Array.from({ length: 64 }, (_, index) => index % 17) }],
});
const answer = JSON.stringify({
  model_name: 'digits',
  model_version: '1',
  outputs: [{ name: 'scores', datatype: 'FP32', shape: [1, 10], data: Array.from({ length: 10 }, (_, index) => index / 10) }],
});
const path = '/v2/models/digits/infer';
const connections = 32;
const secondsEach = 5;
const rate = 500;
const rounds = 9;

if (process.argv[2] === 'serve') serveStub();
else await measure();

async function measure(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'conch-bench-'));
  const stub = spawn(process.execPath, [import.meta.filename, 'serve'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const direct = String((await once(stub.stdout, 'data'))[0]).trim();
  const servers = [{ server: 's1', incarnation: '1', model: 'digits', pool: 'p', http: direct }];
  mkdirSync(join(home, 'run', 'endpoints'), { recursive: true });
  writeFileSync(join(home, 'run', 'endpoints', 'a.json'), JSON.stringify({ agent: 'a', incarnation: '1', endpoints: servers }));
  const main = join(import.meta.dirname, '../apps/gateway/src/main.ts');
  const gateway = spawn(process.execPath, [main, '--home', home, '--port', '0', '--id', 'b'], { stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    const file = join(home, 'run', 'gateway-b.json');
    while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 20));
    const { client, admin } = gatewayAnnounced.parse(JSON.parse(readFileSync(file, 'utf8')));
    const release = `sha256:${'a'.repeat(64)}`;
    const route = {
      model: 'digits',
      generation: 1,
      arms: [{ arm: 'stable', pool: 'p', release }],
      split: { stable: 100 },
      leaseMs: 'none',
      edgesMs: [1, 10],
    };
    await request(`${admin}/v1/routes/digits`, { method: 'PUT', body: JSON.stringify({ route, generation: 1 }) });

    await closedLoop(client, 2);
    const cpuBefore = await cpuMsOf(admin);
    const carried = await closedLoop(client, secondsEach);
    const cpuMs = (await cpuMsOf(admin)) - cpuBefore;
    const through: Figures[] = [];
    const straight: Figures[] = [];
    for (let round = 0; round < rounds; round++) {
      through.push(await openLoopAt(client));
      straight.push(await openLoopAt(direct));
    }

    const perCore = Math.round(carried / (cpuMs / 1000));
    const [p50, p99] = (['p50Ms', 'p99Ms'] as const).map((name) => ({
      through: medianOf(through, name),
      direct: medianOf(straight, name),
    }));
    console.log(`node bench/gateway.ts    Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'})`);
    console.log(
      `${perCore} requests a second on one core (${carried} in ${secondsEach} s over ${connections} connections, ${cpuMs} ms of CPU)`,
    );
    console.log(`at ${rate} requests/s: p50 ${words(p50)}; p99 ${words(p99)}; medians of ${rounds} rounds`);
  } finally {
    gateway.kill();
    stub.kill();
    rmSync(home, { recursive: true, force: true });
  }
}

async function cpuMsOf(admin: string): Promise<number> {
  const { body } = await request(`${admin}/v1/status`);
  return ((await body.json()) as { cpuMs: number }).cpuMs;
}

function medianOf(figures: readonly Figures[], name: 'p50Ms' | 'p99Ms'): number {
  return figures.map((figure) => figure[name]).sort((a, b) => a - b)[Math.floor(figures.length / 2)] ?? 0;
}

function words({ through, direct } = { through: 0, direct: 0 }): string {
  const added = through - direct;
  return `${added < 0 ? '' : '+'}${added.toFixed(2)} ms (${through.toFixed(2)} through, ${direct.toFixed(2)} direct)`;
}

function openLoopAt(url: string): Promise<Figures> {
  return openLoop({ url, bodies: () => ({ path, body }), rate, arrival: 'poisson', seed: 1, requests: rate }).done;
}

/** Each connection sends its next request when it has the answer; how many were answered. Bare sockets, so that this side is cheap. */
async function closedLoop(url: string, seconds: number): Promise<number> {
  const { hostname, port } = new URL(url);
  const head = `POST ${path} HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  const until = performance.now() + seconds * 1000;
  let answered = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(Number(port), hostname).setNoDelay();
      eachMessage(socket, () => {
        answered += 1;
        if (performance.now() < until) socket.write(head + body);
        else socket.destroy();
      });
      socket.write(head + body);
      await once(socket, 'close');
    }),
  );
  return answered;
}

function serveStub(): void {
  const whole = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(answer)}\r\n\r\n${answer}`;
  const server = createServer((socket) => {
    socket.setNoDelay().on('error', () => {});
    eachMessage(socket, () => void socket.write(whole));
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    console.log(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
  });
}

/** Only what both sides of this bench send: one message at a time, with a content-length. */
function eachMessage(socket: Socket, arrived: () => void): void {
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
    const end = text.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
    if (text.length < end + 4 + length) return;
    text = '';
    arrived();
  });
}
