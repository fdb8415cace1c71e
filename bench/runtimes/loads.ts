import { loadavg } from 'node:os';
import type { LikenessServer } from '#adapters/runtime/likeness/servers.ts';
import { httpLoop } from '../closed-loop.ts';
import { median } from '../measured.ts';

const body = Buffer.from(JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }] }));

/** p99 of one model while another one comes and goes, beside the same run without that, in turns. */
export async function benchLoads(
  servers: readonly LikenessServer[],
  { rounds, ms }: { readonly rounds: number; readonly ms: number },
): Promise<void> {
  console.log('\nloads: p99 of one model (8.5 ms a request, 1 connection) while another one is loaded and unloaded all the time');
  for (const server of servers) {
    const ratios: number[] = [];
    const quiet: number[] = [];
    let loads = 0;
    for (let round = 0; round < rounds; round += 1) {
      const alone = await looped(server, ms);
      let isOver = false;
      const cycling = (async () => {
        while (!isOver) {
          await fetch(`${server.http}/v2/repository/models/other/unload`, { method: 'POST' });
          await fetch(`${server.http}/v2/repository/models/other/load`, { method: 'POST' });
          loads += 1;
        }
      })();
      const beside = await looped(server, ms);
      isOver = true;
      await cycling;
      quiet.push(alone);
      ratios.push(beside / alone);
    }
    console.log(
      `  ${server.name.padEnd(12)} alone ${(median(quiet) / 1000).toFixed(1)} ms, ratio ${median(ratios).toFixed(2)} (${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}), ${loads} loads; load ${loadavg()[0]?.toFixed(1)}`,
    );
  }
}

async function looped({ http }: LikenessServer, ms: number): Promise<number> {
  const { p99Us, failed } = await httpLoop(Number(new URL(http).port), '/v2/models/one_by_one/infer', body, { connections: 1, ms });
  if (failed > 0) throw new Error(`${failed} requests failed`);
  return p99Us;
}
