import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { connect } from 'node:net';
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** What came back of a closed loop: each connection asks again as soon as it is answered. Microseconds. */
export type Looped = { readonly perSecond: number; readonly p50Us: number; readonly p99Us: number; readonly failed: number };

type Loop = { readonly connections: number; readonly ms: number };

/** The same request over and over, on plain sockets, read just as far as it must be: so the asking costs little beside the answering. */
export async function httpLoop(port: number, path: string, body: Buffer, loop: Loop): Promise<Looped> {
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`;
  const request = Buffer.concat([Buffer.from(head), body]);
  return measure(loop, async (record, isOver) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    await new Promise<void>((resolve, reject) => {
      let sentNs = process.hrtime.bigint();
      let held = '';
      socket.on('error', reject);
      socket.on('data', (bytes: Buffer) => {
        held += bytes.toString('latin1');
        const end = held.indexOf('\r\n\r\n');
        if (end < 0) return;
        const length = Number(/content-length: (\d+)/i.exec(held)?.[1] ?? 0);
        if (held.length < end + 4 + length) return;
        record(process.hrtime.bigint() - sentNs, held.startsWith('HTTP/1.1 200'));
        held = '';
        if (isOver()) {
          socket.destroy();
          resolve();
          return;
        }
        sentNs = process.hrtime.bigint();
        socket.write(request);
      });
      socket.write(request);
    });
  });
}

/** The same over gRPC: a connection each, one call at a time. `message` is the encoded request, without its frame. */
export async function grpcLoop(port: number, message: Uint8Array, loop: Loop): Promise<Looped> {
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return measure(loop, async (record, isOver) => {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    await new Promise<void>((resolve, reject) => session.once('connect', () => resolve()).once('error', reject));
    while (!isOver()) {
      const sentNs = process.hrtime.bigint();
      const isGood = await call(session, frame);
      record(process.hrtime.bigint() - sentNs, isGood);
    }
    session.destroy();
  });
}

function call(session: ClientHttp2Session, frame: Buffer): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/inference.GRPCInferenceService/ModelInfer',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let isGood = false;
    stream.on('trailers', (trailers) => {
      isGood = trailers['grpc-status'] === '0';
    });
    stream.on('data', () => undefined);
    stream.on('error', reject);
    stream.on('close', () => resolve(isGood));
    stream.end(frame);
  });
}

type Record = (ns: bigint, isGood: boolean) => void;

async function measure({ connections, ms }: Loop, one: (record: Record, isOver: () => boolean) => Promise<void>): Promise<Looped> {
  const histogram: RecordableHistogram = createHistogram({ figures: 3 });
  let failed = 0;
  const startMs = performance.now();
  const record: Record = (ns, isGood) => {
    histogram.record(Math.max(1, Math.round(Number(ns) / 1000)));
    if (!isGood) failed += 1;
  };
  await Promise.all(Array.from({ length: connections }, () => one(record, () => performance.now() - startMs > ms)));
  const seconds = (performance.now() - startMs) / 1000;
  return { perSecond: histogram.count / seconds, p50Us: histogram.percentile(50), p99Us: histogram.percentile(99), failed };
}
