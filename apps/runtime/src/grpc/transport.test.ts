import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import { type TestContext, test } from 'node:test';
import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { decodeMessage } from '#core/kserve/grpc/decode-message.ts';
import { encodeMessage } from '#core/kserve/grpc/encode-message.ts';
import { modelRequest } from '#core/kserve/grpc/service-messages.ts';
import { ask, inferRequest, inferResponse, path, streamInferResponse } from './made-up-client.ts';
import { MadeUpServer } from './made-up-server.ts';
import { type GrpcOptions, startGrpc } from './start-grpc.ts';

// Where it is not said otherwise, a real tritonserver 2.51 answers these byte for byte in the same way.

type Reply = {
  readonly head: IncomingHttpHeaders | undefined;
  readonly trailers: IncomingHttpHeaders | undefined;
  readonly body: Buffer;
  readonly reset: number;
};
type Request = { readonly headers?: OutgoingHttpHeaders; readonly body?: readonly Uint8Array[]; readonly staysOpen?: boolean };

/** Frames of HTTP/2 by hand, to the method ModelReady when no other path is given. */
async function spoken(t: TestContext, options: Partial<GrpcOptions> = {}): Promise<(request: Request) => Promise<Reply>> {
  const service = await startGrpc({ server: new MadeUpServer(), address: '127.0.0.1', port: 0, ...options });
  const session = connect(`http://127.0.0.1:${service.port}`);
  t.after(async () => {
    session.destroy();
    await service.stop(0);
  });
  return async ({ headers = {}, body = [], staysOpen = false }) => {
    const usual = { ':method': 'POST', ':path': path('ModelReady'), 'content-type': 'application/grpc', te: 'trailers' };
    const merged = Object.entries({ ...usual, ...headers }).filter(([, value]) => value !== undefined);
    const stream = session.request(Object.fromEntries(merged), { endStream: false });
    let head: IncomingHttpHeaders | undefined;
    let trailers: IncomingHttpHeaders | undefined;
    const pieces: Buffer[] = [];
    stream.on('response', (given) => (head = given));
    stream.on('trailers', (given) => (trailers = given));
    stream.on('data', (piece: Buffer) => pieces.push(piece));
    stream.on('error', () => undefined);
    const closed = new Promise((resolve) => stream.once('close', resolve));
    for (const piece of body) stream.write(piece);
    if (!staysOpen) stream.end();
    await closed;
    return { head, trailers, body: Buffer.concat(pieces), reset: stream.rstCode ?? 0 };
  };
}

function framed(message: Uint8Array, flags = 0): Buffer {
  const head = Buffer.from([flags, 0, 0, 0, 0]);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

const identity = Buffer.from(encodeMessage(modelRequest, { name: 'identity' }));
const ready = '00000000020801';
const inference = Buffer.from(encodeMessage(inferRequest, ask('identity')));
const statusOf = ({ head, trailers }: Reply) => [
  trailers?.['grpc-status'] ?? head?.['grpc-status'],
  trailers?.['grpc-message'] ?? head?.['grpc-message'],
];

test('a call is answered with a head, a message and trailers', async (t) => {
  const { head, trailers, body } = await (await spoken(t))({ body: [framed(identity)] });
  deepStrictEqual(
    [head?.[':status'], head?.['content-type'], head?.['grpc-accept-encoding']],
    [200, 'application/grpc', 'identity, deflate, gzip'],
  );
  deepStrictEqual([body.toString('hex'), Object.entries(trailers ?? {})], [ready, [['grpc-status', '0']]]);
});

test('a message may come in any pieces, and the client need not end the stream after it', async (t) => {
  const say = await spoken(t);
  const bytes = [...framed(identity)].map((byte) => Buffer.from([byte]));
  strictEqual((await say({ body: bytes })).body.toString('hex'), ready);
  const open = await say({ body: [framed(identity)], staysOpen: true });
  deepStrictEqual([open.body.toString('hex'), open.trailers?.['grpc-status'], open.reset], [ready, '0', 0]);
  strictEqual((await say({ body: [framed(identity), framed(identity)] })).body.toString('hex'), ready, 'a second message is passed over');
});

test('what is no message is told in trailers alone, without a head of its own', async (t) => {
  const say = await spoken(t);
  const bodies = [
    [],
    [Buffer.from([0, 0])],
    [framed(identity).subarray(0, 8)],
    [framed(Buffer.from([10, 200]))],
    [framed(Buffer.from('0a02fffe', 'hex'))],
  ];
  for (const body of bodies) {
    const reply = await say({ body });
    deepStrictEqual(statusOf(reply), ['13', 'Unable to parse request']);
    deepStrictEqual([reply.head?.[':status'], reply.trailers, reply.head?.['grpc-accept-encoding']], [200, undefined, undefined]);
  }
});

test('on a stream a message that cannot be read is the end: what was asked before is answered', async (t) => {
  const reply = await (await spoken(t))({
    headers: { ':path': path('ModelStreamInfer') },
    body: [framed(inference), framed(Buffer.from([10, 200])), framed(inference)],
  });
  deepStrictEqual([decodeMessage(streamInferResponse, reply.body.subarray(5)).error_message, reply.trailers?.['grpc-status']], ['', '0']);
  strictEqual(reply.body.length, 5 + reply.body.readUInt32BE(1));
});

test('paths that are no method are UNIMPLEMENTED, without words', async (t) => {
  const say = await spoken(t);
  for (const one of ['/', '/x', path('Nope'), '/grpc.health.v1.Health/Watch'])
    deepStrictEqual(statusOf(await say({ headers: { ':path': one } })), ['12', undefined]);
});

test('methods of HTTP and heads that gRPC does not have are told so', async (t) => {
  const say = await spoken(t);
  deepStrictEqual(statusOf(await say({ headers: { ':method': 'PUT' } })), ['2', 'Bad method header']);
  deepStrictEqual(statusOf(await say({ headers: { te: undefined } })), ['2', 'Missing :te header']);
  for (const type of ['application/grpc+proto', 'application/grpc;x=y', undefined])
    strictEqual((await say({ headers: { 'content-type': type }, body: [framed(identity)] })).body.toString('hex'), ready);
});

test('another content type is 415; a real Triton resets the stream', async (t) => {
  const say = await spoken(t);
  for (const type of ['application/json', 'application/grpcx', 'application/grpc-web'])
    strictEqual((await say({ headers: { 'content-type': type }, body: [framed(identity)] })).head?.[':status'], 415);
});

test('requests may be compressed, message by message', async (t) => {
  const say = await spoken(t);
  const asked = async (encoding: string, body: Buffer) => await say({ headers: { 'grpc-encoding': encoding }, body: [body] });
  strictEqual((await asked('gzip', framed(gzipSync(identity), 1))).body.toString('hex'), ready);
  strictEqual((await asked('deflate', framed(deflateSync(identity), 1))).body.toString('hex'), ready);
  strictEqual((await asked('gzip', framed(identity))).body.toString('hex'), ready);
  strictEqual((await asked('identity', framed(identity, 3))).body.toString('hex'), ready);
  deepStrictEqual(statusOf(await asked('gzip', framed(identity, 1))), ['13', 'Unexpected error decompressing data for algorithm gzip']);
});

test('an unknown compression is UNIMPLEMENTED, with the ones that are known; a real Triton resets the stream', async (t) => {
  const { head } = await (await spoken(t))({ headers: { 'grpc-encoding': 'snappy' }, body: [framed(identity)] });
  deepStrictEqual([head?.['grpc-status'], head?.['grpc-accept-encoding']], ['12', 'identity, deflate, gzip']);
  match(String(head?.['grpc-message']), /'snappy'/);
});

test('compressed and plain messages of one stream keep their order', async (t) => {
  const asked = (id: string) => Buffer.from(encodeMessage(inferRequest, ask('identity', { id })));
  const body = ['a', 'b', 'c', 'd'].map((id, at) => (at % 2 === 0 ? framed(gzipSync(asked(id)), 1) : framed(asked(id))));
  const reply = await (await spoken(t))({
    headers: { ':path': path('ModelStreamInfer'), 'grpc-encoding': 'gzip' },
    body: [Buffer.concat(body)],
  });
  const ids = [];
  for (let rest = reply.body; rest.length > 0; rest = rest.subarray(5 + rest.readUInt32BE(1)))
    ids.push(decodeMessage(streamInferResponse, rest.subarray(5, 5 + rest.readUInt32BE(1))).infer_response?.id);
  deepStrictEqual([ids, reply.trailers?.['grpc-status']], [['a', 'b', 'c', 'd'], '0']);
});

test('answers of an inference are compressed at the level that is set, with what the client takes, where that is smaller', async (t) => {
  const wide = Buffer.from(encodeMessage(inferRequest, { ...ask('identity'), raw_input_contents: [new Uint8Array(4000)] }));
  const unpacked: Readonly<Record<string, (bytes: Buffer) => Buffer>> = { gzip: gunzipSync, deflate: inflateSync };
  for (const [compression, accepts, chosen] of [
    ['none', 'gzip', undefined],
    ['low', 'identity,deflate,gzip', 'gzip'],
    ['medium', 'identity,deflate,gzip', 'deflate'],
    ['high', 'identity, gzip', 'gzip'],
    ['high', 'identity', undefined],
    ['high', undefined, undefined],
  ] as const) {
    const say = await spoken(t, { compression });
    const reply = await say({ headers: { ':path': path('ModelInfer'), 'grpc-accept-encoding': accepts }, body: [framed(wide)] });
    strictEqual(reply.head?.['grpc-encoding'], chosen);
    strictEqual(reply.body[0], chosen === undefined ? 0 : 1);
    const message = (unpacked[chosen ?? ''] ?? ((bytes: Buffer) => bytes))(reply.body.subarray(5));
    strictEqual(decodeMessage(inferResponse, message).raw_output_contents[0]?.length, 4000);
    const small = await say({ headers: { ':path': path('ModelInfer'), 'grpc-accept-encoding': accepts }, body: [framed(inference)] });
    strictEqual(small.body[0], 0, 'a small one does not get smaller');
  }
});

test('a deadline that has passed ends the call, also one that says nothing', async (t) => {
  const say = await spoken(t);
  strictEqual(statusOf(await say({ headers: { 'grpc-timeout': '0n' }, body: [framed(identity)] }))[0], '4');
  for (const timeout of ['0n', '1m', '20m']) {
    const reply = await say({ headers: { 'grpc-timeout': timeout }, staysOpen: true });
    deepStrictEqual([...statusOf(reply), reply.reset], ['4', 'Deadline Exceeded', 0]);
  }
  strictEqual((await say({ headers: { 'grpc-timeout': '99999999H' }, body: [framed(identity)] })).body.toString('hex'), ready);
  strictEqual((await say({ headers: { 'grpc-timeout': 'soon' }, body: [framed(identity)] })).reset, 2);
});

test('a message longer than any may be is refused by its head', async (t) => {
  const reply = await (await spoken(t))({ body: [Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1])], staysOpen: true });
  deepStrictEqual(statusOf(reply), ['13', 'Unable to parse request']);
});
