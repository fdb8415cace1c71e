import { deepStrictEqual, match, notDeepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { freePorts } from '#adapters/runtime/free-ports.ts';
import { ask, behave, dataIn, echoBody, echoed, echoing, misbehave, rssMb, served, spawned, until, withPair } from '../made-up-runtime.ts';

const refusal = { error: 'an error on purpose, as asked for at the admin port' };

test('what is set is told, said once in the log, and once more when it is lifted', async (t) => {
  const { admin, log } = await served(t, echoing(t));
  const said = () => log.filter((line) => /^(On purpose from now on|No more on purpose): /.test(line));
  await misbehave(admin, { stuck: { instances: 1 }, delay: { fraction: 0.5, ms: 1 } });
  await misbehave(admin, { stuck: { instances: 1 }, errors: { fraction: 0 }, seed: 3 });
  deepStrictEqual(JSON.parse((await ask('GET', `${admin}/faults`)).text), {
    stuck: { instances: 1, model: '*' },
    errors: { fraction: 0, model: '*' },
    seed: 3,
  });
  await behave(admin);
  deepStrictEqual(JSON.parse((await ask('GET', `${admin}/faults`)).text), {});
  deepStrictEqual(said(), [
    'On purpose from now on: delay {"fraction":0.5,"ms":1,"model":"*"}',
    'On purpose from now on: stuck {"instances":1,"model":"*"}',
    'No more on purpose: delay',
    'On purpose from now on: errors {"fraction":0,"model":"*"}',
    'No more on purpose: errors',
    'No more on purpose: stuck',
  ]);
});

test('the admin port says what there is, and takes no more than it needs', async (t) => {
  const { admin } = await served(t, echoing(t));
  deepStrictEqual(await ask('POST', `${admin}/faults`), {
    status: 404,
    text: '{"error":"there is GET /faults, PUT /faults and DELETE /faults"}',
  });
  deepStrictEqual(
    (await ask('PUT', `${admin}/faults`, `{"seed":${'1'.repeat(100_000)}}`)).text,
    '{"error":"the body is larger than 65536 bytes"}',
  );
});

test('a fault of one model leaves the others alone, also those that run it', async (t) => {
  const { http, admin } = await served(t, withPair(echoing(t)));
  await misbehave(admin, { errors: { fraction: 1, model: 'pair' } });
  deepStrictEqual([(await echoed(http)).status, JSON.parse((await echoed(http, [1], 'pair')).text)], [200, refusal]);
  await misbehave(admin, { errors: { fraction: 1, model: 'identity' } });
  deepStrictEqual(JSON.parse((await echoed(http)).text), refusal);
  deepStrictEqual(JSON.parse((await echoed(http, [1], 'pair')).text), { error: `in ensemble 'pair', ${refusal.error}` });
  await behave(admin);
  deepStrictEqual([(await echoed(http)).status, (await echoed(http, [1], 'pair')).status], [200, 200]);
});

test('wrong answers have the right shape, come for the fraction asked for, and once for an ensemble', async (t) => {
  const { http, admin } = await served(t, withPair(echoing(t)));
  await misbehave(admin, { wrong: { fraction: 1 } });
  deepStrictEqual(dataIn(await echoed(http, [0, 1, -2])), [1, -1, 2]);
  deepStrictEqual(dataIn(await echoed(http, [0, 1, -2], 'pair')), [1, -1, 2]);
  await misbehave(admin, { wrong: { fraction: 0.5 }, seed: 1 });
  const answers = [];
  for (let count = 0; count < 40; count += 1) answers.push(dataIn(await echoed(http, [5]))[0]);
  const wrong = answers.filter((answer) => answer === -5).length;
  ok(wrong > 8 && wrong < 32, `${wrong} of 40 were wrong`);
  await behave(admin);
  deepStrictEqual(dataIn(await echoed(http, [0, 1, -2])), [0, 1, -2]);
});

test('a wrong answer is not what the cache keeps', async (t) => {
  const { http, admin } = await served(t, echoing(t, { more: 'response_cache { enable: true }' }), '--cache-config=local,size=1000000');
  await misbehave(admin, { wrong: { fraction: 1 } });
  notDeepStrictEqual(dataIn(await echoed(http, [7])), [7]);
  await behave(admin);
  deepStrictEqual(dataIn(await echoed(http, [7])), [7]);
});

test('a load fails as many times as asked for, and then no more', async (t) => {
  const { http, admin } = await served(t, echoing(t), '--model-control-mode=explicit');
  const load = () => ask('POST', `${http}/v2/repository/models/identity/load`);
  await misbehave(admin, { loads: { failTimes: 2 } });
  for (let count = 0; count < 2; count += 1) {
    const { status, text } = await load();
    strictEqual(status, 400);
    match(text, /Internal: a load that fails on purpose, as asked for at the admin port/);
    match(
      (await ask('POST', `${http}/v2/repository/index`)).text,
      /"state":"UNAVAILABLE","reason":"Internal: a load that fails on purpose/,
    );
  }
  strictEqual((await load()).status, 200);
  strictEqual((await echoed(http)).status, 200);
});

test('a slow load is loading until its time is over, or it is lifted', async (t) => {
  const { http, admin } = await served(t, echoing(t), '--model-control-mode=explicit', '--faults={"loads":{"delayMs":600000}}');
  const loaded = ask('POST', `${http}/v2/repository/models/identity/load`);
  await until(async () => (await ask('POST', `${http}/v2/repository/index`)).text.includes('"state":"LOADING"'));
  strictEqual((await ask('GET', `${http}/v2/health/ready`)).status, 400);
  strictEqual((await echoed(http)).status, 404);
  await behave(admin);
  strictEqual((await loaded).status, 200);
  strictEqual((await echoed(http)).status, 200);
});

test('faults from the start meet the first loads, and the admin port that lifts them is open by then', async (t) => {
  const [port] = await freePorts(1);
  const admin = `http://127.0.0.1:${port}`;
  const starting = served(t, echoing(t), `--admin-port=${port}`, '--faults={"loads":{"delayMs":600000}}');
  const told = { loads: { delayMs: 600_000, failTimes: 0, model: '*' } };
  const isTold = () =>
    ask('GET', `${admin}/faults`).then(
      ({ text }) => text === JSON.stringify(told),
      () => false,
    );
  await until(isTold);
  await behave(admin);
  strictEqual((await echoed((await starting).http)).status, 200);
});

test('a stuck instance keeps its batch while the others serve, and answers when it is lifted', async (t) => {
  const { http, metrics, admin } = await served(t, echoing(t, { instances: 2 }));
  await misbehave(admin, { stuck: { instances: 1 } });
  let isAnswered = false;
  const kept = echoed(http, [3]).finally(() => {
    isAnswered = true;
  });
  for (let count = 0; count < 5; count += 1) strictEqual((await echoed(http)).status, 200);
  match((await ask('GET', `${metrics}/metrics`)).text, /nv_inference_request_success\{model="identity",version="1"\} 5\n/);
  strictEqual(isAnswered, false);
  await behave(admin);
  deepStrictEqual(dataIn(await kept), [3]);
});

test('where all instances are stuck the queue grows, is refused when it is full, and is served when they are lifted', async (t) => {
  const repository = echoing(t, { batchMax: 1, more: 'dynamic_batching { default_queue_policy { max_queue_size: 3 } }' });
  const { http, metrics, admin } = await served(t, repository);
  await misbehave(admin, { stuck: { instances: 1, model: 'identity' } });
  const asked = Array.from({ length: 6 }, () => echoed(http));
  await until(async () => (await ask('GET', `${metrics}/metrics`)).text.includes('pending_request_count{model="identity",version="1"} 3'));
  strictEqual((await echoed(http)).status, 503);
  await behave(admin);
  deepStrictEqual(
    (await Promise.all(asked)).map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 200, 200, 200, 503, 503],
  );
});

test('a stuck instance that is killed fails its batch, comes back, and the next one that takes a batch is stuck', async (t) => {
  const { http, admin, log } = await served(t, echoing(t));
  const stuck = { stuck: { instances: 1 } };
  await misbehave(admin, stuck);
  const kept = echoed(http);
  await misbehave(admin, { ...stuck, crash: { of: 'instances', afterMs: 0 } });
  deepStrictEqual(await kept, {
    status: 500,
    text: `{"error":"Failed to process the request(s) for model instance 'identity_0_0', message: its process ended by SIGKILL"}`,
  });
  await until(() => log.some((line) => line.includes('is back')));
  const next = echoed(http);
  await behave(admin);
  strictEqual((await next).status, 200);
});

test('slow under load: the more wait, the longer one takes, and it shows as computing', async (t) => {
  const { http, metrics, admin } = await served(t, echoing(t, { batchMax: 1 }));
  const computedUs = async () =>
    Number(/nv_inference_compute_infer_duration_us\{[^}]*\} (\d+)/.exec((await ask('GET', `${metrics}/metrics`)).text)?.[1]);
  await echoed(http);
  const slow = { slowUnderLoad: { msPerWaiting: 40, msMax: 80 } };
  await misbehave(admin, { ...slow, stuck: { instances: 1 } });
  const asked = Array.from({ length: 5 }, () => echoed(http));
  await until(async () => (await ask('GET', `${metrics}/metrics`)).text.includes('pending_request_count{model="identity",version="1"} 4'));
  const [startedMs, before] = [performance.now(), await computedUs()];
  await misbehave(admin, slow);
  await Promise.all(asked);
  // When they begin four, three, two, one and none wait, and two are the most that count.
  ok(performance.now() - startedMs >= 270, `they took ${performance.now() - startedMs} ms`);
  ok((await computedUs()) - before >= 270_000, `computing took ${(await computedUs()) - before} µs`);
});

test('instances that pause and are slower by a factor let the queue grow', async (t) => {
  const { http, metrics, admin } = await served(t, echoing(t, { batchMax: 1 }));
  await misbehave(admin, { queueGrowth: { pauseMs: 600_000, factor: 2 } });
  const asked = Array.from({ length: 4 }, () => echoed(http));
  await until(async () => (await ask('GET', `${metrics}/metrics`)).text.includes('pending_request_count{model="identity",version="1"} 3'));
  await behave(admin);
  deepStrictEqual(
    (await Promise.all(asked)).map(({ status }) => status),
    [200, 200, 200, 200],
  );
});

test('a leak grows the process by what each request leaves, up to its bound, and is given back', async (t) => {
  const { http, admin, pid, says } = await spawned(t, echoing(t));
  await echoed(http);
  const before = rssMb(pid);
  await misbehave(admin, { leak: { bytesPerRequest: 16 * 2 ** 20, bytesMax: 320 * 2 ** 20 } });
  for (let count = 0; count < 10; count += 1) await echoed(http);
  ok(rssMb(pid) - before > 130, `it grew by ${rssMb(pid) - before} MB`);
  for (let count = 0; count < 30; count += 1) await echoed(http);
  ok(rssMb(pid) - before < 500, `it grew by ${rssMb(pid) - before} MB`);
  match(says(), /On purpose: the leak has reached 335544320 bytes, and grows no more/);
  await behave(admin);
  ok(rssMb(pid) - before < 150, `${rssMb(pid) - before} MB are left`);
});

test('faults of batches show over HTTP as they do for many at once', async (t) => {
  const { http, admin } = await served(t, echoing(t, { more: 'dynamic_batching { }' }));
  await misbehave(admin, { wrong: { fraction: 1 }, queueGrowth: { pauseMs: 5 } });
  const answers = await Promise.all([1, 2, 3, 4].map((value) => ask('POST', `${http}/v2/models/identity/infer`, echoBody([value]))));
  deepStrictEqual(answers.map(dataIn), [[-1], [-2], [-3], [-4]]);
});

test('a load that fails on purpose is tried again as often as a flag says, and comes then', async (t) => {
  const { http, admin, log } = await served(t, echoing(t), '--model-control-mode=explicit', '--model-load-retry-count=2');
  const load = () => ask('POST', `${http}/v2/repository/models/identity/load`, '');
  await misbehave(admin, { loads: { failTimes: 3 } });
  strictEqual((await load()).status, 400);
  await misbehave(admin, {});
  await misbehave(admin, { loads: { failTimes: 2 } });
  strictEqual((await load()).status, 200);
  deepStrictEqual(log.filter((line) => line.startsWith("failed to load 'identity' version 1")).length, 5);
});
