import { loadavg } from 'node:os';
import type { LikenessServer } from '#adapters/runtime/likeness/servers.ts';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { grpcLoop, httpLoop, type Looped } from '../closed-loop.ts';
import { median } from '../measured.ts';

type Options = { readonly rounds: number; readonly ms: number };

const pixels = new Float32Array(64).fill(1);
const body = Buffer.from(JSON.stringify({ inputs: [{ name: 'pixels', datatype: 'FP32', shape: [1, 64], data: [...pixels] }] }));
const message = inferMessage();

/** Requests a second and their p99, in turns: embedded, real, embedded, real. */
export async function benchThroughput(servers: readonly LikenessServer[], { rounds, ms }: Options): Promise<void> {
  console.log('\nthroughput: the digits model, one row a request; the real one with our Python-based backend');
  for (const protocol of ['HTTP', 'gRPC'] as const) {
    for (const connections of [1, 64]) {
      const seen = new Map<string, Looped[]>(servers.map(({ name }) => [name, []]));
      for (let round = -1; round < rounds; round += 1) {
        for (const server of servers) {
          const loop = { connections, ms: round < 0 ? 500 : ms };
          const looped = await (protocol === 'HTTP'
            ? httpLoop(Number(new URL(server.http).port), '/v2/models/digits/infer', body, loop)
            : grpcLoop(Number(server.grpc.split(':')[1]), message, loop));
          if (looped.failed > 0) throw new Error(`${looped.failed} requests failed at ${server.name}`);
          // The first round warms up.
          if (round >= 0) seen.get(server.name)?.push(looped);
        }
      }
      const [ours, theirs] = servers.map(({ name }) => middle(seen.get(name) ?? []));
      if (!ours || !theirs) continue;
      console.log(
        `  ${protocol} ${String(connections).padStart(2)} connections: embedded ${told(ours)}, tritonserver ${told(theirs)}: ` +
          `${(ours.perSecond / theirs.perSecond).toFixed(1)} times the requests, p99 ${(ours.p99Us / theirs.p99Us).toFixed(2)} of its; load ${loadavg()[0]?.toFixed(1)}`,
      );
    }
  }
}

const middle = (loops: readonly Looped[]) => ({
  perSecond: median(loops.map(({ perSecond }) => perSecond)),
  p99Us: median(loops.map(({ p99Us }) => p99Us)),
});

const told = ({ perSecond, p99Us }: ReturnType<typeof middle>): string => `${perSecond.toFixed(0)}/s, p99 ${(p99Us / 1000).toFixed(1)} ms`;

/** ModelInferRequest by hand: model_name 1, inputs 5 (name 1, datatype 2, shape 3), raw_input_contents 7. */
function inferMessage(): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).string('digits');
  writer.tag(5, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string('pixels');
  writer.tag(2, WireType.LengthDelimited).string('FP32');
  writer.tag(3, WireType.LengthDelimited).fork().int64(1).int64(64).join();
  writer.join();
  writer.tag(7, WireType.LengthDelimited).bytes(new Uint8Array(pixels.buffer));
  return writer.finish();
}
