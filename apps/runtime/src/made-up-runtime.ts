import { ok } from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { descendants } from '#adapters/runtime/descendants.ts';
import { freePorts } from '#adapters/runtime/free-ports.ts';
import { startRuntime } from './app.ts';
import { identityRepository } from './identity-model.ts';
import type { Log } from './log.ts';
import { readSettings } from './settings.ts';

/** For tests: a repository whose model `identity` gives its input `x` back as `x_out`, of floats and of any length. */
export function echoing(t: TestContext, { instances = 1, batchMax = 8, more = '' } = {}): string {
  const repository = identityRepository([{ name: 'x', datatype: 'FP32', dims: [-1] }], more);
  t.after(() => rmSync(repository, { recursive: true, force: true }));
  const file = join(repository, 'identity', 'config.pbtxt');
  const config = readFileSync(file, 'utf8');
  writeFileSync(file, config.replace('count: 1', `count: ${instances}`).replace('max_batch_size: 8', `max_batch_size: ${batchMax}`));
  return repository;
}

/** Adds an ensemble `pair` that runs `identity` twice, one after the other. */
export function withPair(repository: string): string {
  mkdirSync(join(repository, 'pair', '1'), { recursive: true });
  const step = (from: string, to: string): string =>
    `{ model_name: "identity" model_version: -1 input_map { key: "x" value: "${from}" } output_map { key: "x_out" value: "${to}" } }`;
  const tensors = 'input [ { name: "a" data_type: TYPE_FP32 dims: [ -1 ] } ] output [ { name: "c" data_type: TYPE_FP32 dims: [ -1 ] } ]';
  const config = `platform: "ensemble" max_batch_size: 8 ${tensors} ensemble_scheduling { step [ ${step('a', 'b')}, ${step('b', 'c')} ] }`;
  writeFileSync(join(repository, 'pair', 'config.pbtxt'), config);
  return repository;
}

/** The processes of the instances that a runtime of this process, or a process of its own, has now. */
export const instancesOf = (pid: number): number[] => descendants(pid, 'instance-child.ts');

type Addresses = { readonly http: string; readonly metrics: string; readonly admin: string; readonly grpc: number };

/** A runtime in this process, with an admin port. */
export async function served(
  t: TestContext,
  repository: string,
  ...flags: string[]
): Promise<Addresses & { readonly log: readonly string[] }> {
  const log: string[] = [];
  const keep = (_where: string, says: string) => void log.push(says);
  const kept: Log = { info: keep, warning: keep, error: keep, fd: 2, show: () => undefined, close: () => undefined };
  const settings = readSettings([...flagsOf(repository, [0, 0, 0]), '--admin-port=0', '--exit-timeout-secs=1', ...flags]);
  if ('problem' in settings) throw new Error(settings.problem);
  const app = await startRuntime(settings, kept);
  t.after(() => app.stop());
  const at = (port: number | undefined): string => `http://127.0.0.1:${port}`;
  return { http: at(app.httpPort), metrics: at(app.metricsPort), admin: at(app.adminPort), grpc: app.grpcPort ?? 0, log };
}

export type Spawned = Addresses & {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  says(): string;
};

/** A runtime in a process of its own, once it is live; `limits` are commands of a shell, such as ulimit, that come before it. */
export async function spawned(t: TestContext, repository: string, flags: readonly string[] = [], limits = ':'): Promise<Spawned> {
  const [http = 0, grpc = 0, metrics = 0, admin = 0] = await freePorts(4);
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const args = [process.execPath, main, ...flagsOf(repository, [http, grpc, metrics]), `--admin-port=${admin}`, ...flags];
  const child = spawn('sh', ['-c', `${limits}; exec "$@"`, 'sh', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr.on('data', (piece: Buffer) => {
    said += piece.toString();
  });
  const ended = once(child, 'close').then(([code, signal]: (number | string | null)[]) => ({
    code: code as number | null,
    signal: signal as string | null,
  }));
  const at = (port: number): string => `http://127.0.0.1:${port}`;
  await until(async () => {
    ok(child.exitCode === null, said);
    return await request(`${at(http)}/v2/health/live`).then(
      ({ body }) => body.dump().then(() => true),
      () => false,
    );
  });
  return { child, pid: child.pid ?? 0, ended, says: () => said, http: at(http), metrics: at(metrics), admin: at(admin), grpc };
}

const flagsOf = (repository: string, [http, grpc, metrics]: readonly [number, number, number]): string[] => [
  `--model-repository=${repository}`,
  '--http-address=127.0.0.1',
  `--http-port=${http}`,
  '--grpc-address=127.0.0.1',
  `--grpc-port=${grpc}`,
  `--metrics-port=${metrics}`,
  '--exit-on-error=false',
];

export type Reply = { readonly status: number; readonly text: string };

export async function ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: string): Promise<Reply> {
  const { statusCode, body: reply } = await request(url, { method, ...(body === undefined ? {} : { body }), headersTimeout: 0 });
  return { status: statusCode, text: await reply.text() };
}

/** One row of floats, as `identity` and `pair` take it. */
export const echoed = (http: string, values: readonly number[] = [1, 2], model = 'identity'): Promise<Reply> =>
  ask('POST', `${http}/v2/models/${model}/infer`, echoBody(values, model));

export const echoBody = (values: readonly number[], model = 'identity'): string =>
  `{"inputs":[{"name":"${model === 'pair' ? 'a' : 'x'}","datatype":"FP32","shape":[1,${values.length}],"data":[${values.join(',')}]}]}`;

export const dataIn = ({ text }: Reply): readonly number[] =>
  (JSON.parse(text) as { outputs: { data: number[] }[] }).outputs[0]?.data ?? [];

/** Sets the faults; throws when they are refused. */
export async function misbehave(admin: string, faults: object): Promise<void> {
  const { status, text } = await ask('PUT', `${admin}/faults`, JSON.stringify(faults));
  ok(status === 200, text);
}

export async function behave(admin: string): Promise<void> {
  ok((await ask('DELETE', `${admin}/faults`)).status === 200);
}

export const rssMb = (pid: number): number => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** Patient, since the machine may be busy: what is waited for is seen, never timed. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + 60_000;
  while (!(await holds())) {
    ok(performance.now() < deadlineMs, 'it did not come true within a minute');
    await sleep(10);
  }
}
