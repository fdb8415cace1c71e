import { execFile } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installedTritonserver, tritonserverAt } from '../find-tritonserver.ts';
import { freePorts } from '../free-ports.ts';
import { startServerProcess } from '../server-process.ts';
import { backendsOf } from '../tritonserver.ts';

export type LikenessServer = {
  readonly name: 'embedded' | 'tritonserver';
  readonly http: string;
  readonly metrics: string;
  /** Host and port. */
  readonly grpc: string;
  log(): readonly string[];
  stop(): Promise<void>;
};

/** Starts both runtimes on one repository with the same flags, and some of its own each, or says why the real one is not to be had. */
export async function startBoth(
  repositories: readonly string[],
  flags: readonly string[],
  ownFlags: (name: LikenessServer['name']) => readonly string[] = () => [],
): Promise<readonly [LikenessServer, LikenessServer] | { skip: string }> {
  const commands = commandsOf(repositories, flags, ownFlags);
  if ('skip' in commands) return commands;
  const started = await Promise.allSettled(commands.map(({ name, file, args }) => start(name, file, args)));
  const [ours, theirs] = started.map((one) => (one.status === 'fulfilled' ? one.value : undefined));
  if (ours && theirs) return [ours, theirs];
  // One alone would keep the test from ending.
  await Promise.all([ours?.stop(), theirs?.stop()]);
  throw started.find((one) => one.status === 'rejected')?.reason;
}

/** How both end that are started with flags which they cannot serve with: their exit codes, and the last that they say. */
export async function endsOf(
  repositories: readonly string[],
  flags: readonly string[],
): Promise<readonly { readonly code: unknown; readonly says: string }[] | { skip: string }> {
  const commands = commandsOf(repositories, flags, () => ['--http-port=0', '--allow-grpc=false', '--allow-metrics=false']);
  if ('skip' in commands) return commands;
  return Promise.all(
    commands.map(({ file, args }) =>
      promisify(execFile)(file, args, { timeout: startMaxMs }).then(
        () => ({ code: 0, says: '' }),
        ({ code, stderr }: { code: unknown; stderr: string }) => ({ code, says: stderr.trim().split('\n').at(-1) ?? '' }),
      ),
    ),
  );
}

type Command = { readonly name: LikenessServer['name']; readonly file: string; readonly args: readonly string[] };

function commandsOf(
  repositories: readonly string[],
  flags: readonly string[],
  ownFlags: (name: LikenessServer['name']) => readonly string[],
): readonly [Command, Command] | { skip: string } {
  const home = installedTritonserver();
  if (!home) {
    const skip = 'tritonserver is not installed: run scripts/peers/tritonserver.sh';
    if (process.env.CONCH_CI === '1') throw new Error(`${skip} (CONCH_CI=1 allows no skipping)`);
    return { skip };
  }
  const all = [...repositories.map((repository) => `--model-repository=${repository}`), ...flags];
  const main = fileURLToPath(new URL('../../../../apps/runtime/src/main.ts', import.meta.url));
  const theirs = [
    `--backend-directory=${backendsOf(tritonserverAt(`${home}/bin/tritonserver`, 'installed'))}`,
    `--cache-directory=${cachesOf(home)}`,
    '--allow-gpu-metrics=false',
  ];
  return [
    { name: 'embedded', file: process.execPath, args: [main, '--exit-with-parent=true', ...all, ...ownFlags('embedded')] },
    { name: 'tritonserver', file: `${home}/bin/tritonserver`, args: [...theirs, ...all, ...ownFlags('tritonserver')] },
  ];
}

/** Both, to be told what to load from a repository that is the test's alone; undefined when the test was skipped. */
export async function startExplicit(t: TestContext, repository: string, flags: readonly string[] = []) {
  t.after(() => rmSync(repository, { recursive: true, force: true }));
  const both = await startBoth([repository], ['--model-control-mode=explicit', ...flags]);
  if ('skip' in both) {
    t.skip(both.skip);
    return undefined;
  }
  t.after(() => Promise.all(both.map((server) => server.stop())));
  return both;
}

/** Where the wheel keeps its caches: in the folder of whichever Python it was installed for. */
function cachesOf(home: string): string {
  const lib = join(home, 'venv', 'lib');
  const python = readdirSync(lib).find((name) => name.startsWith('python3')) ?? 'python3';
  return join(lib, python, 'site-packages', 'pytriton', 'tritonserver', 'caches');
}

async function start(name: LikenessServer['name'], file: string, args: readonly string[]): Promise<LikenessServer> {
  const [grpc = 0] = await freePorts(1);
  const running = await startServerProcess({
    id: name,
    command: ({ http, metrics }) => ({
      file,
      // With a socket for an input the shell before Triton's Python reads the settings of a login, and may find another Python.
      ...(name === 'tritonserver' ? { input: 'none' as const } : {}),
      args: [
        ...args,
        '--http-address=127.0.0.1',
        '--grpc-address=127.0.0.1',
        `--http-port=${http}`,
        `--metrics-port=${metrics}`,
        `--grpc-port=${grpc}`,
      ],
    }),
  });
  const deadlineMs = performance.now() + startMaxMs;
  const ended = running.exited.then(({ says }) => says);
  for (;;) {
    const isUp = await fetch(`${running.metrics}/metrics`).then(
      async (reply) => (await reply.text(), true),
      () => false,
    );
    if (isUp) break;
    const said = await Promise.race([ended, sleep(20, undefined)]);
    if (said !== undefined || performance.now() > deadlineMs) {
      await running.stop(0);
      throw new Error(`${name} did not start: ${said ?? running.tail(20).join('\n')}`);
    }
  }
  return {
    name,
    http: running.http,
    metrics: running.metrics,
    grpc: `127.0.0.1:${grpc}`,
    log: () => running.tail(500),
    stop: () => running.stop(stopGraceMs),
  };
}

const startMaxMs = 60_000;
const stopGraceMs = 3000;
