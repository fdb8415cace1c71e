import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { onnxTypes, writeModels } from './models.ts';
import { binary, type Question, sameAnswers } from './question.ts';
import { startBoth } from './servers.ts';

const post = (path: string, body?: unknown, headers?: Record<string, string>): Question => ['POST', path, body, headers];
const get = (path: string): Question => ['GET', path];
const infer = (model: string): string => `/v2/models/${model}/infer`;

const widths: Readonly<Record<string, number>> = {
  FP16: 2,
  INT16: 2,
  UINT16: 2,
  INT32: 4,
  UINT32: 4,
  FP32: 4,
  INT64: 8,
  UINT64: 8,
  FP64: 8,
};
const datatype = (type: string): string => (type === 'STRING' ? 'BYTES' : type);
const text = (...strings: string[]): Buffer =>
  Buffer.concat(
    strings.flatMap((one) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(Buffer.byteLength(one));
      return [length, Buffer.from(one)];
    }),
  );

/** Two elements of each type. */
function bytesOf(type: string): Buffer {
  if (type === 'STRING') return text('größer', '');
  if (type === 'BOOL') return Buffer.from([1, 0]);
  if (type === 'FP16') return Buffer.from([0x00, 0x3c, 0x00, 0xc0]);
  return Buffer.alloc(2 * (widths[type] ?? 1), type.startsWith('FP') ? 0x3f : 0x7e);
}

const types = Object.keys(onnxTypes);
const typed = (more: object = {}): readonly [Buffer, Record<string, string>] =>
  binary(
    {
      inputs: types.map((type) => ({
        name: type,
        datatype: datatype(type),
        shape: [1, 2],
        parameters: { binary_data_size: bytesOf(type).length },
      })),
      ...more,
    },
    ...types.map(bytesOf),
  );

const x = (shape: readonly number[], data: readonly unknown[], more: object = {}) => ({
  name: 'x',
  datatype: 'FP32',
  shape,
  data,
  ...more,
});
const strings = (data: readonly string[], more: object = {}) => ({
  inputs: [{ name: 'x', datatype: 'BYTES', shape: [1, data.length], data }],
  ...more,
});
const floats = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);
const pixels = { name: 'pixels', datatype: 'FP32', shape: [2, 64], parameters: { binary_data_size: 512 } };
const classes = (classification: unknown, more: object = {}): Question =>
  post(
    infer('digits'),
    ...binary({ inputs: [pixels], outputs: [{ name: 'probabilities', parameters: { classification, ...more } }] }, Buffer.alloc(512)),
  );

const twoStrings = (tensor: Buffer): readonly [object, Buffer] => [
  { inputs: [{ name: 'x', datatype: 'BYTES', shape: [1, 2], parameters: { binary_data_size: tensor.length } }] },
  tensor,
];

/** Of all sizes a float has, with all bits and with few. */
const oddNumbers = Array.from({ length: 600 }, (_, at) => Math.sin(at + 1) * 10 ** ((at % 70) - 35)).flatMap((one) => [
  one,
  Number(one.toPrecision(3)),
]);

const bin = (head: object, ...tensors: Buffer[]): Question => post(infer('flat'), ...binary(head, ...tensors));
const flat = (size: unknown, more: object = {}) => ({
  inputs: [{ name: 'x', datatype: 'FP32', shape: [2], parameters: { binary_data_size: size, ...more } }],
});

const json = JSON.stringify({ inputs: [x([2], [1, 2])] });
const topics: Readonly<Record<string, readonly Question[]>> = {
  'binary tensors of every datatype, in and out': [
    post(infer('types'), ...typed({ parameters: { binary_data_output: true } })),
    post(
      infer('types'),
      ...typed({ id: 'some', outputs: types.filter((type) => type !== 'FP16').map((type) => ({ name: `${type}_out` })) }),
    ),
    post(infer('types'), ...typed({ outputs: [{ name: 'FP16_out' }] })),
    post(infer('types'), ...typed({ outputs: [{ name: 'FP16_out', parameters: { binary_data: true } }, { name: 'INT8_out' }] })),
    post(infer('types'), ...typed()),
  ],
  'binary tensors that do not fit what is said of them': [
    bin(flat(8), floats(1, 2)),
    bin(flat(8), floats(1)),
    bin(flat(8), floats(1, 2, 3)),
    bin(flat(4), floats(1)),
    bin(flat(0)),
    bin(flat('8'), floats(1, 2)),
    bin(flat(-8), floats(1, 2)),
    bin(flat(8, { shared_memory_region: 'r' }), floats(1, 2)),
    bin({ ...flat(8), parameters: { binary_data_output: 'x' } }, floats(1, 2)),
    ...['5', '0', '-1', 'x', '', '99999'].map(
      (length): Question => post(infer('flat'), json, { 'Inference-Header-Content-Length': length }),
    ),
    post(infer('flat'), json, { 'Inference-Header-Content-Length': String(json.length) }),
  ],
  'raw requests, whose one tensor is the body': [
    post(infer('flat'), floats(1, 2, 3), { 'Inference-Header-Content-Length': '0' }),
    post(infer('flat'), Buffer.from('abc'), { 'Inference-Header-Content-Length': '0' }),
    post(infer('text'), Buffer.from('abc'), { 'Inference-Header-Content-Length': '0' }),
    post(infer('scalar'), floats(1), { 'Inference-Header-Content-Length': '0' }),
    post(infer('matrix'), floats(1, 2, 3, 4), { 'Inference-Header-Content-Length': '0' }),
    post(infer('types'), floats(1), { 'Inference-Header-Content-Length': '0' }),
    post(infer('flat'), ''),
  ],
  'strings of all kinds': [
    post(infer('text'), strings(['a', 'größer', '', '"quoted" \\ \n'])),
    post(infer('text'), strings([])),
    post(infer('text'), strings(['a'], { outputs: [{ name: 'y', parameters: { binary_data: true } }] })),
    post(infer('text'), { inputs: [{ name: 'x', datatype: 'BYTES', shape: [1, 2], data: ['a'] }] }),
    post(infer('text'), { inputs: [{ name: 'x', datatype: 'BYTES', shape: [1, 1], data: [7] }] }),
  ],
  'control characters, and what else JSON escapes': [
    post(infer('text'), ...binary(twoStrings(text(String.fromCharCode(...Array(32).keys()).slice(1), '\u007f/\u2028"\\')))),
    post(infer('text'), { id: '\u001f', inputs: [{ name: 'x\u000b', datatype: 'BYTES', shape: [1, 1], data: ['a'] }] }),
    post(infer('text'), { ...strings(['a']), id: 'a\u000b\u001f\u007f' }),
  ],
  'floating-point numbers to their last digit': [
    post(infer('flat'), { inputs: [x([oddNumbers.length], oddNumbers.map(Math.fround))] }),
    post(infer('doubles'), { inputs: [{ ...x([1, oddNumbers.length], oddNumbers), datatype: 'FP64' }] }),
  ],
  'shapes: none, reshaped, open, empty': [
    post(infer('flat'), { inputs: [x([3], [1, 2, 3])] }),
    post(infer('flat'), { inputs: [x([1, 3], [1, 2, 3])] }),
    post(infer('flat'), { inputs: [x([], [1])] }),
    post(infer('flat'), { inputs: [x([0], [])] }),
    post(infer('scalar'), { inputs: [x([2, 1], [1, 2])] }),
    post(infer('scalar'), { inputs: [x([2], [1, 2])] }),
    post(infer('matrix'), { inputs: [x([1, 2, 2], [1, 2, 3, 4])] }),
    post(infer('matrix'), { inputs: [x([1, 0, 2], [])] }),
    post(infer('matrix'), { inputs: [x([9, 1, 2], Array(18).fill(0))] }),
    post(infer('matrix'), { inputs: [x([1, 1, 3], [1, 2, 3])] }),
  ],
  'classification, with labels and without': [
    ...[1, 3, 10, 300, 0].map((count) => classes(count)),
    classes('x'),
    classes(-1),
    classes(2, { binary_data: true }),
    post(
      infer('types'),
      ...typed({
        outputs: types
          .filter((type) => type !== 'STRING' && type !== 'FP16' && type !== 'BOOL')
          .map((type) => ({ name: `${type}_out`, parameters: { classification: 2 } })),
      }),
    ),
    post(infer('flat'), { inputs: [x([3], [1, 3, 2])], outputs: [{ name: 'y', parameters: { classification: 2 } }] }),
    post(
      infer('flat'),
      `{"inputs":[{"name":"x","datatype":"FP32","shape":[4],"data":[-0.0,-1,-1e-9,1e-9]}],"outputs":[{"name":"y","parameters":{"classification":4}}]}`,
    ),
  ],
  'parameters: priority, timeout, sequences where there are none': [
    ...[0, 1, 2, 3, 99, -1, 'x', 1.5].map((priority) =>
      post(infer('matrix'), { inputs: [x([1, 1, 2], [1, 2])], parameters: { priority } }),
    ),
    ...[0, 5, 10_000_000, -1, 'x'].map((timeout) => post(infer('matrix'), { inputs: [x([1, 1, 2], [1, 2])], parameters: { timeout } })),
    ...[5, 'abc', '', 0, -5, true].map((sequence_id) => post(infer('flat'), { inputs: [x([1], [1])], parameters: { sequence_id } })),
    ...[true, 1, 'true'].map((sequence_start) => post(infer('flat'), { inputs: [x([1], [1])], parameters: { sequence_start } })),
    post(infer('flat'), { inputs: [x([1], [1])], parameters: { triton_enable_empty_final_response: true } }),
  ],
  'versions by number, and those that the policy leaves out': [
    ...['', '/versions/1', '/versions/2', '/versions/3'].flatMap((version): Question[] => [
      get(`/v2/models/versions${version}`),
      get(`/v2/models/versions${version}/ready`),
      get(`/v2/models/versions${version}/config`),
      post(`/v2/models/versions${version}/infer`, { inputs: [x([1, 1], [1])] }),
    ]),
  ],
  'compressed requests and answers': [
    ...[gzipSync(json), deflateSync(json)].map(
      (body, index): Question => post(infer('flat'), body, { 'Content-Encoding': index === 0 ? 'gzip' : 'deflate' }),
    ),
    post(infer('flat'), gzipSync(json), { 'Content-Encoding': 'br' }),
    post(infer('flat'), json, { 'Content-Encoding': 'identity' }),
    post(infer('flat'), json, { 'Content-Encoding': 'gzip' }),
    ...[
      'gzip',
      'deflate',
      'gzip;q=0.1, deflate',
      'gzip, deflate',
      'deflate, gzip',
      'br',
      'identity',
      '*',
      'gzip;q=0',
      'x,  gzip',
      'gzip; q=0.5',
    ].map((accepted): Question => post(infer('flat'), json, { 'Accept-Encoding': accepted })),
    ['GET', '/v2/models/flat', undefined, { 'Accept-Encoding': 'gzip' }],
  ],
  'generate, with tensors as members of one object': [
    ...[
      { x: [1, 2] },
      { x: 1 },
      { x: 'a' },
      { x: null },
      { x: [[1]] },
      { x: [1, 2], id: 'q', other: 3, parameters: { a: 'b' } },
      { x: [1], triton_x: 1 },
      { x: [1], list: [1] },
      {},
      [],
      { x: 1, whole: 2 ** 40, half: 1.5, large: 1e300, yes: true },
      { x: 1, half: 1.5, none: null },
      { parameters: { x: [1, 2] } },
      { parameters: { x: [1, 2], nested: { a: 1 } } },
      { x: [1], parameters: { x: [1] } },
      { x: [1], id: 'q', parameters: { x: [1] } },
      { x: [1], parameters: { parameters: { a: 1 } } },
      { x: [1], parameters: { id: 'q', half: 1.5 } },
      { parameters: { x: ['a'] } },
      ...['x', [1], 5, null].map((parameters) => ({ x: [1], parameters })),
      ...[[[]], [[1, 2]], [[1], [2]], [[1, 2], []], [1, []]].map((x) => ({ x })),
    ].map((body): Question => post('/v2/models/flat/generate', body)),
    post('/v2/models/matrix/generate', { parameters: { x: [1, 2, 3] } }),
    ...[1, [1, 2], 'x', null].map((FP16): Question => post('/v2/models/types/generate', { FP16 })),
    post(infer('types'), { inputs: [{ name: 'FP16', datatype: 'FP16', shape: [1, 2], data: 7 }] }),
    post(infer('flat'), { inputs: [{ name: 'x', datatype: 'FP32', shape: [2], data: 7 }] }),
    ...['{', ''].map((body): Question => post('/v2/models/flat/generate', body)),
    post('/v2/models/matrix/generate', { x: [1, 2, 3, 4] }),
    post('/v2/models/matrix/generate', { x: [1, 2, 3] }),
    post('/v2/models/text/generate', { x: 'größer' }),
    post('/v2/models/text/generate', { x: ['a', ''] }),
    post('/v2/models/flat/versions/1/generate', { x: [1, 2] }),
    post('/v2/models/flat/versions/2/generate', { x: [1, 2] }),
    post('/v2/models/nope/generate', {}),
    post('/v2/models/flat/generate', { x: [1] }, { 'Content-Encoding': 'gzip' }),
    post('/v2/models/flat/generate', { x: [1] }, { 'Content-Encoding': 'identity' }),
    post('/v2/models/flat/generate_stream', { x: [1, 2] }),
    post('/v2/models/flat/generate_stream', { x: 'a' }),
    ['GET', '/v2/models/flat/generate'],
  ],
  'trace and log settings': [
    get('/v2/trace/setting'),
    get('/v2/models/flat/trace/setting'),
    get('/v2/models/nope/trace/setting'),
    post('/v2/models/nope/trace/setting', '{'),
    post('/v2/models/flat/trace/setting', '{'),
    ...[
      { trace_level: ['TIMESTAMPS'] },
      { trace_level: ['X'] },
      { trace_level: 'OFF' },
      { trace_level: [] },
      ...['-5', '-1', ' -007', '-99999999999999999999', '99999999999'].map((trace_count) => ({ trace_count })),
      { trace_rate: 'x' },
      { trace_rate: 5 },
      { trace_rate: '5', log_frequency: '7', trace_count: '3' },
      { trace_file: 'x' },
      { nope: 'x' },
      { trace_rate: null, log_frequency: null, trace_count: null },
    ].map((body): Question => post('/v2/trace/setting', body)),
    post('/v2/models/flat/trace/setting', { trace_rate: '9' }),
    get('/v2/models/flat/trace/setting'),
    get('/v2/trace/setting'),
    post('/v2/models/flat/trace/setting', { trace_rate: null }),
    ...['logging', 'trace/setting', 'models/flat/trace/setting', 'models/nope/trace/setting', 'repository/index'].flatMap((path) =>
      ['', undefined, ' ', '\0'].map((body): Question => post(`/v2/${path}`, body)),
    ),
    get('/v2/logging'),
    ...[
      { log_info: false },
      { log_info: 1 },
      { log_file: 'x' },
      { log_format: 'x' },
      { log_format: 'ISO8601' },
      ...[-1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 + 5, 99_999_999_999].map((log_verbose_level) => ({ log_verbose_level })),
      {},
    ].map((body): Question => post('/v2/logging', body)),
    post('/v2/logging', '{'),
    post('/v2/logging', { log_info: true, log_format: 'default', log_verbose_level: 0 }),
  ],
  'numbers past 64 bits, data that nobody looks at, and inputs that are missing': [
    ...['sequence_id', 'priority', 'timeout', 'custom'].map(
      (name): Question => post(infer('flat'), { parameters: { [name]: 2 ** 64 }, inputs: [x([1], [1])] }),
    ),
    post(infer('types'), { inputs: [{ name: 'INT64', datatype: 'INT64', shape: [1, 2], data: [2 ** 63, 0] }] }),
    post(infer('types'), { inputs: [{ name: 'UINT64', datatype: 'UINT64', shape: [1, 2], data: [2 ** 64, 0] }] }),
    post(infer('types'), { inputs: [{ name: 'INT8', datatype: 'INT8', shape: [1, 2], data: [1, 2] }] }),
    post(infer('flat'), { inputs: [x([0], [1])] }),
    post(infer('text'), { inputs: [{ name: 'x', datatype: 'BYTES', shape: [1, 0], data: ['a'] }] }),
    post(infer('text'), { inputs: [{ name: 'x', datatype: 'BYTES', shape: [0, 1], data: ['a'] }] }),
  ],
  'shared memory that is not there, and CUDA': [
    get('/v2/systemsharedmemory/status'),
    get('/v2/systemsharedmemory/region/r/status'),
    post('/v2/systemsharedmemory/region/r/register', { key: '/conch-nope', byte_size: 10 }),
    post('/v2/systemsharedmemory/region/r/register', { byte_size: 10 }),
    post('/v2/systemsharedmemory/region/r/register', { key: '/conch-nope' }),
    ...['{', '', ' ', undefined].map((body): Question => post('/v2/systemsharedmemory/region/r/register', body)),
    post('/v2/systemsharedmemory/region/r/unregister'),
    post('/v2/systemsharedmemory/unregister'),
    post(infer('flat'), {
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1], parameters: { shared_memory_region: 'r', shared_memory_byte_size: 4 } }],
    }),
    post(infer('flat'), { inputs: [{ name: 'x', datatype: 'FP32', shape: [1], parameters: { shared_memory_region: 'r' } }] }),
    post(infer('flat'), {
      inputs: [x([1], [1])],
      outputs: [{ name: 'y', parameters: { shared_memory_region: 'r', shared_memory_byte_size: 4 } }],
    }),
    get('/v2/cudasharedmemory/status'),
    get('/v2/cudasharedmemory/region/r/status'),
    post('/v2/cudasharedmemory/region/r/register', { raw_handle: { b64: 'AAAA' }, device_id: 0, byte_size: 10 }),
    post('/v2/cudasharedmemory/region/r/register', { raw_handle: 'x', device_id: 0, byte_size: 10 }),
    ...[{}, '', '{'].map((body): Question => post('/v2/cudasharedmemory/region/r/register', body)),
    post('/v2/cudasharedmemory/region/r/unregister'),
  ],
};

test('over HTTP the embedded runtime answers as the real tritonserver does', async (t) => {
  const repository = writeModels();
  t.after(() => rmSync(repository, { recursive: true, force: true }));
  const loaded = ['digits', 'types', 'flat', 'doubles', 'scalar', 'matrix', 'text', 'versions'].map((name) => `--load-model=${name}`);
  const both = await startBoth([repository], ['--model-control-mode=explicit', '--disable-auto-complete-config', ...loaded]);
  if ('skip' in both) return t.skip(both.skip);
  t.after(() => Promise.all(both.map((one) => one.stop())));
  for (const [says, questions] of Object.entries(topics)) await t.test(says, () => sameAnswers(both, questions, withoutBackendName));
});

/** Our ONNX Runtime backend for the real server is a script, and its configuration names it. */
const withoutBackendName = (told: unknown): unknown =>
  JSON.parse(JSON.stringify(told, (key, value: unknown) => (key === 'runtime' ? '' : typeof value === 'bigint' ? String(value) : value)));
