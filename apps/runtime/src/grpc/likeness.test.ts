import { deepStrictEqual } from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { writeModels, writeNamespaces } from '#adapters/runtime/likeness/models.ts';
import { startBoth } from '#adapters/runtime/likeness/servers.ts';
import * as messages from '#core/kserve/grpc/service-messages.ts';
import { modelConfigResponse } from './model-methods.ts';
import { type AskedInfer, floats, GrpcClient, inferRequest, inferResponse } from './made-up-client.ts';

const x = (shape: readonly number[], more: object = {}) => ({ name: 'x', datatype: 'FP32', shape: shape.map(BigInt), ...more });
const flat = (more: AskedInfer = {}): AskedInfer => ({ model_name: 'flat', inputs: [x([2])], raw_input_contents: [floats(1, 2)], ...more });
const matrix = (more: AskedInfer = {}): AskedInfer => ({
  model_name: 'matrix',
  inputs: [x([1, 1, 2])],
  raw_input_contents: [floats(1, 2)],
  ...more,
});
const parameters = (...pairs: readonly (readonly [string, object])[]) => ({ parameters: new Map(pairs) as AskedInfer['parameters'] });

const inferences: Readonly<Record<string, readonly AskedInfer[]>> = {
  'good ones': [
    flat(),
    flat({ id: 'größer', model_version: '1' }),
    flat({ outputs: [{ name: 'y' }] }),
    flat({ inputs: [x([2], { contents: { fp32_contents: [1, 2] } })], raw_input_contents: [] }),
    flat({ inputs: [x([0])], raw_input_contents: [new Uint8Array()] }),
    matrix(parameters(['priority', { int64_param: 1n }], ['timeout', { int64_param: 100_000n }], ['custom', { string_param: 'x' }])),
    {
      model_name: 'text',
      inputs: [{ name: 'x', datatype: 'BYTES', shape: [1n, 2n], contents: { bytes_contents: [Buffer.from('a'), Buffer.from('ö')] } }],
    },
    {
      model_name: 'digits',
      inputs: [{ name: 'pixels', datatype: 'FP32', shape: [1n, 64n] }],
      raw_input_contents: [new Uint8Array(256)],
      outputs: [{ name: 'probabilities', ...parameters(['classification', { int64_param: 3n }]) }],
    },
  ],
  'those that cannot be': [
    { model_name: 'nope' },
    flat({ model_version: '2' }),
    flat({ model_version: 'x' }),
    flat({ inputs: [] }),
    flat({ raw_input_contents: [] }),
    flat({ raw_input_contents: [floats(1, 2), floats(3)] }),
    flat({ raw_input_contents: [floats(1)] }),
    flat({ inputs: [x([2], { contents: { fp32_contents: [1, 2] } })] }),
    flat({ inputs: [x([1, 2])] }),
    flat({ inputs: [x([-1])] }),
    flat({ inputs: [x([2], { name: 'z' })] }),
    flat({ inputs: [x([2], { datatype: 'INT32' })] }),
    flat({ inputs: [x([2], { datatype: 'NOPE' })] }),
    flat({ inputs: [x([2]), x([2])], raw_input_contents: [floats(1, 2), floats(1, 2)] }),
    flat({ outputs: [{ name: 'nope' }] }),
    flat({ model_version: '0' }),
    flat({ model_name: 'fl\0at' }),
    flat({ id: 'a\0b', inputs: [] }),
    flat({ inputs: [x([2], { datatype: '', contents: { fp32_contents: [1, 2] } })], raw_input_contents: [] }),
    matrix({ inputs: [x([1, 1, -1])] }),
    flat(parameters(['triton_x', { int64_param: 1n }])),
    flat(parameters(['sequence_id', { bool_param: true }])),
    flat(parameters(['priority', { string_param: '1' }])),
    flat(parameters(['timeout', { string_param: '1' }])),
    matrix({ inputs: [x([9, 1, 2])], raw_input_contents: [new Uint8Array(72)] }),
    { model_name: 'direct', inputs: [x([1, 1])], raw_input_contents: [floats(1)] },
    { model_name: 'direct', inputs: [x([1, 1])], raw_input_contents: [floats(1)], ...parameters(['sequence_id', { int64_param: 5n }]) },
  ],
};

const forms = {
  ServerLive: [messages.empty, messages.serverLiveResponse],
  ServerReady: [messages.empty, messages.readyResponse],
  ModelReady: [messages.modelRequest, messages.readyResponse],
  ModelMetadata: [messages.modelRequest, messages.modelMetadataResponse],
  ModelConfig: [messages.modelRequest, modelConfigResponse],
  ModelStatistics: [messages.modelRequest, messages.modelStatisticsResponse],
  RepositoryIndex: [messages.repositoryIndexRequest, messages.repositoryIndexResponse],
  RepositoryModelLoad: [messages.repositoryModelRequest, messages.empty],
  RepositoryModelUnload: [messages.repositoryModelRequest, messages.empty],
  TraceSetting: [messages.traceSettingRequest, messages.traceSettingResponse],
  LogSettings: [messages.logSettings, messages.logSettings],
  SystemSharedMemoryStatus: [messages.regionRequest, messages.systemSharedMemoryStatusResponse],
  SystemSharedMemoryRegister: [messages.systemSharedMemoryRegisterRequest, messages.empty],
  SystemSharedMemoryUnregister: [messages.regionRequest, messages.empty],
  CudaSharedMemoryStatus: [messages.regionRequest, messages.cudaSharedMemoryStatusResponse],
  CudaSharedMemoryUnregister: [messages.regionRequest, messages.empty],
} as const;

type Call = readonly [method: keyof typeof forms, request: object];

const calls: Readonly<Record<string, readonly Call[]>> = {
  'health and metadata': [
    ['ServerLive', {}],
    ['ServerReady', {}],
    ...['', '1', '2', 'x'].map((version): Call => ['ModelReady', { name: 'flat', version }]),
    ['ModelReady', { name: 'nope' }],
    ['ModelMetadata', { name: 'matrix' }],
    ['ModelMetadata', { name: 'versions' }],
    ['ModelMetadata', { name: 'versions', version: '1' }],
    ['ModelMetadata', { name: 'nope' }],
    ['ModelMetadata', { name: 'flat', version: '2' }],
  ],
  'the repository': [
    ['RepositoryIndex', {}],
    ['RepositoryIndex', { ready: true }],
    ['RepositoryIndex', { repository_name: 'x' }],
    ['RepositoryModelLoad', { model_name: 'nope' }],
    ['RepositoryModelLoad', { model_name: 'unreadable' }],
    ['RepositoryModelLoad', { model_name: 'cached' }],
    ['RepositoryModelLoad', { repository_name: 'x', model_name: 'flat' }],
    ['RepositoryModelLoad', { model_name: 'flat', parameters: new Map([['nope', { string_param: 'x' }]]) }],
    ['RepositoryModelLoad', { model_name: 'flat', parameters: new Map([['config', { int64_param: 1n }]]) }],
    ['RepositoryModelUnload', { model_name: 'nope' }],
    ['RepositoryModelUnload', { model_name: 'flat', parameters: new Map([['unload_dependents', { string_param: 'x' }]]) }],
  ],
  'settings and shared memory': [
    ['TraceSetting', {}],
    ['TraceSetting', { model_name: 'nope' }],
    ['TraceSetting', { settings: new Map([['trace_rate', { value: ['5'] }]]) }],
    ['TraceSetting', { settings: new Map([['trace_rate', { value: ['x'] }]]) }],
    ['TraceSetting', { settings: new Map([['trace_rate', { value: [] }]]) }],
    ['TraceSetting', { settings: new Map([['trace_level', { value: ['TIMESTAMPS'] }]]) }],
    ['TraceSetting', { settings: new Map([['trace_count', { value: ['-2'] }]]) }],
    ['LogSettings', {}],
    ['LogSettings', { settings: new Map([['log_format', { string_param: 'x' }]]) }],
    ['SystemSharedMemoryStatus', {}],
    ['SystemSharedMemoryStatus', { name: 'r' }],
    ['SystemSharedMemoryRegister', { name: 'r', key: '/conch-nope', byte_size: 8n }],
    ['SystemSharedMemoryUnregister', { name: 'r' }],
    ['CudaSharedMemoryStatus', {}],
    ['CudaSharedMemoryUnregister', { name: 'r' }],
  ],
};

test('over gRPC the embedded runtime answers as the real tritonserver does', async (t) => {
  const both = await startedClients(t);
  if ('skip' in both) return t.skip(both.skip);
  for (const [says, requests] of Object.entries(inferences)) {
    await t.test(`inferences: ${says}`, async () => {
      for (const request of requests)
        await same(both, (client) => client.call('ModelInfer', [inferRequest, inferResponse], request), request);
    });
  }
  for (const [says, list] of Object.entries(calls)) {
    await t.test(says, async () => {
      for (const [method, request] of list) {
        await same(both, (client) => client.call(method, forms[method] as never, request), [method, request]);
      }
    });
  }
  await t.test('a stream of good and bad requests', () => same(both, streamed, 'stream'));
});

/** All that can be asked about a name. */
const about = (name: string): readonly Call[] => [
  ...(['ModelReady', 'ModelMetadata', 'ModelConfig', 'ModelStatistics'] as const).map((method): Call => [method, { name }]),
  ['TraceSetting', { model_name: name }],
];

/** Refused with namespaces; without, there are counts that the two do not share. */
const everyStatistics: readonly Call[] = [['ModelStatistics', {}]];

for (const namespacing of [true, false]) {
  test(`over gRPC models of one name, --model-namespacing=${namespacing}`, async (t) => {
    const folder = writeNamespaces();
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const repositories = ['a', 'b', 'c'].map((name) => join(folder, name));
    const flags = ['--exit-on-error=false', `--model-namespacing=${namespacing}`];
    const both = await clientsOf(t, repositories, flags, namespacing ? ['own'] : ['far']);
    if ('skip' in both) return t.skip(both.skip);
    const control = (['ambiguous', 'half', 'twin', 'nope'] as const).map((model_name): Call => ['RepositoryModelLoad', { model_name }]);
    const names = ['twin', 'alone', 'ambiguous', 'nope'].flatMap(about);
    const all: readonly Call[] = [
      ['RepositoryIndex', {}],
      ['RepositoryIndex', { ready: true }],
      ['ServerReady', {}],
    ];
    for (const [method, request] of [...all, ...names, ...control, ...all, ...names, ...(namespacing ? everyStatistics : [])])
      await same(both, (client) => client.call(method, forms[method] as never, request), [method, request]);
    for (const model_name of ['twin', 'ambiguous', 'nope'])
      await same(both, (client) => client.infer({ model_name, inputs: [x([1, 1])], raw_input_contents: [floats(1)] }), model_name);
  });
}

function startedClients(t: TestContext): Promise<readonly GrpcClient[] | { skip: string }> {
  const repository = writeModels();
  t.after(() => rmSync(repository, { recursive: true, force: true }));
  return clientsOf(t, [repository], [], ['digits', 'flat', 'matrix', 'text', 'versions', 'direct']);
}

async function clientsOf(
  t: TestContext,
  repositories: readonly string[],
  flags: readonly string[],
  loaded: readonly string[],
): Promise<readonly GrpcClient[] | { skip: string }> {
  const explicit = ['--model-control-mode=explicit', ...loaded.map((name) => `--load-model=${name}`)];
  const both = await startBoth(repositories, ['--disable-auto-complete-config', ...explicit, ...flags]);
  if ('skip' in both) return both;
  const clients = both.map(({ grpc }) => new GrpcClient(Number(grpc.split(':')[1])));
  t.after(async () => {
    for (const client of clients) client.close();
    await Promise.all(both.map((one) => one.stop()));
  });
  return clients;
}

async function same(clients: readonly GrpcClient[], ask: (client: GrpcClient) => Promise<unknown>, what: unknown): Promise<void> {
  const [mine, real] = await Promise.all(clients.map(async (client) => told(await ask(client))));
  deepStrictEqual(mine, real, JSON.stringify(told(what)).slice(0, 400));
}

/** Maps and bytes as plain values, without what each server says of itself in trailers. */
function told(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof Map)
    return Object.fromEntries([...value].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, item]) => [name, told(item)]));
  if (Array.isArray(value)) return value.map(told);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== 'trailers')
      .map(([name, item]) => [name, told(item)]),
  );
}

async function streamed(client: GrpcClient): Promise<unknown> {
  const stream = client.stream();
  for (const request of [
    flat({ id: 'a' }),
    flat({ id: 'b', model_version: '2' }),
    { model_name: 'nope', id: 'c' },
    flat({ id: 'd', raw_input_contents: [] }),
    flat({ id: 'e' }),
  ])
    stream.ask(request);
  stream.call.end();
  const { code, details } = await stream.status;
  return { code, details, answers: stream.answers };
}
