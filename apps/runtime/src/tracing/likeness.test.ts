import { deepStrictEqual, ok } from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { input, one, output, tensor } from '#adapters/runtime/likeness/configs.ts';
import { firstRow, write, writeModels } from '#adapters/runtime/likeness/models.ts';
import { ask, type Question, sameAnswers } from '#adapters/runtime/likeness/question.ts';
import { get, post } from '#adapters/runtime/likeness/repository-control.ts';
import { type LikenessServer, startBoth } from '#adapters/runtime/likeness/servers.ts';
import { floats, GrpcClient } from '../grpc/made-up-client.ts';

const infer = (model: string, more: object, shape: readonly number[] = [2], name = 'x'): Question =>
  post(`/v2/models/${model}/infer`, { ...more, inputs: [{ name, datatype: 'FP32', shape, data: [1, 0.25] }] });
const flat = infer('flat', {});

/** The real one writes what it has traced when it ends, and does not while a client stays connected. */
const alone = (questions: readonly Question[]): readonly Question[] =>
  questions.map(([method, path, body]): Question => [method, path, body, { connection: 'close' }]);

type Event = { readonly id: number; readonly timestamps?: readonly { readonly name: string; readonly ns: number }[] };

/** Both with a trace file each, told what to trace; what they wrote, by the name of the file, when they have ended. */
async function started(t: TestContext, flags: readonly string[]) {
  const [repository, folder] = [writeModels(), mkdtempSync(join(tmpdir(), 'conch-traces-'))];
  t.after(() => [repository, folder].forEach((one) => rmSync(one, { recursive: true, force: true })));
  write(repository, 'first', firstRow, `backend: "onnxruntime"\nmax_batch_size: 4\n${input(tensor('x'))}${output(tensor('y'))}${one}`);
  const models = ['flat', 'digits', 'pair', 'text', 'cached', 'first'].map((model) => `--load-model=${model}`);
  const both = await startBoth(
    [repository],
    ['--model-control-mode=explicit', '--disable-auto-complete-config', '--cache-config=local,size=1000000', ...models, ...flags],
    (name) => [`--trace-config=triton,file=${join(folder, name)}`],
  );
  if ('skip' in both) {
    t.skip(both.skip);
    return undefined;
  }
  t.after(() => Promise.all(both.map((server) => server.stop())));
  const written = async ({ name, stop }: LikenessServer) => {
    await stop();
    const files = readdirSync(folder).filter((file) => file === name || file.startsWith(`${name}.`));
    return Object.fromEntries(
      files.map((file) => [file.slice(name.length), JSON.parse(readFileSync(join(folder, file), 'utf8')) as readonly Event[]]),
    );
  };
  return { both, written: () => Promise.all(both.map(written)) };
}

/** What was traced of each request, whenever that was; events that threads write have no order. */
function withoutTimes(files: Readonly<Record<string, readonly Event[]>>): unknown {
  return Object.entries(files).map(([file, events]) => [
    file,
    events.map((event) => JSON.stringify({ ...event, timestamps: event.timestamps?.map(({ name }) => name) })).toSorted(),
  ]);
}

const fileless = (told: unknown): unknown => JSON.parse(JSON.stringify(told).replaceAll(/"trace_file":"[^"]*"/g, '"trace_file":""'));

const logical = [
  'RECV_START',
  'WAITREAD_START',
  'RECV_END',
  'WAITREAD_END',
  'REQUEST_START',
  'QUEUE_START',
  'COMPUTE_START',
  'COMPUTE_INPUT_END',
  'COMPUTE_OUTPUT_START',
  'INFER_RESPONSE_COMPLETE',
  'SEND_START',
  'SEND_END',
];

/** Each trace's events happened one after the other. */
function requireOrder(events: readonly Event[]): void {
  const byId = Map.groupBy(
    events.flatMap(({ id, timestamps = [] }) => timestamps.map((stamp) => ({ id, ...stamp }))),
    ({ id }) => id,
  );
  for (const stamps of byId.values()) {
    const inOrder = stamps
      .flatMap(({ name, ns }) => ({ ns, place: logical.indexOf(name.replace(/^(HTTP|GRPC)_/, '')) }))
      .filter(({ place }) => place >= 0)
      .toSorted((a, b) => a.place - b.place)
      .map(({ ns }) => ns);
    deepStrictEqual(
      inOrder,
      inOrder.toSorted((a, b) => a - b),
    );
  }
}

const questions: readonly Question[] = [
  flat,
  infer('flat', { id: 'größer' }),
  infer('pair', {}, [1, 1, 2], 'in'),
  infer('cached', {}, [1, 2]),
  infer('cached', {}, [1, 2]),
  infer('first', {}, [2, 1]),
  post('/v2/models/text/generate', { x: ['a', 'b'] }),
  post('/v2/models/text/generate_stream', { x: ['a'] }),
];

for (const levels of [['TIMESTAMPS'], ['TENSORS'], ['TIMESTAMPS', 'TENSORS']])
  test(`requests are traced as by the real tritonserver: ${levels.join(' and ')}`, async (t) => {
    const there = await started(t, ['--trace-config=rate=1', ...levels.map((level) => `--trace-config=level=${level}`)]);
    if (!there) return;
    for (const server of there.both) {
      for (const question of alone(questions)) await ask(server, question);
      const client = new GrpcClient(Number(server.grpc.split(':')[1]));
      const inputs = [{ name: 'x', datatype: 'FP32', shape: [2n] }];
      await client.infer({ model_name: 'flat', id: 'one', inputs, raw_input_contents: [floats(1e6, 1.23456789e-5)] });
      client.close();
    }
    const [mine = {}, real = {}] = await there.written();
    deepStrictEqual(withoutTimes(mine), withoutTimes(real));
    for (const events of Object.values(mine)) requireOrder(events);
    ok((mine['']?.length ?? 0) >= 20);
  });

const change = (settings: object, model = ''): Question => post(`/v2${model && `/models/${model}`}/trace/setting`, settings);
const settings = (model = ''): Question => get(`/v2${model && `/models/${model}`}/trace/setting`);

test('settings choose, count down, fall back and divide files as there', async (t) => {
  const there = await started(t, ['--trace-rate=1', '--trace-level=TIMESTAMPS', '--trace-config=count=9']);
  if (!there) return;
  await sameAnswers(
    there.both,
    alone([
      ...[flat, flat, flat, settings(), change({ trace_rate: '2' }), flat, flat, flat, flat, settings()],
      ...[
        change({ trace_count: '0' }),
        change({ trace_level: [] }),
        change({ trace_level: [] }, 'flat'),
        change({ trace_rate: '0' }),
        change({ trace_level: ['OFF'], trace_count: '0' }),
      ],
      ...[
        change({ trace_level: ['TENSORS', 'TIMESTAMPS'] }),
        change({ trace_count: '3', trace_level: ['TENSORS', 'TIMESTAMPS'], trace_rate: '1' }),
      ],
      ...[settings(), flat, settings(), change({ trace_rate: '1' }, 'flat'), flat, settings(), settings('flat')],
      ...[change({ trace_count: null }), settings(), settings('flat'), infer('cached', {}, [1, 2]), settings(), settings('flat')],
      ...[change({ log_frequency: '2' }, 'flat'), flat, settings('flat'), flat, flat],
      ...[change({ trace_rate: null, log_frequency: null }, 'flat'), settings('flat'), flat, change({ trace_level: ['OFF'] }), flat],
    ]),
    fileless,
  );
  const [mine = {}, real = {}] = await there.written();
  deepStrictEqual(withoutTimes(mine), withoutTimes(real));
  deepStrictEqual(Object.keys(mine).toSorted(), ['', '.0', '.1']);
});

test('a count that is used up ends in a file of its own', async (t) => {
  const there = await started(t, ['--trace-config=rate=1', '--trace-config=count=2', '--trace-config=level=TIMESTAMPS']);
  if (!there) return;
  await sameAnswers(there.both, alone([flat, flat, flat, settings()]), fileless);
  const [mine = {}, real = {}] = await there.written();
  deepStrictEqual(withoutTimes(mine), withoutTimes(real));
  deepStrictEqual(Object.keys(mine), ['.0']);
});
