import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { wordsOf } from '#core/base/fault.ts';
import type { Exit, Running } from '#core/ports/agent.ts';
import { freePorts } from './free-ports.ts';

export type Ports = { readonly http: number; readonly metrics: number };

/** How one kind of server is started; all else about its process is the same for every kind. */
export type ServerCommand = {
  readonly id: string;
  command(ports: Ports): {
    readonly file: string;
    readonly args: readonly string[];
    readonly env?: NodeJS.ProcessEnv;
    readonly input?: 'none';
  };
  /** Asked once a second, with what it wrote: what says that it will never answer again, though it runs. It is ended then, with these words. */
  readonly ailing?: (pid: number, log: readonly string[]) => string | 'no';
  /** A file per server, added to at its end; only the tail in memory when not given. */
  readonly logFolder?: string;
  /** For tests: where ports come from. */
  readonly pickPorts?: () => Promise<Ports>;
};

const linesKept = 500;
const lineLengthMax = 4000;
const portTries = 5;
const askedEveryMs = 1000;

/**
 * Starts a server's process on free ports of loopback. When another process takes a port before the server opens it, the server is
 * started again on others; `http`, `metrics` and `incarnation` are those of the present process, so read them when you use them.
 */
export async function startServerProcess(server: ServerCommand): Promise<Running> {
  const pick = server.pickPorts ?? pickPorts;
  const log = server.logFolder === undefined ? undefined : openLog(server.logFolder, server.id);
  let tries = 1;
  let present = spawnOn(server, await pick(), log);
  let isStopping = false;

  const follow = async (): Promise<Exit> => {
    for (;;) {
      const exit = await present.exited;
      if (isStopping || exit.code !== 1 || tries >= portTries || !present.lines.some((line) => portTaken.test(line))) {
        return exit;
      }
      tries += 1;
      const ports = await pick().catch(() => undefined);
      if (!ports || isStopping) return exit;
      present = spawnOn(server, ports, log);
    }
  };
  const exited = follow().then(async (exit) => {
    // Its last words are in the file when it is said to have ended.
    await new Promise<void>((resolve) => (log ? log.end(() => resolve()) : resolve()));
    return exit;
  });

  return {
    get incarnation() {
      return present.incarnation;
    },
    get http() {
      return `http://127.0.0.1:${present.ports.http}`;
    },
    get metrics() {
      return `http://127.0.0.1:${present.ports.metrics}`;
    },
    exited,
    tail: (lines) => (lines <= 0 ? [] : present.lines.slice(-lines)),
    async stop(graceMs) {
      isStopping = true;
      present.child.kill('SIGTERM');
      const timer = new AbortController();
      const insist = sleep(graceMs, undefined, { signal: timer.signal }).then(
        () => void present.child.kill('SIGKILL'),
        () => undefined,
      );
      await exited;
      timer.abort();
      await insist;
    },
  };
}

const portTaken = /already in use|EADDRINUSE/;

async function pickPorts(): Promise<Ports> {
  const [http = 0, metrics = 0] = await freePorts(2);
  return { http, metrics };
}

type Present = {
  readonly incarnation: string;
  readonly ports: Ports;
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly exited: Promise<Exit>;
};

function spawnOn(server: ServerCommand, ports: Ports, log: WriteStream | undefined): Present {
  const { file, args, env = process.env, input } = server.command(ports);
  const lines: string[] = [];
  const keep = (line: string) => {
    lines.push(line.slice(0, lineLengthMax));
    if (lines.length > linesKept) lines.splice(0, lines.length - linesKept);
    log?.write(`${line}\n`);
  };
  // Its input stays open as long as we live, unless it wants none: the embedded runtime ends when it closes.
  const child = spawn(file, args, { stdio: [input === 'none' ? 'ignore' : 'pipe', 'pipe', 'pipe'], env });
  child.stdin?.on('error', () => undefined);
  const read = Promise.all([child.stdout, child.stderr].map((stream) => readLines(stream, keep)));
  let ailment: string | 'no' = 'no';
  const asking = setInterval(() => {
    if (child.pid === undefined || !server.ailing) return;
    ailment = server.ailing(child.pid, lines);
    if (ailment === 'no') return;
    clearInterval(asking);
    keep(ailment);
    child.kill('SIGKILL');
  }, askedEveryMs).unref();
  const exited = new Promise<Exit>((resolve) => {
    child.once('error', (thrown) => resolve({ code: null, signal: null, says: `${file} could not be started: ${wordsOf(thrown)}` }));
    child.once('exit', (code, signal) => {
      clearInterval(asking);
      // A grandchild may hold the pipes open, so the last words are not waited for long.
      void Promise.race([read, sleep(500, undefined, { ref: false })]).then(() =>
        resolve({ code, signal, says: ailment === 'no' ? lastWords(lines) : ailment }),
      );
    });
  });
  return { incarnation: `${server.id}/${randomUUID().slice(0, 8)}`, ports, child, lines, exited };
}

async function readLines(stream: Readable | null, keep: (line: string) => void): Promise<void> {
  if (!stream) return;
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) keep(line);
}

/** What a person would look at: Triton's tables say little and take much room. */
function lastWords(lines: readonly string[]): string {
  const words = lines.filter((line) => line.trim() !== '' && !/^[|+]/.test(line));
  return words.slice(-20).join('\n');
}

function openLog(folder: string, id: string): WriteStream {
  mkdirSync(folder, { recursive: true });
  const log = createWriteStream(join(folder, `${id.replaceAll(/[^A-Za-z0-9_.-]/g, '_')}.log`), { flags: 'a' });
  // A full disk costs the file, never the server; the tail in memory stays.
  log.on('error', () => undefined);
  return log;
}
