import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { peersFolder } from '../find-tritonserver.ts';

/** The Python that has NVIDIA's client, where `scripts/peers/tritonclient.sh` has installed it whole; or why there is none. */
export function pythonWithTritonclient(): { readonly python: string } | { readonly skip: string } {
  const home = join(peersFolder(), 'tritonclient');
  try {
    readFileSync(join(home, '.conch-installed'));
    return { python: join(home, 'bin', 'python3') };
  } catch {
    const skip = 'tritonclient is not installed: run scripts/peers/tritonclient.sh';
    if (process.env.CONCH_CI === '1') throw new Error(`${skip} (CONCH_CI=1 allows no skipping)`);
    return { skip };
  }
}
