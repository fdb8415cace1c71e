import { closeSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault, wordsOf } from '#core/base/fault.ts';

/** The work is short and synchronous, so a lock this old is one of a process that was killed. */
const staleMs = 10_000;
const patienceMs = 20_000;
const lookMs = 20;

/** Does the work while no other process does work under the same lock. */
export async function underLock<T>(path: string, work: () => T): Promise<T> {
  for (let waitedMs = 0; ; waitedMs += lookMs) {
    if (take(path)) break;
    if (waitedMs >= patienceMs)
      throw new Fault('registry/unavailable', `${path} is held by another process; try again`, { isRetryable: true });
    const takenAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (takenAt !== undefined && Date.now() - takenAt > staleMs) rmSync(path, { force: true });
    await sleep(lookMs);
  }
  try {
    return work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string): boolean {
  try {
    const file = openSync(path, 'wx');
    writeSync(file, `${process.pid}\n`);
    closeSync(file);
    return true;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false;
    throw new Fault('registry/unavailable', `${path} could not be taken: ${wordsOf(cause)}`, { isRetryable: true, cause });
  }
}
