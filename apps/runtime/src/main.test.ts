import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { descendants, gone } from '#adapters/runtime/descendants.ts';
import { freePorts } from '#adapters/runtime/free-ports.ts';
import { httpTriton } from '#adapters/triton/client.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const repository = (release: string) => fileURLToPath(new URL(`../../../examples/digits/releases/${release}/repository`, import.meta.url));
const triton = httpTriton();

test('once its port is open its model is ready, and not before', async () => {
  const [http = 0, metrics = 0] = await freePorts(2);
  const process = run(flags('a', http, metrics));
  while (!(await triton.isLive(url(http)))) await sleep(5);
  strictEqual(await triton.isModelReady(url(http), 'digits', '1'), true);
  process.child.kill('SIGTERM');
  await process.ended;
});

test('an idle connection that is kept open does not hold up the end', async () => {
  const [http = 0, metrics = 0] = await freePorts(2);
  const process = run(flags('a', http, metrics));
  while (!(await triton.isLive(url(http)))) await sleep(5);
  const started = performance.now();
  process.child.kill('SIGTERM');
  deepStrictEqual(await process.ended, { code: 0, signal: null });
  ok(performance.now() - started < 15_000);
});

test('requests that take longer than the exit timeout are cut off, and the exit code says so', async () => {
  const [http = 0, metrics = 0, admin = 0] = await freePorts(3);
  const process = run([...flags('a', http, metrics), `--admin-port=${admin}`, '--exit-timeout-secs=1']);
  while (!(await triton.isLive(url(http)))) await sleep(5);
  await fetch(`${url(admin)}/faults`, { method: 'PUT', body: '{"delay":{"fraction":1,"ms":60000}}' });
  const asked = triton.infer(
    url(http),
    'digits',
    { inputs: [{ name: 'pixels', datatype: 'FP32', shape: [1, 64], data: Array(64).fill(1) }] },
    30_000,
  );
  asked.catch(() => undefined);
  await sleep(50);
  process.child.kill('SIGTERM');
  deepStrictEqual(await process.ended, { code: 1, signal: null });
  match(process.says(), /Exit timeout expired\. Exiting immediately\./);
});

test('when its parent is killed, neither it nor its instances stay behind', async () => {
  const [http = 0, metrics = 0] = await freePorts(2);
  const args = JSON.stringify([main, ...flags('a', http, metrics), '--exit-with-parent=true']);
  const parent = spawn(process.execPath, [
    '-e',
    `require('child_process').spawn(process.execPath, ${args}, { stdio: ['pipe', 'ignore', 'ignore'] }); setInterval(() => {}, 1000)`,
  ]);
  while (!(await triton.isLive(url(http)))) await sleep(5);
  const family = descendants(parent.pid ?? 0);
  strictEqual(family.length, 3, 'the runtime, its fork server and its one instance');
  parent.kill('SIGKILL');
  await gone(family);
});

test('when it is killed itself, its instances go', async () => {
  const [http = 0, metrics = 0] = await freePorts(2);
  const runtime = run(flags('a', http, metrics));
  while (!(await triton.isLive(url(http)))) await sleep(5);
  const family = descendants(runtime.child.pid ?? 0);
  strictEqual(family.length, 2, 'its fork server and its one instance');
  runtime.child.kill('SIGKILL');
  await gone(family);
});

test('a port that is taken ends it, in the words of Triton', async () => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  const { port } = blocker.address() as { port: number };
  const runtime = run(flags('a', port, 0));
  deepStrictEqual(await runtime.ended, { code: 1, signal: null });
  blocker.close();
  match(runtime.says(), new RegExp(`failed to start HTTP service: Unavailable - Socket '127.0.0.1:${port}' already in use`));
});

test('flags that it does not know end it, those that change nothing are named in the log', async () => {
  const unknown = run(['--modelrepository=/nowhere']);
  strictEqual((await unknown.ended).code, 1);
  match(unknown.says(), /tritonserver has no flag --modelrepository \(did you mean "--model-repository"\?\); see --help/);

  const threads = run([...flags('a', 0, 0), '--http-thread-count=8']);
  while (!threads.says().includes('Started Metrics Service')) await sleep(5);
  threads.child.kill('SIGTERM');
  await threads.ended;
  match(threads.says(), /--http-thread-count=8 is ignored: conch-embedded has no such thing/);
});

test('two of them may share a port, where both are told to', async (t) => {
  const [http = 0, metrics = 0, others = 0] = await freePorts(3);
  const shared = ['--reuse-http-port=true'];
  const both = [run([...flags('a', http, metrics), ...shared]), run([...flags('a', http, others), ...shared])];
  t.after(() => both.forEach(({ child }) => child.kill('SIGKILL')));
  for (const { child, says } of both) {
    while (child.exitCode === null && !says().includes('Started Metrics Service')) await sleep(5);
    strictEqual(child.exitCode, null, says());
  }
  const answer = await fetch(`http://127.0.0.1:${http}/v2/health/live`);
  strictEqual(answer.status, 200);
});

function flags(release: string, http: number, metrics: number): string[] {
  return [
    `--model-repository=${repository(release)}`,
    '--http-address=127.0.0.1',
    `--http-port=${http}`,
    `--metrics-port=${metrics}`,
    '--exit-on-error=false',
    '--allow-grpc=false',
    '--disable-auto-complete-config',
  ];
}

const url = (port: number) => `http://127.0.0.1:${port}`;

function run(args: readonly string[]): {
  child: ChildProcess;
  ended: Promise<{ code: number | null; signal: string | null }>;
  says(): string;
} {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let says = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    says += chunk.toString();
  });
  return { child, ended: once(child, 'close').then(([code, signal]) => ({ code, signal })), says: () => says };
}
