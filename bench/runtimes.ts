// The embedded runtime beside the real tritonserver (with our Python-based ONNX backend), on one repository, in turns.
//   node bench/runtimes.ts                    all three parts, about eight minutes
//   --only throughput|likeness|loads    --rounds 3    --seconds 4
// Needs scripts/peers/tritonserver.sh.
import { rmSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startBoth } from '#adapters/runtime/likeness/servers.ts';
import { benchLikeness } from './runtimes/likeness.ts';
import { benchLoads } from './runtimes/loads.ts';
import { writeBenchModels } from './runtimes/models.ts';
import { benchThroughput } from './runtimes/throughput.ts';

const { values } = parseArgs({
  options: { only: { type: 'string' }, rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '4' } },
});
// As ./conch says it to whatever it starts.
process.env.NODE_COMPILE_CACHE ??= resolve(import.meta.dirname, '../node_modules/.cache/conch');
const parts = { throughput: benchThroughput, likeness: benchLikeness, loads: benchLoads };
const repository = writeBenchModels();
const both = await startBoth([repository], ['--disable-auto-complete-config', '--model-control-mode=explicit', '--load-model=*']);
if ('skip' in both) throw new Error(both.skip);
console.log(
  `node bench/runtimes.ts    Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), load average ${loadavg()[0]?.toFixed(1)}`,
);
try {
  const options = { rounds: Number(values.rounds), ms: Number(values.seconds) * 1000 };
  for (const [name, bench] of Object.entries(parts)) if (values.only === undefined || values.only === name) await bench(both, options);
} finally {
  await Promise.all(both.map((one) => one.stop()));
  rmSync(repository, { recursive: true, force: true });
}
