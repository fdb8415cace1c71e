import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { connect } from 'node:http2';
import { test, type TestContext } from 'node:test';
import { descendants, gone } from '#adapters/runtime/descendants.ts';
import { ask, behave, echoBody, echoed, echoing, instancesOf, misbehave, type Spawned, spawned, until } from './made-up-runtime.ts';
import { largeInfer, rawClient } from './made-up-sockets.ts';

test('a log on a full disk stops nothing', async (t) => {
  const { http, admin, pid, child, ended } = await spawned(t, echoing(t), ['--log-file=/dev/full']);
  for (const instance of instancesOf(pid)) process.kill(instance, 'SIGKILL');
  // One that comes before anybody has noticed fails with the instance.
  await until(async () => (await echoed(http)).status === 200);
  await misbehave(admin, { errors: { fraction: 1 } });
  strictEqual((await echoed(http)).status, 500);
  child.kill('SIGTERM');
  deepStrictEqual(await ended, { code: 0, signal: null });
});

test('without descriptors left it serves on, says why an instance does not come back, and has it back when there are some', async (t) => {
  const { http, pid, says } = await spawned(t, echoing(t), [], 'ulimit -n 150');
  const keptAlive = await rawClient(t, http);
  const infer = `POST /v2/models/identity/infer HTTP/1.1\r\nContent-Length: ${echoBody([1]).length}\r\n\r\n${echoBody([1])}`;
  keptAlive.read().say(infer);
  await until(() => keptAlive.answers() === 1);
  const crowd = await Promise.all(Array.from({ length: 300 }, () => rawClient(t, http)));
  for (const client of crowd) client.read();
  // Those for which there is no descriptor are closed at once.
  await until(() => crowd.some(({ isClosed }) => isClosed));
  keptAlive.say(infer);
  await until(() => keptAlive.answers() === 2);
  for (const instance of instancesOf(pid)) process.kill(instance, 'SIGKILL');
  await until(() => /did not come back: .*cannot be started: spawn .* EMFILE|is back/.test(says()));
  for (const { socket } of crowd) socket.destroy();
  await until(async () => (await echoed(http)).status === 200);
});

test('asked to end in the midst of clients that dawdle, it answers what is under way and ends well', async (t) => {
  const runtime = await spawned(t, echoing(t));
  const { http, admin, child, ended, pid } = runtime;
  await crowdOn(t, runtime);
  await misbehave(admin, { stuck: { instances: 1 } });
  const asked = Array.from({ length: 5 }, (_, index) => echoed(http, [index]));
  await until(() => runtime.says().includes('is stuck with a batch'));
  const family = descendants(pid);
  child.kill('SIGTERM');
  await until(() => runtime.says().includes('Waiting for in-flight requests to complete.'));
  await behave(admin);
  const answers = await Promise.allSettled(asked);
  // One that had not been read when the end came finds its connection closed; whoever is with the server is answered.
  ok(answers.some((answer) => answer.status === 'fulfilled'));
  for (const answer of answers) if (answer.status === 'fulfilled') strictEqual(answer.value.status, 200);
  deepStrictEqual(await ended, { code: 0, signal: null });
  await gone(family);
});

test('asked to end while everything hangs, it ends when its time is over, and leaves nothing behind', async (t) => {
  const repository = echoing(t, { instances: 2 });
  const runtime = await spawned(t, repository, ['--exit-timeout-secs=1', '--model-control-mode=explicit', '--load-model=identity']);
  const { http, grpc, admin, child, ended, pid, says } = runtime;
  await crowdOn(t, runtime);
  await misbehave(admin, { stuck: { instances: 1 }, health: { live: 'hang' }, metricsGone: { how: 'hang' } });
  const hung = [echoed(http), ask('GET', `${http}/v2/health/live`), ask('GET', `${runtime.metrics}/metrics`)];
  for (const one of hung) one.catch(() => undefined);
  await until(() => says().includes('is stuck with a batch'));
  // Loaded anew, the old version would serve its stuck batch out before it goes.
  const config = JSON.stringify({
    name: 'identity',
    backend: 'onnxruntime',
    max_batch_size: 4,
    input: [{ name: 'x', data_type: 'TYPE_FP32', dims: [-1] }],
    output: [{ name: 'x_out', data_type: 'TYPE_FP32', dims: [-1] }],
    instance_group: [{ count: 1, kind: 'KIND_CPU' }],
  });
  strictEqual((await ask('POST', `${http}/v2/repository/models/identity/load`, JSON.stringify({ parameters: { config } }))).text, '');
  const unread = await rawClient(t, http);
  for (let count = 0; count < 4; count += 1) unread.say(largeInfer(1_000_000));
  const session = connect(`http://127.0.0.1:${grpc}`);
  session.on('error', () => undefined);
  t.after(() => session.destroy());
  session
    .request({ ':method': 'POST', ':path': '/inference.GRPCInferenceService/ModelStreamInfer', te: 'trailers' })
    .on('error', () => undefined);
  await new Promise((resolve) => session.ping(resolve));
  const family = descendants(pid);
  strictEqual(instancesOf(pid).length, 3);
  child.kill('SIGTERM');
  deepStrictEqual(await ended, { code: 1, signal: null });
  match(says(), /Exit timeout expired\. Exiting immediately\./);
  await gone(family);
});

/** Idle ones, such as have said half a head, and such as were half closed. */
async function crowdOn(t: TestContext, { http }: Spawned): Promise<void> {
  const clients = await Promise.all(Array.from({ length: 60 }, () => rawClient(t, http)));
  for (const [index, client] of clients.entries()) {
    if (index % 3 === 1) client.say('GET /v2/health');
    if (index % 3 === 2) client.say('POST / HTTP/1.1\r\nContent-').socket.end();
  }
}
