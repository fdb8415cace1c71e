import { deepStrictEqual, strictEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { decodeMessage } from './decode-message.ts';
import { encodeMessage } from './encode-message.ts';
import {
  cudaSharedMemoryRegisterRequest,
  logSettings,
  modelMetadataResponse,
  modelStatisticsResponse,
  repositoryIndexRequest,
  repositoryModelRequest,
  systemSharedMemoryStatusResponse,
  traceSettingRequest,
} from './service-messages.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytes = (text: string) => Buffer.from(text, 'hex');

// Bytes in these tests are what tritonclient 2.51 writes.
test('statistics keep nanoseconds that a double cannot hold, and durations of nothing', () => {
  const written = '0a370a016d1201311887c78fe9a13420032802320f0a0b080310818080808080801012003a0808021204080110054a090a013012041a020804';
  const model_stats = [
    {
      name: 'm',
      version: '1',
      last_inference: 1795785220999,
      inference_count: 3,
      execution_count: 2,
      inference_stats: { success: { count: 3, ns: 9007199254740993n }, fail: {} },
      batch_stats: [{ batch_size: 2, compute_input: { count: 1, ns: 5 } }],
      response_stats: new Map([['0', { success: { count: 4 } }]]),
    },
  ];
  strictEqual(hex(encodeMessage(modelStatisticsResponse, { model_stats })), written);
  const read = decodeMessage(modelStatisticsResponse, bytes(written)).model_stats[0];
  strictEqual(read?.inference_stats?.success?.ns, 9007199254740993n);
  strictEqual(read.response_stats.get('0')?.success?.count, 4n);
  strictEqual(read.inference_stats.queue, undefined);
});

test('a shape of metadata is packed, with -1 in ten bytes', () => {
  const tensor = { name: 'I', datatype: 'FP32', shape: [-1, 64] };
  const written = '0a016d1201311201331a017022160a01491204465033321a0bffffffffffffffffff0140';
  strictEqual(hex(encodeMessage(modelMetadataResponse, { name: 'm', versions: ['1', '3'], platform: 'p', inputs: [tensor] })), written);
  deepStrictEqual(decodeMessage(modelMetadataResponse, bytes(written)).inputs[0]?.shape, [-1n, 64n]);
});

test('parameters of a load tell text from bytes from nothing', () => {
  const written = '12016d1a0e0a06636f6e66696712041a027b7d1a170a0f66696c653a312f6d6f64656c2e70791204220200011a080a046e6f6e651200';
  const { model_name, parameters } = decodeMessage(repositoryModelRequest, bytes(written));
  strictEqual(model_name, 'm');
  strictEqual(parameters.get('config')?.string_param, '{}');
  deepStrictEqual([...(parameters.get('file:1/model.py')?.bytes_param ?? [])], [0, 1]);
  deepStrictEqual(Object.values(parameters.get('none') ?? { absent: 1 }), [undefined, undefined, undefined, undefined]);
});

test('a choice of a default value is written, and read as one', () => {
  const settings = new Map([
    ['log_info', { bool_param: false }],
    ['log_verbose_level', { uint32_param: 0 }],
  ]);
  const written = '0a0e0a086c6f675f696e666f120208000a170a116c6f675f766572626f73655f6c6576656c12021000';
  strictEqual(hex(encodeMessage(logSettings, { settings })), written);
  const read = decodeMessage(logSettings, bytes(written)).settings;
  deepStrictEqual([read.get('log_info')?.bool_param, read.get('log_info')?.uint32_param], [false, undefined]);
});

test('an entry of a map without a value has an empty one', () => {
  const { settings } = decodeMessage(
    traceSettingRequest,
    bytes('0a150a0b74726163655f6c6576656c12060a01410a01420a0c0a0a74726163655f7261746512016d'),
  );
  deepStrictEqual(
    [...settings].map(([name, { value }]) => [name, value]),
    [
      ['trace_level', ['A', 'B']],
      ['trace_rate', []],
    ],
  );
});

test('maps of messages, bytes and negative integers', () => {
  const regions = new Map([['r', { name: 'r', key: '/k', offset: 4, byte_size: 2 ** 40 }]]);
  strictEqual(hex(encodeMessage(systemSharedMemoryStatusResponse, { regions })), '0a150a017212100a017212022f6b180420808080808020');
  const register = decodeMessage(cudaSharedMemoryRegisterRequest, bytes('0a01631202787918ffffffffffffffffff012004'));
  deepStrictEqual([register.name, register.device_id, register.byte_size, hex(register.raw_handle)], ['c', -1n, 4n, '7879']);
});

test('a field of another wire type is passed over; one that is cut short throws', () => {
  deepStrictEqual(decodeMessage(repositoryIndexRequest, bytes('0801120178')), { repository_name: '', ready: false });
  throws(() => decodeMessage(repositoryIndexRequest, bytes('0ac8')));
  throws(() => decodeMessage(repositoryIndexRequest, bytes('0a02fffe')), /utf/i);
});
