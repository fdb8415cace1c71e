import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { askTritonserver } from './ask-tritonserver.ts';
import { installedTritonserver } from './find-tritonserver.ts';

function fake(t: TestContext, script: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'conch-fake-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'tritonserver'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return join(folder, 'tritonserver');
}

const ask = (binary: string, patienceMs = 10_000) => askTritonserver(binary, patienceMs);

test('a tritonserver tells its version and ends, without a port and without a model repository', async (t) => {
  const home = installedTritonserver();
  if (!home) {
    if (process.env.CONCH_CI === '1')
      throw new Error('tritonserver is not installed, and CONCH_CI=1 allows no skipping: run scripts/peers/tritonserver.sh');
    return t.skip('tritonserver is not installed: run scripts/peers/tritonserver.sh');
  }
  const told = await ask(join(home, 'bin/tritonserver'));
  ok('table' in told);
  match(told.table.version, /^2\.\d+\.\d+$/);
  ok(told.table.extensions.includes('model_repository'));
});

test('one that cannot be loaded says how it ended, in its own words', async (t) => {
  const told = await ask(fake(t, 'echo "error while loading shared libraries: libdcgm.so.3" >&2; exit 127'));
  ok('end' in told && told.end.is === 'exit');
  deepStrictEqual([told.end.code, told.end.lines[0]], [127, 'error while loading shared libraries: libdcgm.so.3']);
});

test('one that hangs is ended with all that it has started', async (t) => {
  const told = await ask(fake(t, 'echo "pid $$"; sleep 1000 & sleep 1000'), 200);
  ok('end' in told && told.end.is === 'late');
  const pid = Number(told.end.lines[0]?.slice(4));
  ok(pid > 1);
  // Signal 0 to a group that is gone is refused.
  let isLeft = true;
  for (let tries = 0; isLeft && tries < 200; tries += 1) {
    try {
      process.kill(-pid, 0);
      await new Promise((resolve) => setTimeout(resolve, 10));
    } catch {
      isLeft = false;
    }
  }
  strictEqual(isLeft, false);
});

test('one that prints garbage without end is read to a bound, and ended', async (t) => {
  const told = await ask(fake(t, 'exec yes "| server_versionn | 2 |"'), 300);
  ok('end' in told && told.end.is === 'late');
  ok(told.end.lines.join('\n').length < 1024 * 1024);
});

test('one that is not there, or crashes, is told as such', async (t) => {
  const [missing, crashed] = [await ask('/nowhere/tritonserver'), await ask(fake(t, 'kill -SEGV $$'))];
  deepStrictEqual(missing, { end: { is: 'not-started', errno: 'ENOENT', lines: [''] } });
  ok('end' in crashed && crashed.end.is === 'signal' && crashed.end.signal === 'SIGSEGV');
});
