import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { Refused } from '../server/refused.ts';
import { type AskedInfer, ask, floats, opened } from './made-up-client.ts';
import { MadeUpServer } from './made-up-server.ts';

test('an inference gives the outputs raw, with the id and no parameter of its own', async (t) => {
  const { client } = await opened(t, { server: new MadeUpServer() });
  const { value } = await client.infer(ask('identity', { id: 'i' }));
  deepStrictEqual([value?.model_name, value?.model_version, value?.id, value?.parameters.size], ['identity', '1', 'i', 0]);
  deepStrictEqual(value?.outputs, [{ name: 'OUT', datatype: 'FP32', shape: [1n, 2n] }]);
  deepStrictEqual([...(value.raw_output_contents[0] ?? [])], [...floats(1, 2)]);
});

test('large tensors come through whole', async (t) => {
  const { client } = await opened(t, { server: new MadeUpServer() });
  const raw = new Uint8Array(9_000_000).map((_, at) => at % 251);
  const { value } = await client.infer({ ...ask('identity'), raw_input_contents: [raw] });
  strictEqual(Buffer.compare(value?.raw_output_contents[0] ?? new Uint8Array(), raw), 0);
});

const typed = { name: 'IN', datatype: 'FP32', shape: [1, 2], contents: { fp32_contents: [1, 2] } };
const region = (more: object = { shared_memory_byte_size: { int64_param: 8 } }) =>
  new Map(Object.entries({ shared_memory_region: { string_param: 'r' }, ...more }));

/** What is asked, and the words of a real tritonserver 2.51; undefined where it answers. */
const cases: readonly (readonly [asked: AskedInfer, code: number, says?: string])[] = [
  [{ inputs: [typed], raw_input_contents: [] }, 0],
  [{ inputs: [typed] }, 3, "contents field must not be specified when using raw_input_contents for 'IN' for model 'identity'"],
  [
    { inputs: [{ ...typed, contents: {} }] },
    3,
    "contents field must not be specified when using raw_input_contents for 'IN' for model 'identity'",
  ],
  [{ raw_input_contents: [] }, 3, "unable to find data for input tensor 'IN' for model 'identity' in request."],
  [{ raw_input_contents: [floats(1, 2), floats(3)] }, 0],
  [
    { inputs: [{ ...typed, contents: { int_contents: [1] } }], raw_input_contents: [] },
    3,
    "unexpected explicit tensor data for input tensor 'IN' for model 'identity' of type 'INT32', expected datatype 'FP32'",
  ],
  [{ id: 'q', inputs: [typed, typed] }, 3, "[request id: q] input 'IN' already exists in request"],
  [{ model_version: '7' }, 5, "Request for unknown model: 'identity' version 7 is not found"],
  [{ model_name: 'nope' }, 5, "Request for unknown model: 'nope' is not found"],
  [{ model_name: 'refusing' }, 14, 'Exceeds maximum queue size'],
  [{ model_name: 'decoupled', raw_input_contents: [] }, 12, "ModelInfer RPC doesn't support models with decoupled transaction policy"],
  [{ parameters: new Map([['triton_x', { bool_param: true }]]), raw_input_contents: [] }, 3, reserved()],
  [{ parameters: new Map([['timeout', { uint64_param: 5 }]]) }, 3, "invalid value type for 'timeout' parameter, expected int64_param."],
  [{ parameters: new Map([['priority', { int64_param: -1 }]]) }, 3, "invalid value for 'priority', expected value >= 0."],
  [
    { parameters: new Map([['sequence_id', { uint64_param: 1 }]]) },
    3,
    "invalid value type for 'sequence_id' parameter, expected int64_param or string_param.",
  ],
  [
    { parameters: new Map([['a', { uint64_param: 1 }]]) },
    3,
    "invalid value type for 'a' parameter, expected int64_param, bool_param, or string_param.",
  ],
  [
    { inputs: [{ ...typed, parameters: region() }] },
    3,
    "unexpected 'content' provided when using shared memory for input tensor 'IN' for model 'identity'",
  ],
  [{ inputs: [{ name: 'IN', datatype: 'FP32', shape: [1, 2], parameters: region() }] }, 5, "Unable to find shared memory region: 'r'"],
  [{ outputs: [{ name: 'OUT', parameters: region() }] }, 5, "Unable to find shared memory region: 'r'"],
  [
    { outputs: [{ name: 'OUT', parameters: region({}) }] },
    3,
    "'shared_memory_byte_size' must be specified along with 'shared_memory_region' parameter for tensor 'OUT'",
  ],
  [
    { outputs: [{ name: 'OUT', parameters: new Map([['shared_memory_offset', { int64_param: 1 }]]) }] },
    3,
    "'shared_memory_offset' can not be specified without 'shared_memory_region' parameter for tensor 'OUT'",
  ],
  [
    { outputs: [{ name: 'OUT', parameters: region({ shared_memory_byte_size: { uint64_param: 1 } }) }] },
    3,
    "invalid value type for 'shared_memory_byte_size' parameter for tensor 'OUT', expected int64_param.",
  ],
  [
    { outputs: [{ name: 'OUT', parameters: region({ shared_memory_byte_size: { int64_param: 8 }, classification: { int64_param: 1 } }) }] },
    3,
    "output can't set both 'shared_memory_region' and 'classification'",
  ],
  [
    { outputs: [{ name: 'OUT', parameters: new Map([['classification', { int64_param: 0 }]]) }] },
    3,
    "invalid value for 'classification' parameter, expected >= 0",
  ],
  [
    { outputs: [{ name: 'OUT', parameters: new Map([['classification', { string_param: '2' }]]) }] },
    3,
    "invalid value type for 'classification' parameter, expected int64_param",
  ],
];

function reserved(): string {
  const says =
    "parameter keys starting with 'triton_' are reserved for Triton usage. Only the following keys starting with 'triton_' are allowed";
  return `${says}: triton_enable_empty_final_response`;
}

test("what cannot be done is refused in Triton's words and with its codes", async (t) => {
  const { client } = await opened(t, { server: new MadeUpServer() });
  for (const [asked, code, says = ''] of cases) {
    const answer = await client.infer(ask('identity', asked));
    deepStrictEqual([answer.code, answer.says], [code, says]);
  }
});

test('parameters that Triton knows are told from those for the model; integers keep their digits', async (t) => {
  const server = new MadeUpServer();
  const { client } = await opened(t, { server });
  const parameters = new Map(
    Object.entries({
      sequence_id: { int64_param: -1 },
      sequence_start: { bool_param: true },
      sequence_end: { bool_param: false },
      priority: { uint64_param: 3 },
      timeout: { int64_param: 9 },
      a: { int64_param: -7 },
      b: { string_param: '' },
      c: { double_param: 1.5 },
      triton_enable_empty_final_response: { bool_param: true },
    }),
  );
  await client.infer(ask('identity', { parameters, outputs: [{ name: 'OUT' }, { name: 'OUT' }] }));
  const [request] = server.asked;
  deepStrictEqual(request?.sequence, { id: 2n ** 64n - 1n, isStart: true, isEnd: false });
  deepStrictEqual([request.priority, request.timeoutUs, request.outputs], [3n, 9n, ['OUT']]);
  deepStrictEqual(
    [...request.parameters],
    [
      ['a', -7n],
      ['b', ''],
      ['c', 1.5],
    ],
  );
  await client.infer(ask('identity', { parameters: new Map([['sequence_id', { string_param: 's' }]]) }));
  strictEqual(server.asked[1]?.sequence.id, 's');
});

test('headers that match become parameters, and win over those of the same name', async (t) => {
  const server = new MadeUpServer();
  const { client } = await opened(t, { server, forwardPattern: /MY-|agent/i });
  const metadata = { 'my-header': 'v', 'a-my-b': 'w', other: 'x', te: 'trailers' };
  await client.infer(ask('identity', { parameters: new Map([['my-header', { string_param: 'p' }]]) }), { metadata });
  const forwarded = server.asked[0]?.parameters;
  deepStrictEqual([forwarded?.get('my-header'), forwarded?.get('a-my-b'), forwarded?.has('other')], ['v', 'w', false]);
  strictEqual(String(forwarded?.get('user-agent')).startsWith('grpc-node-js/'), true, 'the user agent is metadata too');
});

test('inputs and outputs in shared memory take no raw place, and their answer is empty', async (t) => {
  const server = new MadeUpServer();
  const { client } = await opened(t, { server });
  server.regions.set('r', new Uint8Array(64));
  server.regions.get('r')?.set(floats(5, 6));
  const shared = { name: 'IN', datatype: 'FP32', shape: [1, 2], parameters: region() };
  const raw = { name: 'OTHER', datatype: 'FP32', shape: [1, 2] };
  const out = {
    name: 'OUT',
    parameters: region({ shared_memory_byte_size: { int64_param: 8 }, shared_memory_offset: { int64_param: 16 } }),
  };
  const { value } = await client.infer(ask('identity', { inputs: [shared, raw], outputs: [out] }));
  deepStrictEqual(
    value?.raw_output_contents.map(({ length }) => length),
    [0, 8],
  );
  deepStrictEqual([...(server.regions.get('r') ?? [])].slice(16, 24), [...floats(5, 6)]);
  const small = { name: 'OUT', parameters: region({ shared_memory_byte_size: { int64_param: 4 } }) };
  const refused = await client.infer(ask('identity', { outputs: [small] }));
  const says = "shared memory size specified with the request for output 'OUT' (4 bytes) should be at least 8 bytes to hold the results";
  deepStrictEqual([refused.code, refused.says], [13, says]);
});

test('a classification gives the highest values with index and label', async (t) => {
  const { client } = await opened(t, { server: new MadeUpServer() });
  const outputs = [{ name: 'OUT', parameters: new Map([['classification', { int64_param: 2 }]]) }];
  const { value } = await client.infer(ask('identity', { outputs }));
  deepStrictEqual(value?.outputs, [{ name: 'OUT', datatype: 'BYTES', shape: [1n, 2n] }]);
  strictEqual(Buffer.from(value.raw_output_contents[0] ?? []).toString(), '\x0e\0\0\x002.000000:1:one\x0f\0\0\x001.000000:0:zero');
});

test('an error of the model ends the call with its code', async (t) => {
  const server = new MadeUpServer();
  const { client } = await opened(t, { server });
  const answer = client.infer(ask('held'));
  (await server.next()).answer({ refused: new Refused('Internal', 'it broke\n%') });
  deepStrictEqual(await answer.then(({ code, says }) => [code, says]), [13, 'it broke\n%']);
});

test('a deadline ends the call and cancels the inference', async (t) => {
  const server = new MadeUpServer();
  const { client } = await opened(t, { server });
  const answer = client.infer(ask('held'), { deadlineMs: 50 });
  const held = await server.next();
  strictEqual((await answer).code, 4);
  await held.cancelled;
});

test('a client that cancels cancels the inference', async (t) => {
  const server = new MadeUpServer();
  const { client } = await opened(t, { server });
  let cancel: () => void = () => undefined;
  const answer = client.infer(ask('held'), { onCall: (give) => (cancel = give) });
  const held = await server.next();
  cancel();
  strictEqual((await answer).code, 1);
  await held.cancelled;
});
