import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { Fault } from '#core/base/fault.ts';
import { type GatewayAnnounced, gatewayAnnounced } from '#core/traffic/wire.ts';
import { writeWhole } from './whole-file.ts';

/** Tells everyone in this home where the gateway is. Refuses when another living one goes by the same id. */
export async function announce(home: string, about: GatewayAnnounced): Promise<() => Promise<void>> {
  const folder = join(home, 'run');
  await mkdir(folder, { recursive: true });
  const path = join(folder, `gateway-${about.id}.json`);
  await writeWhole(path, `${JSON.stringify(about)}\n`);
  return async () => {
    const there = await readAnnounced(path);
    if (there !== 'none' && there.incarnation === about.incarnation) await rm(path, { force: true });
  };
}

/** A second gateway under one id would take the first one's place in the eyes of control, while both split traffic. */
export async function refuseTwin(home: string, id: string): Promise<void> {
  const there = await readAnnounced(join(home, 'run', `gateway-${id}.json`));
  if (there === 'none' || !isRunning(there.pid)) return;
  const answer = await request(`${there.admin}/v1/health`, { headersTimeout: 1000, bodyTimeout: 1000 }).catch(() => 'none' as const);
  if (answer === 'none') return;
  const health = (await answer.body.json().catch(() => ({}))) as { incarnation?: unknown };
  if (health.incarnation === there.incarnation) {
    throw new Fault(
      'gateway/twin',
      `a gateway with id '${id}' runs already (pid ${there.pid}, ${there.client}): give this one another --id`,
      {
        isRetryable: false,
      },
    );
  }
}

async function readAnnounced(path: string): Promise<GatewayAnnounced | 'none'> {
  try {
    const parsed = gatewayAnnounced.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return parsed.success ? parsed.data : 'none';
  } catch {
    return 'none';
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}
