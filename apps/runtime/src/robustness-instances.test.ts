import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { descendants } from '#adapters/runtime/descendants.ts';
import { floats, GrpcClient } from './grpc/made-up-client.ts';
import { ask, behave, dataIn, echoed, echoing, instancesOf, misbehave, served, until, withPair } from './made-up-runtime.ts';

const gone = /^Failed to process the request\(s\) for model instance 'identity_0_0', message: its process ended by SIGKILL$/;
const errorIn = ({ text }: { readonly text: string }): string => (JSON.parse(text) as { error: string }).error;
const pending = async (metrics: string): Promise<number> =>
  Number(/pending_request_count\{model="identity",version="1"\} (\d+)/.exec((await ask('GET', `${metrics}/metrics`)).text)?.[1]);
const isStuck = (log: readonly string[]): boolean => log.some((line) => line.includes('is stuck with a batch'));
const killAll = (): void => instancesOf(process.pid).forEach((pid) => process.kill(pid, 'SIGKILL'));

test('an instance killed in mid-batch fails that batch over both protocols; what waits is answered when it is back', async (t) => {
  const { http, grpc, metrics, admin, log } = await served(
    t,
    echoing(t, { more: 'dynamic_batching { max_queue_delay_microseconds: 600000000 preferred_batch_size: [ 2 ] }' }),
  );
  await misbehave(admin, { stuck: { instances: 1 } });
  const overGrpc = inferOver(t, grpc);
  const batch = [echoed(http, [1, 2]), overGrpc(1, 2)] as const;
  await until(() => isStuck(log));
  const waiting = [echoed(http, [3, 4]), overGrpc(3, 4)] as const;
  await until(async () => (await pending(metrics)) === 2);
  killAll();
  const [first, second] = await Promise.all(batch);
  strictEqual(first.status, 500);
  match(errorIn(first), gone);
  strictEqual(second.code, 13);
  match(second.says, gone);
  await behave(admin);
  const [third, fourth] = await Promise.all(waiting);
  deepStrictEqual([dataIn(third), fourth.code], [[3, 4], 0]);
});

test('a model whose instances are killed again and again waits longer each time, and others do not notice', async (t) => {
  const { http, log } = await served(t, withPair(echoing(t)));
  const backs = () => log.filter((line) => line === "instance identity_0_0 of model 'identity' is back").length;
  for (let killed = 1; killed <= 4; killed += 1) {
    killAll();
    await until(() => backs() === killed);
    strictEqual((await echoed(http)).status, 200);
  }
  const said = log.flatMap((line) => /ended by SIGKILL, starting it again(.*)$/.exec(line)?.[1] ?? []);
  deepStrictEqual(said, ['', ' in 100 ms', ' in 200 ms', ' in 400 ms']);
});

test("when a member's instance is killed, the ensemble says whose it was, and goes on when it is back", async (t) => {
  const { http, admin, log } = await served(t, withPair(echoing(t)));
  await misbehave(admin, { stuck: { instances: 1 } });
  const asked = echoed(http, [5], 'pair');
  await until(() => isStuck(log));
  killAll();
  const answer = await asked;
  strictEqual(answer.status, 500);
  match(errorIn(answer), /^in ensemble 'pair', Failed to process the request\(s\) for model instance 'identity_0_0'/);
  await behave(admin);
  deepStrictEqual(dataIn(await echoed(http, [5], 'pair')), [5]);
});

test('when the instance of sequences is killed, the request under way fails, and each sequence goes on where it was', async (t) => {
  const { http, metrics, admin, log } = await served(
    t,
    echoing(t, { more: 'sequence_batching { max_sequence_idle_microseconds: 600000000 }' }),
  );
  const say = (id: number, value: number, flags: object = {}) =>
    ask(
      'POST',
      `${http}/v2/models/identity/infer`,
      JSON.stringify({
        parameters: { sequence_id: id, ...flags },
        inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 1], data: [value] }],
      }),
    );
  const start = { sequence_start: true };
  for (const id of [1, 2]) deepStrictEqual(dataIn(await say(id, id, start)), [id]);
  await misbehave(admin, { stuck: { instances: 1 } });
  const broken = say(1, 10);
  await until(() => isStuck(log));
  const waiting = say(2, 20);
  await until(async () => (await pending(metrics)) === 1);
  killAll();
  const answer = await broken;
  strictEqual(answer.status, 500);
  match(errorIn(answer), gone);
  await behave(admin);
  deepStrictEqual(dataIn(await waiting), [20]);
  for (const id of [1, 2]) deepStrictEqual(dataIn(await say(id, 30, { sequence_end: true })), [30]);
  match(errorIn(await say(1, 40)), /must specify the START flag/);
});

test('when the process that starts instances is killed, they go on, and whoever dies after it comes back all the same', async (t) => {
  const { http, log } = await served(t, echoing(t));
  const [forkServer] = descendants(process.pid, 'fork-server-child.ts');
  const [instance] = instancesOf(process.pid);
  ok(forkServer && instance);
  process.kill(forkServer, 'SIGKILL');
  deepStrictEqual(dataIn(await echoed(http, [1])), [1]);
  process.kill(instance, 'SIGKILL');
  await until(() => log.some((line) => line.includes('is back')));
  deepStrictEqual(dataIn(await echoed(http, [2])), [2]);
  ok(log.some((line) => line === "instance identity_0_0 of model 'identity' is not heard of any more, starting it again"));
});

test('requests of a model whose file is gone while it comes back are refused at once, not kept', async (t) => {
  const repository = echoing(t);
  const { http, log } = await served(t, repository);
  renameSync(`${repository}/identity/1/model.onnx`, `${repository}/aside`);
  killAll();
  await until(() => log.some((line) => line.includes('did not come back')));
  const refused = await echoed(http);
  strictEqual(refused.status, 503);
  match(errorIn(refused), /^no instance of model 'identity' is running/);
  strictEqual((await ask('GET', `${http}/v2/models/identity/ready`)).status, 400);
  renameSync(`${repository}/aside`, `${repository}/identity/1/model.onnx`);
  await until(async () => (await echoed(http)).status === 200);
  ok(log.some((line) => line.includes('is back')));
});

function inferOver(t: TestContext, port: number) {
  const client = new GrpcClient(port);
  t.after(() => client.close());
  return (...values: number[]) =>
    client.infer({
      model_name: 'identity',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1, values.length] }],
      raw_input_contents: [floats(...values)],
    });
}

test('instances that change alone come and go under traffic: no request fails, and what is counted goes on', async (t) => {
  const repository = echoing(t);
  const { http } = await served(t, repository, '--model-control-mode=explicit', '--load-model=identity');
  const file = join(repository, 'identity', 'config.pbtxt');
  const config = readFileSync(file, 'utf8');
  const alive = (): number => instancesOf(process.pid).length;
  const regroup = async (group: string): Promise<void> => {
    writeFileSync(file, config.replace(/instance_group \[.*\]/, `instance_group [ ${group} ]`));
    deepStrictEqual(await ask('POST', `${http}/v2/repository/models/identity/load`, ''), { status: 200, text: '' });
  };
  const statuses: number[] = [];
  let isOver = false;
  const traffic = Array.from({ length: 8 }, async () => {
    while (!isOver) statuses.push((await echoed(http)).status);
  });
  for (const [group, count] of [
    ['{ kind: KIND_CPU count: 3 }', 3],
    ['{ kind: KIND_CPU count: 1 }', 1],
    ['{ name: "a" kind: KIND_CPU count: 2 }, { name: "b" kind: KIND_CPU count: 1 }', 3],
    ['{ name: "b" kind: KIND_CPU count: 1 }', 1],
  ] as const) {
    const before = statuses.length;
    await regroup(group);
    await until(() => alive() === count);
    await until(() => statuses.length > before + 20);
  }
  isOver = true;
  await Promise.all(traffic);
  deepStrictEqual([...new Set(statuses)], [200]);
  const { text } = await ask('GET', `${http}/v2/models/identity/stats`);
  strictEqual((JSON.parse(text) as { model_stats: { inference_count: number }[] }).model_stats[0]?.inference_count, statuses.length);
  // What was killed comes back, and what went stays away.
  killAll();
  await until(async () => (await echoed(http)).status === 200);
  strictEqual(alive(), 1);
});

test('an instance that is not wanted any more stays until the sequence there has ended', async (t) => {
  const repository = echoing(t, { instances: 2, batchMax: 1, more: 'sequence_batching { max_sequence_idle_microseconds: 60000000 }' });
  const { http } = await served(t, repository, '--model-control-mode=explicit', '--load-model=identity');
  const sent = async (id: number, more: object = {}): Promise<number> => {
    const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 1], data: [id] }];
    const body = JSON.stringify({ inputs, parameters: { sequence_id: id, ...more } });
    return (await ask('POST', `${http}/v2/models/identity/infer`, body)).status;
  };
  const alive = (): number => instancesOf(process.pid).length;
  for (const id of [1, 2]) strictEqual(await sent(id, { sequence_start: true }), 200);
  const file = join(repository, 'identity', 'config.pbtxt');
  writeFileSync(file, readFileSync(file, 'utf8').replace('count: 2', 'count: 1'));
  deepStrictEqual(await ask('POST', `${http}/v2/repository/models/identity/load`, ''), { status: 200, text: '' });
  deepStrictEqual([await sent(1), await sent(2), alive()], [200, 200, 2]);
  strictEqual(await sent(2, { sequence_end: true }), 200);
  await until(() => alive() === 1);
  strictEqual(await sent(1), 200);
});
