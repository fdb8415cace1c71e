import { connect, type Socket } from 'node:net';
import { createHistogram } from 'node:perf_hooks';

/** Arrivals as of many independent clients (exponential gaps, seeded), sent when they are due whether or not others are answered. */
export async function openLoop(
  port: number,
  model: string,
  { perSecond, ms, seed }: { readonly perSecond: number; readonly ms: number; readonly seed: number },
): Promise<{ readonly p99Us: number; readonly count: number }> {
  const body = '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"data":[1,2,3,4]}]}';
  const request = Buffer.from(`POST /v2/models/${model}/infer HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  const histogram = createHistogram({ figures: 3 });
  const idle: Socket[] = [];
  const dice = mulberry(seed + 1);
  let underWay = 0;
  const answered = new Map<Socket, () => void>();
  const open = async (): Promise<Socket> => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    socket.on('data', (bytes: Buffer) => {
      if (!bytes.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(bytes.toString('latin1', 0, 300));
      answered.get(socket)?.();
    });
    return socket;
  };
  idle.push(...(await Promise.all(Array.from({ length: 100 }, open))));
  const startMs = performance.now();
  let dueMs = startMs;
  while (dueMs - startMs < ms) {
    dueMs += (-Math.log(1 - dice()) / perSecond) * 1000;
    while (performance.now() < dueMs)
      await new Promise((resolve) => (dueMs - performance.now() > 2 ? setTimeout(resolve, 1) : setImmediate(resolve)));
    const socket = idle.pop() ?? (await open());
    const intendedMs = dueMs;
    underWay += 1;
    answered.set(socket, () => {
      histogram.record(Math.max(1, Math.round((performance.now() - intendedMs) * 1000)));
      underWay -= 1;
      idle.push(socket);
    });
    socket.write(request);
  }
  while (underWay > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  for (const socket of idle) socket.destroy();
  return { p99Us: histogram.percentile(99), count: histogram.count };
}

function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
