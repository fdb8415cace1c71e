import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type GatewayAnnounced, gatewayAnnounced } from '#core/traffic/wire.ts';

/** The gateways of this home that have announced themselves. One that was killed leaves its file behind. */
export async function announcedGateways(home: string): Promise<GatewayAnnounced[]> {
  const folder = join(home, 'run');
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => /^gateway-.+\.json$/.test(name));
  const read = await Promise.all(files.map((name) => readAnnounced(join(folder, name))));
  return read.filter((about) => about !== 'none');
}

/** Files are replaced by one rename, so one that cannot be read is of someone else, or just gone. */
async function readAnnounced(path: string): Promise<GatewayAnnounced | 'none'> {
  try {
    const parsed = gatewayAnnounced.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return parsed.success ? parsed.data : 'none';
  } catch {
    return 'none';
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}
