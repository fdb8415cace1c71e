import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { LikenessServer } from '../likeness/servers.ts';

/** What a check of the suite came to. `told` is JSON where it is ok, and else what went wrong. */
export type CheckResult = { readonly name: string; readonly ok: boolean; readonly told: string };

const suite = fileURLToPath(new URL('./suite', import.meta.url));

/** Longer than any machine of ours takes; a client that waits for ever is ended, and the checks that it still had are missed. */
const suiteMaxMs = 200_000;

/** Runs the suite of checks against a server. The models that it asks for lie in the repository. */
export async function runSuite(python: string, server: LikenessServer, repository: string): Promise<ReadonlyMap<string, CheckResult>> {
  const child = spawn(python, [suite, server.http.replace('http://', ''), server.grpc, repository], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: suiteMaxMs,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', GRPC_VERBOSITY: 'NONE' },
  });
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? code ?? 1));
  });
  const [code, out, err] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0)
    throw new Error(`the suite ended with ${code} on ${server.name}:\n${out.split('\n').slice(-3).join('\n')}${err.slice(-2000)}`);
  const results = out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as CheckResult]));
  return new Map(results.map((result) => [result.name, result]));
}
