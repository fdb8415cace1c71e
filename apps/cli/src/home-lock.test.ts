import { deepStrictEqual, rejects } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { homeAt } from './home.ts';
import { withLock } from './home-lock.ts';

test('of two that want the same, one waits until the other is done, or gives up and says so', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'conch-lock-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const home = homeAt(folder);
  const done: string[] = [];
  const first = withLock(home, 'world', { patienceMs: 0 }, async () => {
    await wait(300);
    done.push('first');
  });
  await rejects(
    withLock(home, 'world', { patienceMs: 0 }, async () => done.push('never')),
    /another conch has been busy/,
  );
  await withLock(home, 'world', { patienceMs: 5000, waiting: () => done.push('second waits') }, async () => done.push('second'));
  await first;
  deepStrictEqual(done, ['second waits', 'first', 'second']);
});
