import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { peersFolder } from '../find-tritonserver.ts';

/** NVIDIA's perf_analyzer and the libraries it needs, where `scripts/peers/perf-analyzer.sh` has installed it whole; or why there is none. */
export function findPerfAnalyzer(): { readonly file: string; readonly libraries: string } | { readonly skip: string } {
  const home = join(peersFolder(), 'perf-analyzer');
  try {
    readFileSync(join(home, '.conch-installed'));
    return { file: join(home, 'bin', 'perf_analyzer'), libraries: join(home, 'lib') };
  } catch {
    const skip = 'perf_analyzer is not installed: run scripts/peers/perf-analyzer.sh';
    if (process.env.CONCH_CI === '1') throw new Error(`${skip} (CONCH_CI=1 allows no skipping)`);
    return { skip };
  }
}
