import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, errors } from 'undici';
import { Fault, wordsOf } from '#core/base/fault.ts';
import { freePorts } from '../runtime/free-ports.ts';
import type { Answer } from './ruling.ts';

/** One process of tritonserver that is told over HTTP what to load. */
export type RefereeServer = {
  post(path: string, body?: string): Promise<Answer>;
  /** The lines that were logged since the last call. */
  readLog(): string[];
  /** Ends it, at once when no grace is given: it holds nothing that anybody will ask for. */
  stop(graceMs?: number): Promise<void>;
};

export type RefereeServerOptions = {
  readonly home: string;
  readonly backends: string;
  readonly repositories: readonly string[];
  /** The file that it logs to. */
  readonly log: string;
  readonly flags: readonly string[];
};

const startMaxMs = 20_000;
const answerMaxMs = 5_000;
const startTries = 5;

export async function startRefereeServer(options: RefereeServerOptions): Promise<RefereeServer> {
  for (let tries = 1; ; tries += 1) {
    const server = await launch(options);
    if (await server.isUp()) return server;
    await server.stop();
    const lines = server.readLog();
    if (tries < startTries && lines.some((line) => /already in use/.test(line))) continue;
    throw new Error(`tritonserver did not start:\n${lines.slice(-20).join('\n')}`);
  }
}

async function launch({ home, backends, repositories, log, flags }: RefereeServerOptions) {
  const [http = 0, metrics = 0] = await freePorts(2);
  const args = [
    ...repositories.map((repository) => `--model-repository=${repository}`),
    `--backend-directory=${backends}`,
    '--model-control-mode=explicit',
    '--allow-grpc=false',
    '--allow-gpu-metrics=false',
    '--http-address=127.0.0.1',
    `--http-port=${http}`,
    `--metrics-port=${metrics}`,
    '--pinned-memory-pool-byte-size=0',
    ...flags,
  ];
  // A file, not a pipe: what was written before the answer is there when the answer comes, so each line belongs to the case in progress.
  const written = openSync(log, 'w');
  const child = spawnDyingWithUs(join(home, 'bin', 'tritonserver'), args, written);
  closeSync(written);
  const exited = once(child, 'exit');
  const client = new Client(`http://127.0.0.1:${http}`, { headersTimeout: answerMaxMs, bodyTimeout: answerMaxMs });
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;

  const send = async (method: 'GET' | 'POST', path: string, body: string | null = null): Promise<Answer> => {
    try {
      const answer = await client.request({ method, path, body });
      return { status: answer.statusCode, body: await answer.body.text() };
    } catch (cause) {
      if (cause instanceof errors.HeadersTimeoutError)
        throw new Fault('referee/no-answer', `no answer within ${answerMaxMs / 1000} s`, { isRetryable: false, cause });
      throw new Fault('referee/server-ended', `the server ended: ${wordsOf(cause)}`, { isRetryable: true, cause });
    }
  };

  return {
    post: (path: string, body?: string) => send('POST', path, body),
    readLog: logReader(log),
    async isUp() {
      for (const deadline = Date.now() + startMaxMs; Date.now() < deadline && !hasEnded(); await sleep(20)) {
        const answer = await send('GET', '/v2/health/live').catch(() => undefined);
        if (answer?.status === 200) return true;
      }
      return false;
    },
    async stop(graceMs = 0) {
      await client.destroy();
      if (!hasEnded() && graceMs > 0) await Promise.race([exited, sleep(graceMs, undefined, { ref: false })]);
      if (!hasEnded()) child.kill('SIGKILL');
      if (!hasEnded()) await exited;
    },
  };
}

/** Triton does not notice that its parent was killed; where setpriv is there, the kernel tells it. */
function spawnDyingWithUs(binary: string, args: readonly string[], output: number): ChildProcess {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'setpriv'));
  const setpriv = places.find((place) => existsSync(place));
  const [file, rest] = setpriv === undefined ? [binary, args] : [setpriv, ['--pdeathsig', 'KILL', binary, ...args]];
  return spawn(file, rest, { stdio: ['ignore', output, output] });
}

function logReader(path: string): () => string[] {
  const buffer = Buffer.alloc(1 << 16);
  let position = 0;
  return () => {
    const pieces: Buffer[] = [];
    const file = openSync(path, 'r');
    for (let count = -1; count !== 0; position += count) {
      count = readSync(file, buffer, 0, buffer.length, position);
      pieces.push(Buffer.from(buffer.subarray(0, count)));
    }
    closeSync(file);
    const lines = Buffer.concat(pieces).toString('utf8').split('\n');
    return lines.filter((line) => line !== '');
  };
}
