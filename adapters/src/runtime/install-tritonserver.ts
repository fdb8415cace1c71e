import { spawn } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Finding } from '#core/base/finding.ts';
import { peersFolder } from './find-tritonserver.ts';

export type Installed = { readonly home: string; readonly isNew: boolean } | { readonly problem: Pick<Finding, 'code' | 'says' | 'fix'> };

/** What lies there afterwards, and what pip keeps beside it meanwhile. */
const diskBytesMin = 1024 * 1024 * 1024;

/** Installs the real tritonserver into the folder of peers; at once when it is there, and anew when an install before was interrupted. */
export async function installTritonserver(options: {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** For tests. */
  readonly env?: NodeJS.ProcessEnv;
  readonly script?: string;
}): Promise<Installed> {
  const {
    say,
    signal,
    env = process.env,
    script = fileURLToPath(new URL('../../../scripts/peers/tritonserver.sh', import.meta.url)),
  } = options;
  const child = spawn('sh', [script], { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env });
  // The whole group: pip goes with the script.
  const interrupt = (): void => void process.kill(-(child.pid ?? 0), 'SIGTERM');
  signal.addEventListener('abort', interrupt, { once: true });
  const [printed, told] = [[] as string[], [] as string[]];
  const read = [
    eachLine(child.stdout, (line) => void printed.push(line)),
    eachLine(child.stderr, (line) => {
      told.push(line);
      if (line.startsWith('conch: installing')) say(line.slice('conch: '.length));
    }),
  ];
  const code = await new Promise<number | string>((resolve) => {
    child.once('error', (thrown: NodeJS.ErrnoException) => resolve(thrown.code ?? thrown.message));
    child.once('close', (status, by) => resolve(by ?? status ?? 1));
  });
  signal.removeEventListener('abort', interrupt);
  await Promise.all(read);
  const home = printed.at(-1);
  if (code === 0 && home) return { home, isNew: told.some((line) => line.startsWith('conch: installing')) };
  return { problem: problemIn(told, code, peersFolder(env)) };
}

async function eachLine(stream: NodeJS.ReadableStream, take: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream })) take(line);
}

/** The script says what stopped it, and indented below it what more there is to know. */
function problemIn(told: readonly string[], code: number | string, peers: string): Pick<Finding, 'code' | 'says' | 'fix'> {
  if (typeof code === 'string' && code.startsWith('SIG')) {
    return {
      code: 'runtime/install',
      says: `the install was interrupted (${code}); nothing of it counts as installed`,
      fix: 'the same command again: it is done anew',
    };
  }
  const at = told.findLastIndex((line) => line.startsWith('conch: '));
  const says = told[at]?.slice('conch: '.length) ?? `the install ended with ${code}: ${told.at(-1) ?? 'it says nothing'}`;
  const more = told
    .slice(at + 1)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const all = [says, ...more].join('\n');
  const [free, place] = freeBytesAt(peers);
  if (/No space left/i.test(all) || free < diskBytesMin) {
    return {
      code: 'runtime/disk',
      says: `${says} ${more.join(' ')}`.trim(),
      fix: `it wants 1 GB where ${place} lies, and there are ${Math.round(free / 1024 / 1024)} MB: make room, or name another folder with CONCH_PEERS`,
    };
  }
  if (
    /name resolution|NewConnectionError|ConnectTimeout|ProxyError|Max retries|ReadTimeout|Network is unreachable|from versions: none/i.test(
      all,
    )
  ) {
    return {
      code: 'runtime/network',
      says: `${says} ${more.join(' ')}`.trim(),
      fix: 'pip gets its packages from PyPI (or PIP_INDEX_URL): let this machine reach it, or say how with HTTPS_PROXY; then the same command again',
    };
  }
  return { code: 'runtime/install', says, fix: more.join(' ') || 'the same command again; an interrupted install is done anew' };
}

/** Of the folder, or of the nearest above it that is there. */
function freeBytesAt(folder: string): [number, string] {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return [bavail * bsize, folder];
  } catch {
    return dirname(folder) === folder ? [Number.POSITIVE_INFINITY, folder] : freeBytesAt(dirname(folder));
  }
}
