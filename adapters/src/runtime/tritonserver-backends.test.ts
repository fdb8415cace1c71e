import { deepStrictEqual, rejects, strictEqual } from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Fault } from '#core/base/fault.ts';
import { tritonserverAt } from './find-tritonserver.ts';
import { tritonserver } from './tritonserver.ts';

/** A tritonserver that prints its flags and ends, with these files among its backends. */
function fake(t: TestContext, backends: readonly string[]): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'conch-backends-')));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(root, 'bin/tritonserver'), '#!/bin/sh\nfor flag in "$@"; do echo "$flag"; done\n', { mode: 0o755 });
  for (const file of backends) {
    mkdirSync(join(root, 'backends', file, '..'), { recursive: true });
    writeFileSync(join(root, 'backends', file), '');
  }
  const before = process.env.CONCH_PEERS;
  process.env.CONCH_PEERS = join(root, 'peers');
  t.after(() => {
    if (before === undefined) delete process.env.CONCH_PEERS;
    else process.env.CONCH_PEERS = before;
  });
  return root;
}

async function backendFolderOf(root: string): Promise<string> {
  const runtime = tritonserver({ found: tritonserverAt(join(root, 'bin/tritonserver'), 'opt', root) });
  const running = await runtime.start({ id: 'one', repository: root, model: 'm' });
  await running.exited;
  return (
    running
      .tail(100)
      .find((line) => line.startsWith('--backend-directory='))
      ?.slice('--backend-directory='.length) ?? ''
  );
}

test('a tritonserver with a backend of its own for ONNX models runs with its own backends, all of them', async (t) => {
  const root = fake(t, ['onnxruntime/libtriton_onnxruntime.so', 'python/libtriton_python.so']);
  strictEqual(await backendFolderOf(root), join(root, 'backends'));
});

test('one without it gets ours beside all of its own, in the folder of peers, the same one each time', async (t) => {
  const root = fake(t, ['python/libtriton_python.so', 'fil/libtriton_fil.so']);
  const folder = await backendFolderOf(root);
  strictEqual(folder.startsWith(join(root, 'peers/backends-')), true);
  deepStrictEqual(readdirSync(folder).sort(), ['fil', 'onnxruntime', 'python']);
  deepStrictEqual(readdirSync(join(folder, 'onnxruntime')), ['model.py']);
  strictEqual(await backendFolderOf(root), folder);
  deepStrictEqual(readdirSync(join(root, 'peers')).length, 1);
});

test('where ours cannot be put beside them, that is a fault with the way out', async (t) => {
  const root = fake(t, ['python/libtriton_python.so']);
  writeFileSync(join(root, 'peers'), 'a file');
  await rejects(
    async () => backendFolderOf(root),
    (thrown) => thrown instanceof Fault && thrown.code === 'runtime/unwritable' && /CONCH_PEERS/.test(thrown.message),
  );
});
