import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { Refused } from '../server/refused.ts';
import { ask, floats, opened } from './made-up-client.ts';
import { MadeUpServer } from './made-up-server.ts';

const out = (value: number) => ({ outputs: [{ name: 'OUT', datatype: 'FP32' as const, shape: [1], bytes: floats(value) }] });

test('a stream without a request ends well', async (t) => {
  const { client } = await opened(t, { server: new MadeUpServer() });
  const stream = client.stream();
  stream.call.end();
  strictEqual((await stream.status).code, 0);
  strictEqual(stream.answers.length, 0);
});

test('answers come in the order of the requests, and each says that it is the last of its request', async (t) => {
  const server = new MadeUpServer();
  const { client } = await opened(t, { server });
  const stream = client.stream();
  for (const id of ['a', 'b']) stream.ask(ask('held', { id }));
  stream.ask(ask('nope', { id: 'c' }));
  stream.ask(ask('identity', { id: 'd' }));
  stream.call.end();
  const [a, b] = [await server.next(), await server.next()];
  b.answer(out(2));
  a.answer(out(1));
  strictEqual((await stream.status).code, 0);
  deepStrictEqual(
    stream.answers.map(({ error_message, infer_response }) => [infer_response?.id, error_message]),
    [
      ['a', ''],
      ['b', ''],
      ['c', "Request for unknown model: 'nope' is not found"],
      ['d', ''],
    ],
  );
  const last = stream.answers.map(({ infer_response }) => infer_response?.parameters.get('triton_final_response')?.bool_param);
  deepStrictEqual(last, [true, true, undefined, true], 'what was refused has only its id');
});

test('a decoupled model answers as often as it likes, whenever it likes', async (t) => {
  const server = new MadeUpServer();
  const { client } = await opened(t, { server });
  const stream = client.stream();
  stream.ask(ask('held', { id: 'slow' }));
  stream.ask(ask('decoupled', { id: 'd' }));
  const [slow, decoupled] = [await server.next(), await server.next()];
  decoupled.answer({ ...out(1), isFinal: false });
  decoupled.answer({ ...out(2), isFinal: false });
  deepStrictEqual([(await stream.next()).infer_response?.id, (await stream.next()).infer_response?.id], ['d', 'd']);
  decoupled.answer({});
  slow.answer(out(3));
  const answer = await stream.next();
  strictEqual(answer.infer_response?.id, 'slow', 'the empty answer that ends the other was not asked for');
  stream.call.end();
  strictEqual((await stream.status).code, 0);
});

test('the empty answer at the end comes to whoever asks for it', async (t) => {
  const server = new MadeUpServer();
  const { client } = await opened(t, { server });
  const stream = client.stream();
  stream.ask(ask('decoupled', { id: 'd', parameters: new Map([['triton_enable_empty_final_response', { bool_param: true }]]) }));
  stream.call.end();
  const held = await server.next();
  held.answer({ ...out(1), isFinal: false });
  held.answer({});
  await stream.status;
  const [first, last] = stream.answers.map(({ infer_response }) => infer_response);
  strictEqual(first?.parameters.get('triton_final_response')?.bool_param, false);
  deepStrictEqual([last?.model_name, last?.model_version, last?.id, last?.outputs.length], ['decoupled', '', 'd', 0]);
  strictEqual(last?.parameters.get('triton_final_response')?.bool_param, true);
});

test('an error of a model comes in the stream, names no version, and the stream goes on', async (t) => {
  const server = new MadeUpServer();
  const { client } = await opened(t, { server });
  const stream = client.stream();
  stream.ask(ask('decoupled', { id: 'd' }));
  const held = await server.next();
  held.answer({ refused: new Refused('Internal', 'it broke'), isFinal: false });
  held.answer({ ...out(1), isFinal: true });
  const [error, good] = [await stream.next(), await stream.next()];
  deepStrictEqual([error.error_message, error.infer_response?.id, error.infer_response?.model_name], ['it broke', 'd', 'decoupled']);
  deepStrictEqual(
    [error.infer_response?.model_version, error.infer_response?.parameters.get('triton_final_response')?.bool_param],
    ['', false],
  );
  strictEqual(good.infer_response?.model_version, '1');
  stream.call.end();
  strictEqual((await stream.status).code, 0);
});

test('with triton_grpc_error the first error of a model ends the stream and cancels the rest; what was refused before does not', async (t) => {
  const server = new MadeUpServer();
  const { client } = await opened(t, { server });
  const stream = client.stream({ triton_grpc_error: 'true' });
  stream.ask(ask('nope'));
  strictEqual((await stream.next()).error_message, "Request for unknown model: 'nope' is not found");
  stream.ask(ask('decoupled'));
  stream.ask(ask('held'));
  const [decoupled, held] = [await server.next(), await server.next()];
  decoupled.answer({ refused: new Refused('Not found', 'no such thing'), isFinal: true });
  deepStrictEqual(await stream.status.then(({ code, details }) => [code, details]), [5, 'no such thing']);
  await held.cancelled;
});

test('a client that cancels cancels all that is under way', async (t) => {
  const server = new MadeUpServer();
  const { client } = await opened(t, { server });
  const stream = client.stream();
  stream.ask(ask('held'));
  stream.ask(ask('decoupled'));
  const under = [await server.next(), await server.next()];
  stream.call.cancel();
  for (const held of under) await held.cancelled;
});

test('a stream is not read further while very many of its requests are under way', async (t) => {
  const server = new MadeUpServer();
  const { client } = await opened(t, { server });
  const stream = client.stream();
  // Each of its messages is larger than what one read takes in.
  const wide = { inputs: [{ name: 'IN', datatype: 'FP32', shape: [1, 16_384] }], raw_input_contents: [new Uint8Array(65_536)] };
  for (let count = 0; count < 1100; count += 1) stream.ask(ask('held', { id: String(count), ...wide }));
  stream.call.end();
  const taken = [];
  for (let count = 0; count < 1024; count += 1) taken.push(await server.next());
  strictEqual(server.asked.length, 1024);
  for (const held of taken) held.answer(out(0));
  for (let count = 1024; count < 1100; count += 1) (await server.next()).answer(out(1));
  strictEqual((await stream.status).code, 0);
  deepStrictEqual(
    stream.answers.map(({ infer_response }) => Number(infer_response?.id)),
    [...new Array(1100).keys()],
  );
});
