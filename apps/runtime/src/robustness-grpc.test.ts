import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { encodeMessage } from '#core/kserve/grpc/encode-message.ts';
import { GrpcClient, inferRequest, opened } from './grpc/made-up-client.ts';
import { MadeUpServer } from './grpc/made-up-server.ts';
import { ask, echoed, echoing, rssMb, spawned, until } from './made-up-runtime.ts';

test('a stream whose client asks much and reads nothing is not read from, and goes on when it is', async (t) => {
  const { http, grpc, metrics, pid } = await spawned(t, echoing(t));
  await echoed(http);
  const before = rssMb(pid);
  const stream = callOn(sessionTo(t, grpc), 'ModelStreamInfer');
  const [message, count] = [framed('identity', 'x', 250_000), 120];
  for (let asked = 0; asked < count; asked += 1) stream.write(message);
  const succeeded = async () =>
    Number(/nv_inference_request_success\{[^}]*\} (\d+)/.exec((await ask('GET', `${metrics}/metrics`)).text)?.[1]);
  let [most, answered, still] = [0, 0, 0];
  await until(async () => {
    const now = await succeeded();
    still = now === answered ? still + 1 : 0;
    answered = now;
    most = Math.max(most, rssMb(pid));
    return answered > 1 && still > 30;
  });
  t.diagnostic(`${count} MB asked for on a stream that is not read, the process grew by ${Math.round(most - before)} MB`);
  ok(most - before < 300, `it grew by ${most - before} MB`);
  strictEqual((await echoed(http)).status, 200);
  stream.resume();
  await until(async () => (await succeeded()) === count + 2);
});

test('a connection whose answers are not read gets no more of them past its bound, and others do', async (t) => {
  const { service, client } = await opened(t, { server: new MadeUpServer(), heldBytesMax: 16 * 2 ** 20 });
  const session = sessionTo(t, service.port);
  const message = framed('identity', 'IN', 250_000);
  const calls: ClientHttp2Stream[] = [];
  const statuses: string[] = [];
  const call = async (): Promise<void> => {
    const stream = callOn(session, 'ModelInfer');
    calls.push(stream);
    stream.on('response', (headers) => statuses.push(String(headers['grpc-status'] ?? 'answered')));
    stream.end(message);
    // Not before the one before has begun to be answered, so that what is under way is known.
    await once(stream, 'response');
  };
  for (let asked = 0; asked < 20; asked += 1) await call();
  const refused = statuses.indexOf('8');
  ok(refused > 5 && refused <= 10, `the first refusal was that of call ${refused}`);
  deepStrictEqual(statuses.slice(refused), Array<string>(20 - refused).fill('8'));
  strictEqual((await client.infer({ model_name: 'identity', inputs: [], raw_input_contents: [] })).code, 0);
  for (const stream of calls) stream.resume();
  await until(() => calls.every(({ closed }) => closed));
  await call();
  strictEqual(statuses.at(-1), 'answered');
});

test('a message that opens to far more than it is fails, and costs no more than its bound', async (t) => {
  const { http, grpc, pid } = await spawned(t, echoing(t));
  await echoed(http);
  const before = rssMb(pid);
  const bomb = gzipSync(Buffer.alloc(400_000_000), { level: 1 });
  const stream = callOn(sessionTo(t, grpc), 'ModelInfer', { 'grpc-encoding': 'gzip' });
  const status = once(stream, 'response').then(([headers]) => (headers as Record<string, string>)['grpc-status']);
  stream.end(Buffer.concat([prefix(bomb.length, 1), bomb]));
  strictEqual(await status, '13');
  ok(rssMb(pid) - before < 700, `it grew by ${rssMb(pid) - before} MB`);
  strictEqual((await echoed(http)).status, 200);
});

test('calls that are begun and never finished hold up nobody else', async (t) => {
  const { http, grpc, child, ended } = await spawned(t, echoing(t), ['--exit-timeout-secs=1']);
  const session = sessionTo(t, grpc);
  const message = framed('identity', 'x', 2);
  for (let begun = 0; begun < 2000; begun += 1)
    callOn(session, begun % 2 === 0 ? 'ModelInfer' : 'ModelStreamInfer').write(message.subarray(0, 20));
  const stream = callOn(session, 'ModelInfer');
  stream.end(message);
  strictEqual((await once(stream, 'response').then(([headers]) => headers as Record<string, string | number>))[':status'], 200);
  const other = new GrpcClient(grpc);
  t.after(() => other.close());
  strictEqual((await echoed(http)).status, 200);
  child.kill('SIGTERM');
  // They are cut off when the time for the exit is over, and the code says so.
  deepStrictEqual(await ended, { code: 1, signal: null });
});

function sessionTo(t: TestContext, port: number): ClientHttp2Session {
  // What this client has not sent yet is no reason to refuse what comes.
  const session = connect(`http://127.0.0.1:${port}`, { maxSessionMemory: 10_000 });
  session.on('error', () => undefined);
  t.after(() => session.destroy());
  return session;
}

/** Not read from until the test resumes it. */
function callOn(session: ClientHttp2Session, method: string, more: Record<string, string> = {}): ClientHttp2Stream {
  const path = `/inference.GRPCInferenceService/${method}`;
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...more });
  stream.on('error', () => undefined);
  return stream;
}

function framed(model_name: string, input: string, floats: number): Buffer {
  const inputs = [{ name: input, datatype: 'FP32', shape: [1, floats] }];
  const message = encodeMessage(inferRequest, { model_name, inputs, raw_input_contents: [new Uint8Array(4 * floats)] });
  return Buffer.concat([prefix(message.length, 0), message]);
}

function prefix(length: number, flags: number): Buffer {
  const head = Buffer.from([flags, 0, 0, 0, 0]);
  head.writeUInt32BE(length, 1);
  return head;
}
