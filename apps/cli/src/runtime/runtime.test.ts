import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { freePorts } from '#adapters/runtime/free-ports.ts';
import { installedTritonserver } from '#adapters/runtime/find-tritonserver.ts';
import { homeAt } from '../home.ts';
import { killNow, processesOf } from '../process-table.ts';
import { repositoryRoot } from '../repository-root.ts';
import { runtimeHere } from './runtime-option.ts';

const main = join(repositoryRoot, 'apps/cli/src/main.ts');

/** A machine with no tritonserver but this one, which is a shell script; no script, none at all. */
function machine(t: TestContext, script?: string, { hasPython = true } = {}): Record<string, string> {
  const root = mkdtempSync(join(tmpdir(), 'conch-runtime-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  if (script !== undefined) {
    mkdirSync(join(root, 'bin'));
    writeFileSync(join(root, 'bin/tritonserver'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(root, 'bin/tritonserver'), 0o755);
    mkdirSync(join(root, 'backends/python'), { recursive: true });
    if (hasPython) writeFileSync(join(root, 'backends/python/libtriton_python.so'), '');
  }
  return { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, CONCH_PEERS: join(root, 'peers') };
}

function conch(env: Record<string, string>, ...args: string[]) {
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function ran(env: Record<string, string>, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = conch(env, ...args);
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, err };
}

/** Prints what a tritonserver prints, and ends or goes on by what the script says then. */
const table = "printf '| server_version | 2.51.0 |\\n'";
const asked = `case "$*" in *conch-no-such-folder*) ${table}; exit 1;; esac`;

test('with no tritonserver, list tells of the embedded runtime and how to get one', async (t) => {
  const { code, out } = await ran(machine(t), 'runtime', 'list');
  strictEqual(code, 0);
  match(
    out,
    /^embedded +\d+\.\d+\.\d+, came with Conch, ONNX Runtime \d+\.\d+\.\d+\n {4}runs {3}ONNX models and ensembles of them, on the CPU/,
  );
  match(out, /no tritonserver: not on the PATH, not in \/opt\/tritonserver, none installed\nNext: conch runtime install tritonserver\n$/);
});

test('list gives a tritonserver with its version, what it runs and what it lacks, also as JSON', async (t) => {
  const env = machine(t, asked);
  const { code, out } = await ran(env, 'runtime', 'list');
  strictEqual(code, 0);
  match(
    out,
    /tritonserver {2}2\.51\.0, on the PATH, .*\/bin\/tritonserver\n {4}runs {3}ONNX models by Conch's backend, on the CPU; Python models\n {4}from {3}python in .*\/backends\n {4}lacks {2}TensorRT engines/,
  );
  const json = JSON.parse((await ran(env, 'runtime', 'list', '--output', 'json')).out) as {
    tritonservers: { version: string; by: string; isChosen: boolean }[];
  };
  deepStrictEqual(
    json.tritonservers.map(({ version, by, isChosen }) => [version, by, isChosen]),
    [['2.51.0', 'path', true]],
  );
});

/** Tritonservers that cannot be started: what list says of them. */
const broken: readonly (readonly [string, string, RegExp])[] = [
  [
    'that lacks a shared library',
    'echo "tritonserver: error while loading shared libraries: libdcgm.so.3: cannot open shared object file: No such file or directory" >&2; exit 127',
    /runtime\/missing-library {2}the shared library libdcgm\.so\.3 is missing\n +fix: install datacenter-gpu-manager/,
  ],
  [
    'that prints garbage',
    "printf 'boo\\033[31m\\n'",
    /runtime\/no-version {2}it does not start as a tritonserver does: it prints "boo\\u001b\[31m"/,
  ],
  ['that crashes', 'kill -SEGV $$', /runtime\/crashed {2}it crashed \(SIGSEGV\)/],
];

for (const [says, script, words] of broken) {
  test(`a tritonserver ${says} is of unknown version, with the reason and a fix, and ends with 1`, async (t) => {
    const { code, out } = await ran(machine(t, script), 'runtime', 'list');
    strictEqual(code, 1);
    match(out, /tritonserver {2}version unknown/);
    match(out, words);
  });
}

test('a tritonserver that CONCH_TRITONSERVER names and that is not there is said, and nothing else is taken', async (t) => {
  const { code, err } = await ran({ ...machine(t), CONCH_TRITONSERVER: '/nowhere' }, 'runtime', 'list');
  deepStrictEqual(
    [code, err],
    [2, 'conch runtime list: CONCH_TRITONSERVER names /nowhere, which is no program; name a tritonserver, or unset it\n'],
  );
});

/** Tritonservers that start and do not get far: what doctor says of them. */
const sick: readonly (readonly [string, string, RegExp])[] = [
  [
    'that ends as it loads',
    `${asked}; echo 'error: creating server: Internal - no' >&2; exit 3`,
    /runtime\/ended {2}it ended by itself \(exit code 3\); its last words: error: creating server: Internal - no/,
  ],
  [
    'whose Python stub dies, which it waits for in silence',
    `${asked}; echo 'I1127 x.cc:1] "loading: conch_doctor:1"'; exec sleep 60`,
    /runtime\/stub {2}it still loads a Python model after 1\.0 s: its Python stub has died or hangs/,
  ],
  [
    'whose Python stub lacks a library',
    `${asked}; echo 'I1127 x.cc:1] "loading: conch_doctor:1"'; echo 'stub: error while loading shared libraries: libpython3.10.so.1.0: cannot open shared object file'; exec sleep 60`,
    /runtime\/missing-library {2}the shared library libpython3\.10\.so\.1\.0 of its Python stub is missing/,
  ],
  ['that hangs', `${asked}; exec sleep 60`, /runtime\/hangs {2}it hangs: not ready after 1\.0 s/],
];

for (const [says, script, words] of sick) {
  test(`doctor of a tritonserver ${says} says so, and that the embedded runtime works`, async (t) => {
    const { code, out } = await ran(machine(t, script), 'runtime', 'doctor', '--timeout', '1s');
    strictEqual(code, 1);
    match(out, words);
    match(out, /not everything works/);
  });
}

test('doctor of a tritonserver that has no backend for ONNX models says so', async (t) => {
  const { out } = await ran(machine(t, `${asked}; exit 0`, { hasPython: false }), 'runtime', 'doctor', '--timeout', '5s');
  match(out, /runtime\/no-onnx {2}it cannot run ONNX models/);
});

test('doctor tries what is really here: models of both kinds load and answer', async (t) => {
  const home = installedTritonserver();
  if (!home) {
    if (process.env.CONCH_CI === '1')
      throw new Error('tritonserver is not installed, and CONCH_CI=1 allows no skipping: run scripts/peers/tritonserver.sh');
    return t.skip('tritonserver is not installed: run scripts/peers/tritonserver.sh');
  }
  const env = { ...process.env, CONCH_TRITONSERVER: join(home, 'bin/tritonserver') } as Record<string, string>;
  const { code, out } = await ran(env, 'runtime', 'doctor', '--output', 'json');
  strictEqual(code, 0, out);
  const { runtimes } = JSON.parse(out) as { runtimes: { runtime: string; works: string[] }[] };
  const real = runtimes.find(({ runtime }) => runtime === 'tritonserver');
  deepStrictEqual(real?.works.slice(1), ['an ONNX model loads, and answers right', 'a Python model loads, and answers right']);
});

test('what cannot be installed is said, and what can', async (t) => {
  const { code, err } = await ran(machine(t), 'runtime', 'install', 'vllm');
  deepStrictEqual(
    [code, err.split('\n')[0]],
    [2, "conch runtime install: RUNTIME: 'vllm' cannot be installed: tritonserver can, and embedded came with Conch"],
  );
});

test('a demo on a tritonserver that is not here says how to get one, and touches nothing', async (t) => {
  const { code, err } = await ran(machine(t), 'demo', '--runtime', 'tritonserver');
  strictEqual(code, 1);
  match(err, /runtime\/missing {2}there is no tritonserver on this machine\n {4}fix: conch runtime install tritonserver/);
});

for (const [says, script, options, name, words] of [
  ['none', undefined, {}, 'embedded', /^embedded stands in for tritonserver, .*; for the real one: conch runtime install tritonserver$/],
  ['one that starts', asked, {}, 'tritonserver', /^servers run on \/.*\/bin\/tritonserver; nothing stands in for it$/],
  [
    'one that does not',
    'exit 1',
    {},
    'embedded',
    /^embedded stands in .*; \/.*\/bin\/tritonserver does not start, and conch runtime list says why$/,
  ],
  ['one without ONNX', asked, { hasPython: false }, 'embedded', /^embedded stands in .*; \/.*\/bin\/tritonserver runs no ONNX models$/],
] as const) {
  test(`unasked, conch up on a machine with ${says} takes ${name}, and says why`, async (t) => {
    const chosen = await runtimeHere(t.signal, machine(t, script, options));
    strictEqual(chosen.name, name);
    match(chosen.says, words);
    match(
      (await ran(machine(t, script, options), 'runtime', 'list')).out,
      name === 'embedded' ? /take embedded|no tritonserver/ : /^conch up takes \//m,
    );
  });
}

test('conch up takes the tritonserver that is here, and then what its agent runs on; down ends it, its home removed or not', async (t) => {
  const env = machine(t, asked);
  const home = join(env['CONCH_PEERS'] ?? '', 'home');
  t.after(() => processesOf(homeAt(home)).forEach(({ pid }) => killNow(pid)));
  const up = async (...args: string[]) => (await ran(env, 'up', '--home', home, '--port', '0', ...args)).out;
  match(await up(), /^servers run on \/.*\/bin\/tritonserver; nothing stands in for it$/m);
  match(await up(), /^servers run on tritonserver, as before$/m);
  match(await up('--runtime', 'embedded'), /^servers run on tritonserver, as the agent was started; for embedded: conch down, then/m);
  strictEqual((JSON.parse(await up('--output', 'json')) as { runtime: string }).runtime, 'tritonserver');
  // As people do who want to begin anew.
  rmSync(home, { recursive: true });
  match((await ran(env, 'down', '--home', home)).out, /agent has ended\nnothing is left running; .* had been removed/);
});

test('run becomes the embedded runtime: its help, its words, its exit code, and signals reach it', async (t) => {
  const env = machine(t);
  match((await ran(env, 'runtime', 'run', '--help')).out, /^Usage: conch runtime run /);
  const refused = await ran(env, 'runtime', 'run', '--nope');
  strictEqual(refused.code, 1);
  match(refused.err, /^conch-embedded: .*--nope/);
  const [http = 0, metrics = 0, grpc = 0] = await freePorts(3);
  const repository = join(repositoryRoot, 'examples/digits/releases/a/repository');
  const child = conch(
    env,
    'runtime',
    'run',
    '--model-repository',
    repository,
    `--http-port=${http}`,
    `--metrics-port=${metrics}`,
    `--grpc-port=${grpc}`,
  );
  t.after(() => child.kill('SIGKILL'));
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  while (!log.includes('Started Metrics')) await once(child.stderr, 'data');
  strictEqual((await fetch(`http://127.0.0.1:${http}/v2/health/ready`)).status, 200);
  child.kill('SIGTERM');
  deepStrictEqual(await once(child, 'exit'), [0, null]);
});
