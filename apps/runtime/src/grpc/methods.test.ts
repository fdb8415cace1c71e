import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary, toJson } from '@bufbuild/protobuf';
import { list, map, message } from '#core/kserve/grpc/message-schema.ts';
import {
  cudaSharedMemoryRegisterRequest,
  empty,
  healthCheckResponse,
  logSettings,
  modelMetadataResponse,
  modelRequest,
  modelStatisticsResponse,
  readyResponse,
  regionRequest,
  repositoryIndexRequest,
  repositoryIndexResponse,
  repositoryModelRequest,
  serverLiveResponse,
  serverMetadataResponse,
  systemSharedMemoryRegisterRequest,
  systemSharedMemoryStatusResponse,
  traceSettingRequest,
  traceSettingResponse,
} from '#core/kserve/grpc/service-messages.ts';
import { modelConfigSchema } from '#core/pbtxt/model-config-schema.ts';
import { opened } from './made-up-client.ts';
import { MadeUpServer } from './made-up-server.ts';

const health = '/grpc.health.v1.Health/Check';

test('liveness, readiness and the health service say what the server says', async (t) => {
  const server = new MadeUpServer();
  const { client } = await opened(t, { server });
  strictEqual((await client.call('ServerLive', [empty, serverLiveResponse], {})).value?.live, true);
  strictEqual((await client.call('ServerReady', [empty, readyResponse], {})).value?.ready, true);
  strictEqual((await client.call(health, [empty, healthCheckResponse], {})).value?.status, 1);
  server.isWell = false;
  strictEqual((await client.call('ServerReady', [empty, readyResponse], {})).value?.ready, false);
  strictEqual((await client.call(health, [empty, healthCheckResponse], {})).value?.status, 2);
  server.isExiting = true;
  const exiting = await client.call('ServerLive', [empty, serverLiveResponse], {});
  deepStrictEqual([exiting.code, exiting.says], [14, 'Server exiting']);
  strictEqual((await client.call('ModelReady', [modelRequest, readyResponse], { name: 'identity' })).says, 'Server not ready');
});

test('a model that is not there is not ready, which is no error; a version that is no number is one', async (t) => {
  const { client } = await opened(t, { server: new MadeUpServer() });
  const ready = async (name: string, version = '') => await client.call('ModelReady', [modelRequest, readyResponse], { name, version });
  strictEqual((await ready('identity', ' 01x')).value?.ready, true, 'a version is read as C reads a number');
  deepStrictEqual([(await ready('nope')).code, (await ready('nope')).value?.ready], [0, false]);
  deepStrictEqual(await ready('nope', 'x').then(({ code, says }) => [code, says]), [
    3,
    "failed to get model version from specified version string 'x' (details: stol), version should be an integral value > 0",
  ]);
  strictEqual((await ready('identity', '-1')).says, "invalid model version specified '-1' , version should be an integral value > 0");
  strictEqual((await ready('identity', '99999999999999999999')).code, 3);
});

test('metadata of server and model', async (t) => {
  const { client } = await opened(t, { server: new MadeUpServer() });
  deepStrictEqual((await client.call('ServerMetadata', [empty, serverMetadataResponse], {})).value, {
    name: 'made-up',
    version: '1.2.3',
    extensions: ['classification', 'statistics'],
  });
  const { value } = await client.call('ModelMetadata', [modelRequest, modelMetadataResponse], { name: 'identity' });
  deepStrictEqual(value?.inputs, [{ name: 'IN', datatype: 'FP32', shape: [-1n, -1n] }]);
  deepStrictEqual(value.versions, ['1']);
});

test('a configuration arrives as a ModelConfig', async (t) => {
  const { client } = await opened(t, { server: new MadeUpServer() });
  const { value } = await client.call('ModelConfig', [modelRequest, message({ config: [1, 'bytes'] })], { name: 'identity' });
  deepStrictEqual(
    toJson(modelConfigSchema, fromBinary(modelConfigSchema, value?.config ?? new Uint8Array()), { useProtoFieldName: true }),
    {
      name: 'identity',
      max_batch_size: 8,
      input: [{ name: 'IN', data_type: 'TYPE_FP32', dims: ['-1'] }],
    },
  );
  const unknown = await client.call('ModelConfig', [modelRequest, message({ config: [1, 'bytes'] })], { name: 'nöpe %' });
  deepStrictEqual([unknown.code, unknown.says], [5, "Request for unknown model: 'nöpe %' is not found"], 'words travel percent-encoded');
});

test('statistics of one model, or of all of them when none is named', async (t) => {
  const { client } = await opened(t, { server: new MadeUpServer() });
  const of = async (name: string) =>
    (await client.call('ModelStatistics', [modelRequest, modelStatisticsResponse], { name })).value?.model_stats ?? [];
  const [one] = await of('identity');
  deepStrictEqual(
    [one?.inference_count, one?.last_inference, one?.inference_stats?.queue],
    [3n, 1_795_785_220_999n, { count: 2n, ns: 7000n }],
  );
  deepStrictEqual([one?.batch_stats[0]?.batch_size, one?.response_stats.get('0')?.success?.count], [2n, 2n]);
  strictEqual((await of('')).length, 4);
});

test('the index has a name only for what never loaded, and leaves it out when ready ones are asked for', async (t) => {
  const { client } = await opened(t, { server: new MadeUpServer() });
  const types = [repositoryIndexRequest, repositoryIndexResponse] as const;
  const { value } = await client.call('RepositoryIndex', types, {});
  deepStrictEqual(value?.models[1], { name: 'never', version: '', state: '', reason: '' });
  strictEqual((await client.call('RepositoryIndex', types, { ready: true })).value?.models.length, 1);
  const named = await client.call('RepositoryIndex', types, { repository_name: 'x' });
  deepStrictEqual([named.code, named.says], [12, "'repository_name' specification is not supported"]);
});

test('load takes a configuration and files, unload takes dependents, and both refuse other types in words', async (t) => {
  const server = new MadeUpServer();
  const { client } = await opened(t, { server });
  const types = [repositoryModelRequest, empty] as const;
  const ask = (method: string, parameters: Record<string, object>, model_name = 'm') =>
    client.call(`RepositoryModel${method}`, types, { model_name, parameters: new Map(Object.entries(parameters)) });
  await ask('Load', { config: { string_param: '{}' }, 'file:1/model.onnx': { bytes_param: new Uint8Array([1, 2]) } });
  await ask('Load', {});
  await ask('Unload', { unload_dependents: { bool_param: true }, other: { string_param: 'x' } });
  deepStrictEqual(
    server.loads.map(([, given]) => given),
    [{ config: '{}', files: new Map([['1/model.onnx', Buffer.from([1, 2])]]) }, {}, true],
  );
  const refused = [
    await ask('Load', { config: { bool_param: true } }),
    await ask('Load', { 'file:x': { string_param: '' } }),
    await ask('Load', { x: {} }),
    await ask('Unload', { unload_dependents: {} }),
  ];
  deepStrictEqual(
    refused.map(({ says }) => says),
    [
      "invalid value type for load parameter 'config', expected string_param.",
      "invalid value type for load parameter 'file:x', expected bytes_param.",
      "unrecognized load parameter 'x'.",
      "invalid value type for 'unload_dependents' parameter, expected bool_param.",
    ],
  );
  const failed = await ask('Load', {}, 'broken');
  deepStrictEqual([failed.code, failed.says], [13, "failed to load 'broken', failed to poll from model repository"]);
});

test('regions of shared memory are registered, told and taken back; those of CUDA are refused', async (t) => {
  const { client } = await opened(t, { server: new MadeUpServer() });
  const register = () =>
    client.call('SystemSharedMemoryRegister', [systemSharedMemoryRegisterRequest, empty], { name: 'r', key: '/r', byte_size: 64 });
  strictEqual((await register()).code, 0);
  strictEqual((await register()).code, 6);
  const { value } = await client.call('SystemSharedMemoryStatus', [regionRequest, systemSharedMemoryStatusResponse], {});
  deepStrictEqual([...(value?.regions ?? [])], [['r', { name: 'r', key: '/r', offset: 0n, byte_size: 64n }]]);
  await client.call('SystemSharedMemoryUnregister', [regionRequest, empty], { name: 'r' });
  strictEqual((await register()).code, 0);
  const cuda = await client.call('CudaSharedMemoryRegister', [cudaSharedMemoryRegisterRequest, empty], { name: 'c', byte_size: 4 });
  deepStrictEqual([cuda.code, cuda.says], [3, 'failed to register shared memory region: invalid args']);
  strictEqual((await client.call('CudaSharedMemoryUnregister', [regionRequest, empty], {})).code, 0);
  strictEqual(
    (await client.call('CudaSharedMemoryStatus', [regionRequest, message({ regions: [1, map(empty)] })], {})).value?.regions.size,
    0,
  );
});

test('log settings change one after the other: a later one that is refused leaves the earlier ones changed', async (t) => {
  const server = new MadeUpServer();
  const { client } = await opened(t, { server });
  const ask = (settings: Record<string, object>) =>
    client.call('LogSettings', [logSettings, logSettings], { settings: new Map(Object.entries(settings)) });
  const changed = await ask({ log_info: { bool_param: false }, log_verbose_level: { uint32_param: 2 }, unknown: {} });
  strictEqual(changed.value?.settings.get('log_verbose_level')?.uint32_param, 2);
  strictEqual(changed.value.settings.get('log_info')?.bool_param, false);
  strictEqual(changed.value.settings.get('log_file')?.string_param, '');
  strictEqual(
    (await ask({ log_format: { string_param: 'x' }, log_error: { bool_param: false } })).says,
    'invalid argument for log_format, got: x',
  );
  strictEqual(server.logSettings.get().log_error, false);
  const file = await ask({ log_file: { string_param: 'x' } });
  deepStrictEqual([file.code, file.says], [12, 'log file location can not be updated through network protocol']);
  strictEqual((await ask({ log_info: { uint32_param: 1 } })).says, "expect boolean for 'log_info'");
  strictEqual((await ask({ log_verbose_level: {} })).says, "expect int32 for 'log_verbose_level'");
});

test('trace settings with no value fall back, and only the level may have several', async (t) => {
  const server = new MadeUpServer();
  const { client } = await opened(t, { server });
  const ask = (settings: Record<string, { value: string[] }>) =>
    client.call('TraceSetting', [traceSettingRequest, traceSettingResponse], {
      model_name: 'm',
      settings: new Map(Object.entries(settings)),
    });
  const { value } = await ask({ trace_level: { value: ['TIMESTAMPS', 'TENSORS'] }, trace_rate: { value: [] }, nope: { value: ['x'] } });
  deepStrictEqual(
    [...(server.traceChanges[0]?.[1] ?? [])],
    [
      ['trace_level', ['TIMESTAMPS', 'TENSORS']],
      ['trace_rate', null],
    ],
  );
  deepStrictEqual(value?.settings.get('trace_rate')?.value, ['1000']);
  strictEqual((await ask({ trace_rate: { value: ['1', '2'] } })).says, "expect only 1 value for 'trace_rate'");
  strictEqual((await ask({ trace_file: { value: [] } })).code, 12);
});

test('restricted protocols want their header, and the health service is one of them', async (t) => {
  const restricted = [
    { protocols: ['health', 'inference'], header: 'Admin-Key', value: 'secret' },
    { protocols: ['statistics'], header: 'other', value: 's' },
  ] as const;
  const { client } = await opened(t, { server: new MadeUpServer(), restricted });
  const live = async (metadata: Record<string, string>, method = 'ServerLive') =>
    await client.call(method, [empty, serverLiveResponse], {}, { metadata });
  const refused = await live({});
  deepStrictEqual([refused.code, refused.says], [14, "This protocol is restricted, expecting header 'triton-grpc-protocol-admin-key'"]);
  strictEqual((await live({ 'triton-grpc-protocol-admin-key': 'Secret' })).code, 14);
  strictEqual((await live({ 'triton-grpc-protocol-admin-key': 'secret' })).code, 0);
  strictEqual((await live({}, health)).code, 14);
  strictEqual((await client.call('ServerMetadata', [empty, serverMetadataResponse], {})).code, 0);
  strictEqual((await client.call('ModelStatistics', [modelRequest, modelStatisticsResponse], {})).code, 14);
});

test('a mistake of ours is told to the log, not to the client', async (t) => {
  const server = new MadeUpServer();
  server.index = () => {
    throw new TypeError('oh no');
  };
  const said: string[] = [];
  const { client } = await opened(t, { server, log: { error: (_where, says) => void said.push(says) } });
  const { code, says } = await client.call('RepositoryIndex', [empty, message({ models: [1, list('bytes')] })], {});
  deepStrictEqual([code, says], [13, 'internal error, see the log']);
  strictEqual(said[0]?.includes('TypeError: oh no'), true);
});
