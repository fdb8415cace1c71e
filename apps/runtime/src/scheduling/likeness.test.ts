import { deepStrictEqual } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { message } from '#core/kserve/grpc/message-schema.ts';
import { identity, write } from '#adapters/runtime/likeness/models.ts';
import { type LikenessServer, startBoth } from '#adapters/runtime/likeness/servers.ts';
import { type AskedInfer, floats, GrpcClient } from '../grpc/made-up-client.ts';

/** How the requests of a story end on a server. */
type Story = (client: GrpcClient, server: LikenessServer) => Promise<unknown>;

const stories: Readonly<Record<string, Story>> = {
  'an ensemble runs the steps alone that lead to what is asked for': async (client) => [
    await ended(client.infer(rows('branches', 1, { outputs: [{ name: 'a' }] }))),
    await ended(client.infer(rows('branches', 1, { outputs: [{ name: 'b' }] }))),
    await ended(client.infer(rows('branches', 1))),
  ],
  'a step that fails and that nobody needs is not run; what runs beside it goes on': async (client) => [
    await ended(client.infer(rows('torn', 1, { outputs: [{ name: 'b' }] }))),
    (await client.infer(rows('torn', 1))).code,
  ],
  'without a batcher a request runs though its caller is gone': async (client, server) => {
    const first = ended(client.infer(rows('single', 1)));
    await running(server, 'single');
    const gone = ended(client.infer(rows('single', 1), { deadlineMs: 150 }));
    return [await first, await gone];
  },
  'of what waits only who is in no batch yet is cancelled': async (client, server) => {
    const asked = [ended(client.infer(rows('dynamic', 4)))];
    await running(server, 'dynamic');
    // Two batches are formed ahead.
    for (const deadlineMs of [150, undefined, 150]) {
      asked.push(ended(client.infer(rows('dynamic', 4), deadlineMs === undefined ? {} : { deadlineMs })));
      await sleep(20);
    }
    return await Promise.all(asked);
  },
  'an ensemble that nobody waits for leaves it to the model of each step': async (client) => {
    const gone = await ended(client.infer(rows('chain', 1), { deadlineMs: 150 }));
    return [gone];
  },
  'of two that ask the same at once one is a miss': async (client, server) => {
    const first = ended(client.infer(rows('cached', 4)));
    await running(server, 'cached');
    const same = [ended(client.infer(rows('cached', 4))), ended(client.infer(rows('cached', 4)))];
    return [await first, await Promise.all(same), await ended(client.infer(rows('cached', 4)))];
  },
};

test('ensembles, cancelled requests and cached answers are as with the real tritonserver', async (t) => {
  const repository = writeStories();
  t.after(() => rmSync(repository, { recursive: true, force: true }));
  const both = await startBoth([repository], ['--disable-auto-complete-config', '--cache-config=local,size=1048576']);
  if ('skip' in both) return t.skip(both.skip);
  t.after(() => Promise.all(both.map((one) => one.stop())));
  for (const [says, story] of Object.entries(stories))
    await t.test(says, async () => {
      const [mine, real] = await Promise.all(
        both.map(async (server) => {
          const client = new GrpcClient(Number(server.grpc.split(':')[1]));
          t.after(() => client.close());
          const before = await counted(server);
          const told = await story(client, server);
          // Two steps of 400 ms may still be under way for nobody, and all is counted a moment later.
          await sleep(1200);
          const after = await counted(server);
          return {
            told,
            counts: [...after].map(([name, count]) => [name, count - (before.get(name) ?? 0)]).filter(([, count]) => count !== 0),
          };
        }),
      );
      deepStrictEqual(mine, real);
    });
});

function writeStories(): string {
  const repository = mkdtempSync(join(tmpdir(), 'conch-likeness-'));
  const add = (name: string, more: string): void => write(repository, name, identity('x', 'y', ['batch', 'n']), `${plain}${more}`);
  const service = (us: number): string => `parameters { key: "rehearse_service_time_us" value { string_value: "${us}" } }\n`;
  add('fast', '');
  add('single', service(400_000));
  add('dynamic', `${service(400_000)}dynamic_batching { }`);
  add('cached', `${service(400_000)}dynamic_batching { }\nresponse_cache { enable: true }`);
  // Says that it takes any width, and its file takes three.
  write(repository, 'narrow', identity('x', 'y', ['batch', 3]), plain.replaceAll('dims: [ -1 ]', 'dims: [ 3 ]'));
  const ensemble = (
    name: string,
    outputs: readonly string[],
    steps: readonly (readonly [model: string, from: string, to: string])[],
  ): void =>
    write(
      repository,
      name,
      undefined,
      `platform: "ensemble"
max_batch_size: 4
input [ { name: "x" data_type: TYPE_FP32 dims: [ -1 ] } ]
output [ ${outputs.map((output) => `{ name: "${output}" data_type: TYPE_FP32 dims: [ -1 ] }`).join(', ')} ]
ensemble_scheduling { step [ ${steps.map(([model, from, to]) => `{ model_name: "${model}" model_version: -1 input_map { key: "x" value: "${from}" } output_map { key: "y" value: "${to}" } }`).join(', ')} ] }
`,
    );
  ensemble(
    'branches',
    ['a', 'b'],
    [
      ['fast', 'x', 'a'],
      ['single', 'x', 'b'],
    ],
  );
  ensemble(
    'torn',
    ['a', 'b'],
    [
      ['narrow', 'x', 'a'],
      ['single', 'x', 'b'],
    ],
  );
  ensemble(
    'chain',
    ['y'],
    [
      ['single', 'x', 'between'],
      ['dynamic', 'between', 'y'],
    ],
  );
  return repository;
}

const plain = `backend: "onnxruntime"
instance_group [ { count: 1 kind: KIND_CPU } ]
max_batch_size: 4
input [ { name: "x" data_type: TYPE_FP32 dims: [ -1 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ -1 ] } ]
`;

const rows = (model_name: string, count: number, more: AskedInfer = {}): AskedInfer => ({
  model_name,
  inputs: [{ name: 'x', datatype: 'FP32', shape: [count, 2] }],
  raw_input_contents: [floats(...Array<number>(2 * count).fill(count))],
  ...more,
});

async function ended(answer: ReturnType<GrpcClient['infer']>): Promise<unknown> {
  const { code, value } = await answer;
  return [code, value?.outputs?.map(({ name, shape }) => [name, shape]).sort(), value?.raw_output_contents];
}

/** Nothing waits any more: what was sent is at the instance. */
async function running({ metrics }: LikenessServer, model: string): Promise<void> {
  await sleep(60);
  const waiting = new RegExp(`^nv_inference_pending_request_count\\{model="${model}",version="1"\\} 0$`, 'm');
  while (!waiting.test(await (await fetch(`${metrics}/metrics`)).text())) await sleep(5);
}

/** Requests, executions and what the cache did, of all models; an execution that fails is counted by backends in Python alone. */
async function counted({ metrics }: LikenessServer): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${metrics}/metrics`)).text();
  const lines = text.split('\n').flatMap((line) => {
    const [, name = '', value = ''] =
      /^(nv_(?:inference_(?:request_(?:success|failure)|count|exec_count)|cache_num_misses_per_model)\{.*\}) (\d+)$/.exec(line) ?? [];
    return name === '' || /exec_count\{model="narrow"/.test(name) ? [] : [[name, Number(value)] as const];
  });
  return new Map(lines.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is under way when a server is told to end, and what is asked while it does. */
const endings: Readonly<Record<string, readonly [underWay: readonly string[], asked: readonly string[]]>> = {
  'what is at the instances already is answered, and its model is there no more': [
    ['single', 'single', 'single'],
    ['single', 'chain'],
  ],
  'an ensemble that has steps to go is refused by them, and models refuse while it is under way': [
    ['chain', 'chain'],
    ['dynamic', 'chain'],
  ],
};

for (const [says, [underWay, asked]] of Object.entries(endings))
  test(`told to end, both go the same way: ${says}`, async (t) => {
    const repository = writeStories();
    t.after(() => rmSync(repository, { recursive: true, force: true }));
    const both = await startBoth([repository], ['--disable-auto-complete-config', '--cache-config=local,size=1048576']);
    if ('skip' in both) return t.skip(both.skip);
    t.after(() => Promise.all(both.map((one) => one.stop())));
    const [mine, real] = await Promise.all(both.map((server) => endWith(server, underWay, asked)));
    deepStrictEqual(mine, real);
  });

async function endWith(server: LikenessServer, underWay: readonly string[], asked: readonly string[]): Promise<unknown> {
  const client = new GrpcClient(Number(server.grpc.split(':')[1]));
  const answers = underWay.map((model) => told(client.infer(rows(model, 1))));
  await running(server, 'single');
  const stopped = server.stop();
  await sleep(200);
  const states = ['ServerLive', 'ServerReady', 'RepositoryIndex'].map(async (method) => told(client.call(method, [nothing, nothing], {})));
  const late = await Promise.all([...states, ...asked.map((model) => told(client.infer(rows(model, 1))))]);
  const ended = { answers: await Promise.all(answers), late };
  client.close();
  await stopped;
  return ended;
}

const nothing = message({});

async function told(answer: Promise<{ readonly code: number; readonly says: string }>): Promise<unknown> {
  const { code, says } = await answer;
  return [code, says];
}
