import { deepStrictEqual, match, rejects, strictEqual } from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { message } from '#core/kserve/grpc/message-schema.ts';
import { readyResponse } from '#core/kserve/grpc/service-messages.ts';
import { GrpcClient } from '../grpc/made-up-client.ts';
import { ask, behave, echoed, echoing, misbehave, served, spawned, until, withPair } from '../made-up-runtime.ts';

test('health that lies says no over both protocols, and only where asked for', async (t) => {
  const { http, admin, grpc } = await served(t, withPair(echoing(t)));
  const statuses = async () => ({
    live: (await ask('GET', `${http}/v2/health/live`)).status,
    ready: (await ask('GET', `${http}/v2/health/ready`)).status,
    identity: (await ask('GET', `${http}/v2/models/identity/ready`)).status,
    pair: (await ask('GET', `${http}/v2/models/pair/ready`)).status,
  });
  const isReady = readyOver(t, grpc);
  await misbehave(admin, { health: { live: false } });
  deepStrictEqual([await statuses(), await isReady()], [{ live: 400, ready: 200, identity: 200, pair: 200 }, true]);
  await misbehave(admin, { health: { ready: false, models: false, model: 'pair' } });
  deepStrictEqual([await statuses(), await isReady()], [{ live: 200, ready: 400, identity: 200, pair: 400 }, false]);
  await behave(admin);
  deepStrictEqual([await statuses(), await isReady()], [{ live: 200, ready: 200, identity: 200, pair: 200 }, true]);
});

test('health that hangs answers when it is lifted, and inference goes on meanwhile', async (t) => {
  const { http, admin, grpc } = await served(t, echoing(t));
  await misbehave(admin, { health: { live: 'hang', ready: 'hang' } });
  let answered = 0;
  const counted = <T>(answer: Promise<T>): Promise<T> => answer.finally(() => (answered += 1));
  const live = counted(ask('GET', `${http}/v2/health/live`));
  const ready = counted(readyOver(t, grpc)());
  strictEqual((await echoed(http)).status, 200);
  strictEqual((await ask('GET', `${http}/v2/models/identity/ready`)).status, 200);
  strictEqual(answered, 0);
  await behave(admin);
  deepStrictEqual([(await live).status, await ready], [200, true]);
});

test('metrics that are gone: the port is closed, answers nothing, an error, or never; and all is back when it is lifted', async (t) => {
  const { http, metrics, admin } = await served(t, echoing(t));
  await echoed(http);
  const scrape = () => ask('GET', `${metrics}/metrics`);
  const isBack = async () => match((await scrape()).text, /nv_inference_request_success\{model="identity",version="1"\} \d+\n/);
  await misbehave(admin, { metricsGone: { how: 'closed' } });
  await rejects(scrape(), { code: 'ECONNREFUSED' });
  strictEqual((await echoed(http)).status, 200);
  await behave(admin);
  await isBack();
  await misbehave(admin, { metricsGone: { how: 'empty' } });
  deepStrictEqual(await scrape(), { status: 200, text: '' });
  await misbehave(admin, { metricsGone: { how: 'error' } });
  strictEqual((await scrape()).status, 500);
  await misbehave(admin, { metricsGone: { how: 'hang' } });
  const hung = scrape();
  strictEqual((await echoed(http)).status, 200);
  await behave(admin);
  match((await hung).text, /nv_inference_request_success/);
  await isBack();
});

test('a crash of the server ends it as asked for: by a code, or by a signal', async (t) => {
  const repository = echoing(t);
  const [coded, signalled] = await Promise.all([spawned(t, repository), spawned(t, repository)]);
  await misbehave(coded.admin, { crash: { exitCode: 7 } });
  await misbehave(signalled.admin, { crash: { signal: 'SIGABRT', afterMs: 200 } });
  deepStrictEqual(await coded.ended, { code: 7, signal: null });
  deepStrictEqual(await signalled.ended, { code: null, signal: 'SIGABRT' });
  match(signalled.says(), /A crash on purpose: /);
});

test('a crash that is lifted before its time does not come', async (t) => {
  const { http, admin } = await served(t, echoing(t));
  await misbehave(admin, { crash: { of: 'instances', afterMs: 2000 } });
  await behave(admin);
  await misbehave(admin, { delay: { fraction: 1, ms: 2100 } });
  strictEqual((await echoed(http)).status, 200);
  await behave(admin);
});

test('instances that crash come back', async (t) => {
  const { http, admin, log } = await served(t, echoing(t, { instances: 2 }));
  await misbehave(admin, { crash: { of: 'instances', signal: 'SIGSEGV', model: 'identity' } });
  await until(() => log.filter((line) => line.includes('is back')).length === 2);
  strictEqual(log.filter((line) => line.includes("of model 'identity' ended by SIGSEGV, starting it again")).length, 2);
  strictEqual((await echoed(http)).status, 200);
});

function readyOver(t: TestContext, port: number): () => Promise<boolean | undefined> {
  const client = new GrpcClient(port);
  t.after(() => client.close());
  return async () => (await client.call('ServerReady', [message({}), readyResponse], {})).value?.ready;
}
