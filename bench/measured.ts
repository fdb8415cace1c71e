import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

export function median(all: readonly number[]): number {
  const sorted = [...all].sort((one, two) => one - two);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** What one process took, its children with it. Others may work on this machine: the seconds of processor say what was its own. */
export type Took = { readonly wallMs: number; readonly cpuMs: number; readonly peakMb: number; readonly status: number };

const gnuTime = '/usr/bin/time';
const taskset = '/usr/bin/taskset';

/** Runs a program to its end, its output thrown away; `core` keeps it on one core where the system can. */
export function measured(command: readonly string[], core?: number): Took {
  const pinned = core !== undefined && existsSync(taskset) ? [taskset, '-c', String(core), ...command] : command;
  const began = performance.now();
  const { status, stderr, error } = spawnSync(gnuTime, ['-q', '-f', '\n%e %U %S %M', ...pinned], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  const wallMs = performance.now() - began;
  if (error) throw new Error(`${gnuTime} cannot be run (${error.message}): install GNU time`);
  const [, user = 0, system = 0, peakKb = 0] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return { wallMs, cpuMs: (user + system) * 1000, peakMb: peakKb / 1024, status: status ?? -1 };
}
