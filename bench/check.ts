// What conch check costs: over many models, and for one when nothing of it is in memory.
//   node bench/check.ts                       ten thousand models, then one; about three minutes
//   --models 10000  --runs 5   how many models, and how often they are checked    --starts 21   how often one is
//   --seed 7                   of the models                                      --only many|one
// Needs GNU time (/usr/bin/time), and taskset to keep a process on one core.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeMadeUpModels } from './made-up-models.ts';
import { measured, median, type Took } from './measured.ts';

const { values } = parseArgs({
  options: {
    models: { type: 'string', default: '10000' },
    runs: { type: 'string', default: '5' },
    starts: { type: 'string', default: '21' },
    seed: { type: 'string', default: '7' },
    only: { type: 'string' },
  },
});
const count = Number(values.models);
const root = resolve(import.meta.dirname, '..');
const node = process.execPath;
const main = join(root, 'apps/cli/src/main.ts');
const core = cpus().length - 1;
const nothing = [node, '-e', '0'];

const folder = mkdtempSync(join(tmpdir(), 'conch-bench-check-'));
try {
  writeMadeUpModels(folder, { count, seed: Number(values.seed) });
  console.log(`node bench/check.ts    Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${load()}`);
  if (values.only !== 'one') many();
  if (values.only !== 'many') one();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A whole process on one core, as a user would start it; a run before them fills the file cache. */
function many(): void {
  const check = [node, main, 'check', '--output', 'json', folder];
  const runs: Took[] = [];
  const idle: Took[] = [];
  finished(measured(check, core));
  for (let run = 0; run < Number(values.runs); run += 1) {
    idle.push(measured(nothing, core));
    const took = finished(measured(check, core));
    runs.push(took);
    console.log(`  ${perSecond(took.wallMs)} models/s by the clock, ${perSecond(took.cpuMs)} by the processor's time, ${load()}`);
  }
  const [wallMs, cpuMs] = [median(runs.map((run) => run.wallMs)), median(runs.map((run) => run.cpuMs))];
  const aboveMb = Math.max(...runs.map(({ peakMb }) => peakMb)) - median(idle.map(({ peakMb }) => peakMb));
  console.log(
    `${count} models: ${perSecond(wallMs)} a second by the clock (${(wallMs / 1000).toFixed(2)} s, best ${perSecond(Math.min(...runs.map((run) => run.wallMs)))}), ` +
      `${perSecond(cpuMs)} a second of processor (${(cpuMs / 1000).toFixed(2)} s); medians of ${runs.length}, start and end within; ` +
      `at most ${aboveMb.toFixed(0)} MB above Node's own`,
  );
}

/** One model, the file cache hot and the process new, beside a Node that does nothing: in pairs, so that both have the same weather. */
function one(): void {
  const model = join(folder, 'ranker_00000');
  for (const [says, start] of [
    ['./conch', [join(root, 'conch')]],
    ['node apps/cli/src/main.ts', [node, main]],
  ] as const) {
    const check = [...start, 'check', model];
    finished(measured(check));
    const pairs = Array.from({ length: Number(values.starts) }, () => ({ idle: measured(nothing), check: finished(measured(check)) }));
    const above = (figure: 'wallMs' | 'cpuMs'): number[] => pairs.map(({ idle, check: took }) => took[figure] - idle[figure]);
    console.log(
      `${says} check MODEL: ${median(above('wallMs')).toFixed(0)} ms by the clock above node -e 0 (best ${Math.min(...above('wallMs')).toFixed(0)}), ` +
        `${median(above('cpuMs')).toFixed(0)} ms of processor; medians of ${pairs.length} pairs, ${load()}`,
    );
  }
}

/** Findings are part of the figure, but a check that could not look is none. */
function finished(took: Took): Took {
  if (took.status === 0 || took.status === 1) return took;
  throw new Error(`the check ended with ${took.status}`);
}

function perSecond(ms: number): string {
  return String(Math.round((count / ms) * 1000));
}

function load(): string {
  return `load average ${(loadavg()[0] ?? 0).toFixed(1)}`;
}
