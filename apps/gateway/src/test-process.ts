import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type GatewayAnnounced, gatewayAnnounced } from '#core/traffic/wire.ts';
import { eventually, type TestHome } from './test-home.ts';

/** A gateway as a process of its own, for what only processes can do: be stopped, be killed, end. */
export async function startGateway(
  t: TestContext,
  home: TestHome,
  ...flags: string[]
): Promise<{ child: ChildProcess; about: GatewayAnnounced }> {
  const main = join(import.meta.dirname, 'main.ts');
  const child = spawn(process.execPath, [main, '--home', home.folder, '--port', '0', '--id', 'p', ...flags], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const file = join(home.folder, 'run', 'gateway-p.json');
  await eventually(() => existsSync(file) && readFileSync(file, 'utf8').includes(`"pid":${child.pid}`), 10_000);
  return { child, about: gatewayAnnounced.parse(JSON.parse(readFileSync(file, 'utf8'))) };
}
