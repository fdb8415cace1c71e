import type { LikenessServer } from '#adapters/runtime/likeness/servers.ts';
import { httpLoop } from '../closed-loop.ts';
import { openLoop } from '../open-loop.ts';
import { serviceUs, settings } from './models.ts';

type Seen = { readonly batch: number; readonly queueUs: number; readonly computeUs: number; readonly p99Us: number };

/** Requests a second, as shares of what one instance can serve one by one. */
const shares = [0.5, 0.9, 1.5];

/** The same arrivals at both, at the same time of the same weather: mean batch, queue and compute times, p99. */
export async function benchLikeness(
  servers: readonly LikenessServer[],
  { rounds, ms }: { readonly rounds: number; readonly ms: number },
): Promise<void> {
  const capacity = 1e6 / (serviceUs.base + serviceUs.perRow);
  console.log(
    `\nlikeness: ${serviceUs.base / 1000} ms and ${serviceUs.perRow / 1000} ms a row; embedded / tritonserver, and their ratio; medians of ${rounds}`,
  );
  await level(servers);
  for (const [model, { says, instances }] of Object.entries(settings)) {
    for (const share of shares) {
      // Without batching more than one can serve only grows a queue.
      if (model === 'one_by_one' && share > 1) continue;
      const perSecond = Math.round(capacity * share * instances);
      const seen = new Map<string, Seen[]>(servers.map(({ name }) => [name, []]));
      for (let round = 0; round < rounds; round += 1)
        for (const server of servers) seen.get(server.name)?.push(await run(server, model, { perSecond, ms, seed: round }));
      const [ours, theirs] = servers.map(({ name }) => seen.get(name) ?? []);
      if (!ours || !theirs) continue;
      const pair = (of: keyof Seen, digits: number, unit = 1): string => {
        const [mine, real] = [middle(ours, of), middle(theirs, of)];
        return `${(mine / unit).toFixed(digits)} / ${(real / unit).toFixed(digits)} (${(mine / real).toFixed(2)})`;
      };
      console.log(
        `  ${says.padEnd(34)} ${String(perSecond).padStart(4)}/s  batch ${pair('batch', 2)}  queue ${pair('queueUs', 1, 1000)} ms  compute ${pair('computeUs', 1, 1000)} ms  p99 ${pair('p99Us', 1, 1000)} ms`,
      );
    }
  }
}

/**
 * The same service time at both: what the real one's Python backend adds to each batch, beside an instance of ours, is added to ours. Or else
 * its queues would be longer for that alone.
 */
async function level(servers: readonly LikenessServer[]): Promise<void> {
  const [ours, theirs] = servers;
  if (!ours || !theirs) return;
  const usOf = async (server: LikenessServer): Promise<number> => {
    const before = await statisticsOf(server, 'one_by_one');
    await httpLoop(Number(new URL(server.http).port), '/v2/models/one_by_one/infer', oneRow, { connections: 1, ms: 2000 });
    const after = await statisticsOf(server, 'one_by_one');
    return (after.computeNs - before.computeNs) / 1000 / (after.success - before.success);
  };
  const [mine, real] = [await usOf(ours), await usOf(theirs)];
  const addedUs = Math.round(real - mine);
  console.log(`  a row alone takes ${(mine / 1000).toFixed(2)} / ${(real / 1000).toFixed(2)} ms: ours gets ${addedUs} us more`);
  for (const model of Object.keys(settings)) {
    const config = (await (await fetch(`${ours.http}/v2/models/${model}/config`)).json()) as { parameters: Record<string, object> };
    config.parameters['rehearse_service_time_us'] = { string_value: `${serviceUs.base + addedUs}+${serviceUs.perRow}` };
    const body = JSON.stringify({ parameters: { config: JSON.stringify(config) } });
    const reply = await fetch(`${ours.http}/v2/repository/models/${model}/load`, { method: 'POST', body });
    if (!reply.ok) throw new Error(await reply.text());
  }
}

const oneRow = Buffer.from(JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }] }));

const middle = (seen: readonly Seen[], of: keyof Seen): number =>
  [...seen.map((one) => one[of])].sort((a, b) => a - b)[Math.floor(seen.length / 2)] ?? Number.NaN;

async function run(
  server: LikenessServer,
  model: string,
  load: { readonly perSecond: number; readonly ms: number; readonly seed: number },
): Promise<Seen> {
  const before = await statisticsOf(server, model);
  const { p99Us } = await openLoop(Number(new URL(server.http).port), model, load);
  const after = await statisticsOf(server, model);
  const requests = after.success - before.success;
  return {
    batch: (after.inferences - before.inferences) / (after.executions - before.executions),
    queueUs: (after.queueNs - before.queueNs) / 1000 / requests,
    computeUs: (after.inferNs - before.inferNs) / 1000 / requests,
    p99Us,
  };
}

async function statisticsOf({ http }: LikenessServer, model: string) {
  const reply = (await (await fetch(`${http}/v2/models/${model}/stats`)).json()) as {
    model_stats: {
      inference_count: number;
      execution_count: number;
      inference_stats: Record<'success' | 'queue' | 'compute_input' | 'compute_infer' | 'compute_output', { count: number; ns: number }>;
    }[];
  };
  const [stats] = reply.model_stats;
  if (!stats) throw new Error(`no statistics of ${model}`);
  const { success, queue, compute_input, compute_infer, compute_output } = stats.inference_stats;
  return {
    inferences: stats.inference_count,
    executions: stats.execution_count,
    success: success.count,
    queueNs: queue.ns,
    inferNs: compute_infer.ns,
    computeNs: compute_input.ns + compute_infer.ns + compute_output.ns,
  };
}
