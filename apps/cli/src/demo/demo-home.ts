import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '#core/base/finding.ts';
import { removeTree } from '#adapters/artifacts/disk.ts';
import { mistake } from '../findings.ts';
import { type Home, homeAt, homeFlag, makeHome, named } from '../home.ts';
import { processesOf } from '../process-table.ts';

/** A folder with this file in it was made by a demo, and the next demo may empty it. */
const marker = 'made-by-conch-demo';

/** An empty home for a demo. Whatever is not a demo's is never touched. */
export async function freshHome(folder: string): Promise<Home | { finding: Finding }> {
  const where = `conch demo --home ${named(folder)}`;
  const home = homeAt(folder);
  const isThere = existsSync(folder) && readdirSync(folder).length > 0;
  if (isThere && !existsSync(join(home.folder, marker))) {
    const says = 'this folder is not empty, and no demo has made it';
    return { finding: mistake('demo/not-ours', where, says, 'give another --home, or remove the folder yourself') };
  }
  const running = processesOf(home);
  if (running.length > 0) {
    const says = `a world runs here already (pid ${running.map(({ pid }) => pid).join(', ')})`;
    return { finding: mistake('demo/running', where, says, `end it first: conch down${homeFlag(home)}`) };
  }
  await removeTree(home.folder);
  const fresh = homeAt(folder);
  makeHome(fresh);
  writeFileSync(join(fresh.folder, marker), 'The next `conch demo` empties this folder.\n');
  return homeAt(fresh.folder);
}
