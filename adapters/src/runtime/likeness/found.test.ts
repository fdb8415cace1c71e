import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { writeModels } from './models.ts';
import { binary, type Question, sameAnswers } from './question.ts';
import { startBoth } from './servers.ts';

const post = (path: string, body?: unknown, headers?: Record<string, string>): Question => ['POST', path, body, headers];
const infer = (body: unknown, model = 'flat', headers?: Record<string, string>): Question =>
  post(`/v2/models/${model}/infer`, body, headers);
const x = (more: string, before = '"name":"x","datatype":"FP32"'): string => `{"inputs":[{${before},${more}}]}`;
const good = x('"shape":[2],"data":[1,2]');
const broken = (bytes: Buffer, at: number): Buffer => Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)));
const strings = (...bytes: number[]): Question => {
  const parameters = { binary_data_size: bytes.length };
  const [body, headers] = binary({ inputs: [{ name: 'x', datatype: 'BYTES', shape: [1, 1], parameters }] }, Buffer.from(bytes));
  return infer(body, 'text', headers);
};

/** What the fuzzer (scripts/fuzz-runtimes.ts) found and was then mended, each in its smallest form. */
const found: Readonly<Record<string, readonly Question[]>> = {
  'JSON: places are of bytes, of members with one name the first counts, 1.0 is no integer': [
    infer('{"id":"größer",}'),
    infer('{"id":"\\ud83d\\u0041"}'),
    infer('{"id":1e400}'),
    infer('\ufeff{"id":7}'),
    infer(`${good}\0more`),
    infer(x('"shape":[2],"shape":7,"data":[1,2]')),
    infer(x('"shape":[2.0],"data":[1,2]')),
    infer(x('"shape":[2e0],"data":[1,2]')),
    infer(x('"shape":[18446744073709551616],"data":[1,2]')),
    infer(x(`"shape":[1],"data":${'['.repeat(150)}1${']'.repeat(150)}`)),
    infer('{"inputs":[],"parameters":{"timeout":[],"sequence_end":null}}'),
    infer('{"inputs":[],"parameters":{"triton_x":[]}}'),
  ],
  'data: nobody looks at that of an empty tensor, and what is too much comes before what is wrong': [
    infer(x('"shape":[0],"data":["a",[]]')),
    infer(x('"shape":[1],"data":[1,"a"]')),
    infer(x('"shape":[1],"data":[1]', '"name":"x","datatype":"FP31"')),
    infer(x('"shape":[1],"parameters":{"binary_data_size":0}', '"name":"x","datatype":"FP31"')),
    infer(
      '{"inputs":[{"name":"x","datatype":"FP32","shape":[0],"data":[]},{"name":"x","datatype":"FP32","shape":[0],"data":[]}],"outputs":7}',
    ),
    strings(9, 0, 0, 0, 65),
    strings(9, 0),
  ],
  'bodies that were compressed and have suffered': [
    infer(broken(gzipSync(good), gzipSync(good).length - 6), 'flat', { 'Content-Encoding': 'gzip' }),
    infer(gzipSync(good).subarray(0, -5), 'flat', { 'Content-Encoding': 'gzip' }),
    infer(deflateSync(good).subarray(0, -3), 'flat', { 'Content-Encoding': 'deflate' }),
    infer(good, 'flat', { 'Content-Encoding': '' }),
    post('/v2/repository/index', '{"ready":true}', { 'Content-Encoding': 'gzip' }),
  ],
  'versions and header lengths are numbers as C reads them': [
    infer(good, 'flat/versions/01'),
    infer(good, 'flat/versions/0'),
    infer(good, 'flat', { 'Inference-Header-Content-Length': '18446744073709551616' }),
    infer(x('"shape":[1],"parameters":{"binary_data_size":9223372036854775807}')),
  ],
  'settings: in their order, a null for what stays, numbers that wrap': [
    post('/v2/logging', { log_info: null, log_format: 'ISO8601' }),
    post('/v2/logging', { log_file: null, log_verbose_level: -1 }),
    post('/v2/logging', { log_verbose_level: 4294967296, log_format: 'default' }),
    post('/v2/trace/setting', { trace_rate: ['1'], trace_level: 'OFF' }),
    post('/v2/trace/setting', { trace_rate: '1.5', log_frequency: '-1', trace_count: '05' }),
    post('/v2/trace/setting', { trace_count: '2147483648' }),
    post('/v2/trace/setting', { trace_level: ['OFF', 'TENSORS'] }),
    post('/v2/trace/setting', { trace_file: 7 }),
    post('/v2/trace/setting', { trace_rate: null, log_frequency: null, trace_count: null, trace_level: null }),
  ],
  'shared memory: what is not there is told last': [
    infer(x('"shape":[1],"parameters":{"shared_memory_region":"r","shared_memory_offset":"8"}')),
    post('/v2/systemsharedmemory/region/r/register', { key: null, byte_size: 8 }),
    post('/v2/systemsharedmemory/region/r/register', { key: '/conch-nope', byte_size: null }),
    post('/v2/cudasharedmemory/region/r/register', { raw_handle: { nope: 1 } }),
    post('/v2/cudasharedmemory/region/r/register', { raw_handle: { b64: 'AAAA' }, device_id: -1, byte_size: 8 }),
    post('/v2/cudasharedmemory/region/r/register', { raw_handle: { b64: '_'.repeat(86) }, device_id: 0, byte_size: 8 }),
    post('/v2/cudasharedmemory/region/r/register', {
      raw_handle: { b64: Buffer.alloc(64).toString('base64') },
      device_id: 0,
      byte_size: 8,
    }),
  ],
  'an ensemble tells its controls, but not with empty tensors': [
    infer({ inputs: [{ name: 'in', datatype: 'FP32', shape: [1, 0, 2], data: [] }] }, 'pair'),
    infer({ inputs: [{ name: 'in', datatype: 'FP32', shape: [1, 1, 2], data: [1, 2] }] }, 'pair'),
    post('/v2/models/pair/generate', { in: [1, 2] }),
  ],
  'a sequence of two rows is refused for its rows': [
    infer({ inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 1], data: [1, 2] }] }, 'direct'),
  ],
};

test('what fuzzing once found is answered as the real tritonserver answers it', async (t) => {
  const repository = writeModels();
  t.after(() => rmSync(repository, { recursive: true, force: true }));
  const loaded = ['flat', 'text', 'pair', 'direct'].map((name) => `--load-model=${name}`);
  const both = await startBoth([repository], ['--model-control-mode=explicit', '--disable-auto-complete-config', ...loaded]);
  if ('skip' in both) return t.skip(both.skip);
  t.after(() => Promise.all(both.map((one) => one.stop())));
  for (const [says, questions] of Object.entries(found)) await t.test(says, () => sameAnswers(both, questions));
});
