import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { InferenceServer } from '../server/inference-server.ts';
import { admit } from './admit.ts';
import type { CompressionLevel } from './compression.ts';
import { Connection, type ConnectionLimits } from './connection.ts';
import { methodsOf } from './methods.ts';
import type { Restriction } from './restriction.ts';
import { refusalOf } from './restriction.ts';
import { type ErrorLog, statusCodes, statusOf } from './status.ts';
import type { Tls } from './tls.ts';

/** More than there is: see below. */
const megabytesMax = 1_000_000;

export type GrpcOptions = {
  readonly server: InferenceServer;
  readonly address: string;
  /** 0 is a free one. */
  readonly port: number;
  /** With others that do the same. */
  readonly sharesPort?: boolean;
  /** Metadata of an inference whose name has this in it becomes a parameter. Give it the flag `i`: Triton's pattern takes any case. */
  readonly forwardPattern?: RegExp;
  readonly restricted?: readonly Restriction[];
  /** Of the answers to inferences. */
  readonly compression?: CompressionLevel;
  readonly limits?: ConnectionLimits;
  /** Without it all goes in the clear. */
  readonly tls?: Tls;
  /** Of requests under way and answers unread on one connection; past it inferences are refused. 1 GiB when not given. */
  readonly heldBytesMax?: number;
  readonly log?: ErrorLog;
};

export type GrpcService = {
  readonly port: number;
  /** How many clients are connected. */
  connections(): number;
  /** Takes no more calls, lets those under way finish, then ends all connections. False when the time was not enough. */
  stop(graceMs: number): Promise<boolean>;
};

/** Opens the port. Throws in Triton's words when it cannot. */
export async function startGrpc(options: GrpcOptions): Promise<GrpcService> {
  const { address, port, sharesPort = false, restricted = [], heldBytesMax = 2 ** 30, limits = {}, tls, log } = options;
  const methods = methodsOf(options);
  // The windows and frames of a real Triton. The bound of memory counts answers that wait to be read, and past it new calls would be
  // refused: several large answers may well wait, so it is none. What bounds them is `heldBytesMax`.
  const settings = { initialWindowSize: 4_194_304, maxFrameSize: 4_194_304, maxHeaderListSize: 16_384 };
  const shared = { settings, maxSessionMemory: megabytesMax };
  const http2 = tls ? createSecureServer({ ...shared, ...tls }) : createServer(shared);
  const sessions = new Map<ServerHttp2Session, Connection>();

  http2.on('session', (session) => {
    sessions.set(session, new Connection(session, limits));
    session.once('close', () => sessions.delete(session));
    session.setLocalWindowSize(settings.initialWindowSize);
  });
  http2.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, rawHeaders: string[]) => {
    const connection = sessions.get(stream.session as ServerHttp2Session);
    connection?.begin(stream);
    const call = admit({ stream, headers, rawHeaders });
    if (call === undefined) return connection?.sent();
    call.onSend(() => connection?.sent());
    const method = methods.get(headers[':path'] ?? '');
    if (method === undefined) return call.finish({ code: statusCodes.unimplemented, says: '' });
    const refusal = refusalOf(restricted, method.protocol, headers);
    if (refusal !== undefined) return call.finish({ code: statusCodes.unavailable, says: refusal });
    const held = method.protocol === 'inference' && !method.isStream ? connection?.held : undefined;
    if (held && held.bytes >= heldBytesMax)
      return call.finish({ code: statusCodes.resourceExhausted, says: `this connection has more than ${heldBytesMax} bytes under way` });
    if (held) held.count(stream, call);
    try {
      method.run(call);
    } catch (thrown) {
      call.finish(statusOf(thrown, log));
    }
  });
  await listen(http2, { address, port, sharesPort });
  let stopped: Promise<boolean> | undefined;
  return {
    port: (http2.address() as AddressInfo).port,
    connections: () => sessions.size,
    stop: (graceMs) => (stopped ??= stop(http2, sessions, graceMs)),
  };
}

async function listen(
  http2: Http2Server | Http2SecureServer,
  { address, port, sharesPort }: Required<Pick<GrpcOptions, 'address' | 'port' | 'sharesPort'>>,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    // The space at the end is Triton's.
    const says = `failed to start GRPC service: Unavailable - Socket '${address}:${port}' already in use `;
    http2.once('error', (cause) => reject(new Error(says, { cause })));
    http2.listen({ port, host: address, reusePort: sharesPort }, resolve);
  });
}

async function stop(
  http2: Http2Server | Http2SecureServer,
  sessions: ReadonlyMap<ServerHttp2Session, unknown>,
  graceMs: number,
): Promise<boolean> {
  const closed = Promise.all([
    new Promise((resolve) => http2.close(resolve)),
    ...[...sessions.keys()].map((session) => new Promise<void>((resolve) => session.once('close', resolve))),
  ]).then(() => true);
  // Each is told to go away, and ends when its last stream has.
  for (const session of sessions.keys()) session.close();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), graceMs);
  });
  const isDrained = await Promise.race([closed, late]);
  clearTimeout(timer);
  for (const session of sessions.keys()) session.destroy();
  await closed;
  return isDrained;
}
