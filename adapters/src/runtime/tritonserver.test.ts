import { join } from 'node:path';
import { installedTritonserver, tritonserverAt } from './find-tritonserver.ts';
import { runtimeContract } from './runtime-contract.ts';
import { tritonserver } from './tritonserver.ts';

runtimeContract(
  'tritonserver',
  (options) => {
    const home = installedTritonserver();
    if (home) return tritonserver({ found: tritonserverAt(join(home, 'bin/tritonserver'), 'installed'), ...options });
    if (process.env.CONCH_CI === '1')
      throw new Error('tritonserver is not installed, and CONCH_CI=1 allows no skipping: run scripts/peers/tritonserver.sh');
    return { skip: 'tritonserver is not installed: run scripts/peers/tritonserver.sh' };
  },
  `await Promise.all(['tritonserver.ts', 'find-tritonserver.ts'].map((file) => import(here + file)))
    .then(([one, find]) => one.tritonserver({ found: find.tritonserverAt(find.installedTritonserver() + '/bin/tritonserver', 'installed') }))`,
);
