import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import type { Ms } from '#core/base/time.ts';
import { readServerTable, type ServerTable } from '#core/probe/server-table.ts';
import type { ProcessEnd } from '#core/probe/why-it-ended.ts';

/** What a tritonserver says of itself, or how it ended without saying it. */
export type Told = { readonly table: ServerTable } | { readonly end: ProcessEnd };

const outputBytesMax = 256 * 1024;

/**
 * Asks the binary itself: started on a model repository that is not there, it prints its table and ends, within 40 ms and without opening a
 * port. There is no flag that prints its version.
 */
export async function askTritonserver(binary: string, patienceMs: Ms, signal?: AbortSignal): Promise<Told> {
  const end = await runToEnd(
    binary,
    [
      `--model-repository=${join(tmpdir(), 'conch-no-such-folder')}`,
      ...['http', 'grpc', 'metrics', 'gpu-metrics'].map((what) => `--allow-${what}=false`),
    ],
    patienceMs,
    signal,
  );
  const table = readServerTable(end.lines);
  return table ? { table } : { end };
}

/** What the loader of the system does not find for a program or library; empty when all is there, or nobody can tell. */
export async function missingLibraries(file: string): Promise<string[]> {
  const { lines } = await runToEnd('ldd', [file], 10_000);
  return [...new Set(lines.flatMap((line) => /^\s*(\S+) => not found/.exec(line)?.[1] ?? []))];
}

/** Runs a program that should end by itself, in a group of its own, so that nothing of it outlives its time. */
async function runToEnd(file: string, args: readonly string[], patienceMs: Ms, signal?: AbortSignal): Promise<ProcessEnd> {
  const child = spawn(file, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const endAll = (): void => {
    try {
      process.kill(-(child.pid ?? Number.NaN), 'SIGKILL');
    } catch {
      // All of it has ended.
    }
  };
  let [output, isLate] = ['', false];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      if (output.length < outputBytesMax) output += text;
    });
  }
  const timer = setTimeout(() => {
    isLate = true;
    endAll();
  }, patienceMs);
  signal?.addEventListener('abort', endAll, { once: true });
  const how = await new Promise<{ errno: string } | { code: number | null; signal: string | null }>((resolve) => {
    child.once('error', (thrown: NodeJS.ErrnoException) => resolve({ errno: thrown.code ?? thrown.message }));
    child.once('close', (code, by) => resolve({ code, signal: by }));
    // Something of its group may hold the pipes open after its end.
    child.once('exit', () => setTimeout(endAll, 1000).unref());
  });
  clearTimeout(timer);
  signal?.removeEventListener('abort', endAll);
  const lines = output.split(/\r?\n/);
  if ('errno' in how) return { is: 'not-started', errno: how.errno, lines };
  if (isLate) return { is: 'late', afterMs: patienceMs, lines };
  return how.signal === null ? { is: 'exit', code: how.code ?? 0, lines } : { is: 'signal', signal: how.signal, lines };
}
