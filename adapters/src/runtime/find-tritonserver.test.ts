import { deepStrictEqual, strictEqual, throws } from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { chosenTritonserver, findTritonservers } from './find-tritonserver.ts';

/** A folder with these files in it; what lies in a `bin` can be executed. */
function machine(t: TestContext, files: readonly string[]): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'conch-find-')));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '#!/bin/sh\n');
    if (file.includes('/bin/')) chmodSync(join(root, file), 0o755);
  }
  return root;
}

const found = (root: string, env: Record<string, string> = {}) =>
  findTritonservers({ PATH: `${root}/none:${root}/usr/bin`, CONCH_PEERS: `${root}/peers`, ...env }, `${root}/opt`).map((one) => ({
    ...one,
    binary: one.binary.replace(root, ''),
    backendFolder: one.backendFolder.replace(root, ''),
  }));

const nvidia = ['opt/bin/tritonserver', 'opt/backends/onnxruntime/libtriton_onnxruntime.so', 'opt/backends/python/libtriton_python.so'];
const installed = [
  'peers/tritonserver/.conch-installed',
  'peers/tritonserver/bin/tritonserver',
  'peers/tritonserver/backends/python/libtriton_python.so',
];

test('where there is none, none is found', (t) => deepStrictEqual(found(machine(t, [])), []));

test("they are found on the PATH, in NVIDIA's folder and where we install, in this order", (t) => {
  const root = machine(t, ['usr/bin/tritonserver', ...nvidia, ...installed]);
  deepStrictEqual(
    found(root).map(({ by, binary }) => [by, binary]),
    [
      ['path', '/usr/bin/tritonserver'],
      ['opt', '/opt/bin/tritonserver'],
      ['installed', '/peers/tritonserver/bin/tritonserver'],
    ],
  );
});

test('one that has its own ONNX backend runs ONNX models with that; one with a Python backend, with ours', (t) => {
  const root = machine(t, [...nvidia, ...installed]);
  deepStrictEqual(
    found(root).map(({ backends, onnx, backendFolder }) => [backendFolder, backends, onnx]),
    [
      ['/opt/backends', ['onnxruntime', 'python'], 'native'],
      ['/peers/tritonserver/backends', ['python'], 'python'],
    ],
  );
});

test('a link on the PATH is the binary that it leads to, with the backends there, and it is listed once', (t) => {
  const root = machine(t, [...nvidia, 'usr/bin/other']);
  symlinkSync(join(root, 'opt/bin/tritonserver'), join(root, 'usr/bin/tritonserver'));
  deepStrictEqual(
    found(root).map(({ by, binary, onnx }) => [by, binary, onnx]),
    [['path', '/opt/bin/tritonserver', 'native']],
  );
});

test("a binary with no backends beside it looks for them in NVIDIA's folder, as it does itself", (t) => {
  const root = machine(t, ['usr/bin/tritonserver', ...nvidia.slice(1)]);
  deepStrictEqual(
    found(root).map(({ backendFolder, onnx }) => [backendFolder, onnx]),
    [['/opt/backends', 'native']],
  );
});

test('an install that was interrupted, a folder of that name and a file that cannot be executed are none', (t) => {
  const root = machine(t, [...installed.slice(1), 'usr/bin/tritonserver/x', 'opt/notbin/tritonserver']);
  deepStrictEqual(found(root), []);
});

test('the one that is named goes first, and one that is named and is not there is a fault, never another one', (t) => {
  const root = machine(t, ['mine/bin/tritonserver', ...nvidia]);
  strictEqual(found(root, { CONCH_TRITONSERVER: `${root}/mine/bin/tritonserver` })[0]?.by, 'named');
  throws(() => found(root, { CONCH_TRITONSERVER: `${root}/mine` }), /CONCH_TRITONSERVER names .*mine, which is no program/);
});

test('a local world takes the first that can run ONNX models, unless one is named', (t) => {
  const root = machine(t, ['usr/bin/tritonserver', 'usr/backends/fil/libtriton_fil.so', ...installed]);
  strictEqual(chosenTritonserver(found(root))?.by, 'installed');
  strictEqual(chosenTritonserver(found(root, { CONCH_TRITONSERVER: `${root}/usr/bin/tritonserver` }))?.by, 'named');
  strictEqual(chosenTritonserver([]), undefined);
});
