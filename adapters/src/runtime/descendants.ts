import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * For tests: the processes that a process started, and those that they started; with `says`, those alone whose command line holds it. One that
 * ended and is not yet collected is not there.
 */
export function descendants(ancestor: number, says = ''): number[] {
  const all = processes().filter(({ command }) => !command.startsWith('ps '));
  const below = (parent: number): typeof all => all.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.pid)]);
  return below(ancestor).flatMap(({ pid, command }) => (command.includes(says) ? [pid] : []));
}

/** Throws when one of the processes is still there after ten seconds. */
export async function gone(pids: readonly number[]): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const left = processes().filter(({ pid }) => pids.includes(pid));
    if (left.length === 0) return;
    if (performance.now() > deadline) throw new Error(`still there: ${left.map(({ pid, command }) => `${command} (${pid})`).join(', ')}`);
    await sleep(20);
  }
}

function processes(): { pid: number; parent: number; command: string }[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  return rows.flatMap((row) => {
    const [pid, parent, state = '', ...words] = row.trim().split(/\s+/);
    return pid && !state.startsWith('Z') ? [{ pid: Number(pid), parent: Number(parent), command: words.join(' ') }] : [];
  });
}
