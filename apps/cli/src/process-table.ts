import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from './home.ts';

/** A process of this machine: what it was started as. */
export type Process = { readonly pid: number; readonly parent: number; readonly args: readonly string[] };

/** Every process that can be seen. Linux keeps them as files; elsewhere `ps` is asked. */
export function processTable(): Process[] {
  return process.platform === 'linux' ? fromProc() : fromPs();
}

/** Processes of ours that work in this home, and all that they have started: nothing of a world is left when this is empty. */
export function processesOf({ folder }: Home, table: readonly Process[] = processTable()): Process[] {
  const isOurs = ({ args }: Process): boolean =>
    (args.some((arg) => /(^|\/)apps\/(gateway|agent|control)\/src\/main\.ts$/.test(arg)) && args.includes(folder)) ||
    args.some((arg) => arg.startsWith(`--model-repository=${folder}/agent/`));
  const found = new Map(table.filter(isOurs).map((one) => [one.pid, one]));
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const one of table) if (found.has(one.parent)) found.set(one.pid, one);
  }
  return [...found.values()].filter(({ pid }) => pid !== process.pid);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}

/** Ends it without asking; one that has ended already is fine. */
export function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was quicker.
  }
}

function fromProc(): Process[] {
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return numbers.flatMap((number) => {
    try {
      const args = readFileSync(join('/proc', number, 'cmdline'), 'utf8')
        .split('\0')
        .filter(Boolean);
      const stat = readFileSync(join('/proc', number, 'stat'), 'utf8');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state === 'Z' || args.length === 0 ? [] : [{ pid: Number(number), parent: Number(parent), args }];
    } catch {
      return []; // it has ended meanwhile
    }
  });
}

function fromPs(): Process[] {
  const lines = execFileSync('ps', ['-axo', 'pid=,ppid=,command='], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), args: command.split(' ') }];
  });
}

/** It has ended; only its parent has not asked how yet, and in a container perhaps never will. */
function isZombie(pid: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const stat = readFileSync(join('/proc', String(pid), 'stat'), 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return true;
  }
}
