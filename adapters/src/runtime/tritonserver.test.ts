import { runtimeContract } from './runtime-contract.ts';
import { installedTritonserver, tritonserver } from './tritonserver.ts';

runtimeContract(
  'tritonserver',
  (options) => {
    const home = installedTritonserver();
    if (home) return tritonserver({ home, ...options });
    if (process.env.CONCH_CI === '1')
      throw new Error('tritonserver is not installed, and CONCH_CI=1 allows no skipping: run scripts/peers/tritonserver.sh');
    return { skip: 'tritonserver is not installed: run scripts/peers/tritonserver.sh' };
  },
  "await import(here + 'tritonserver.ts').then((one) => one.tritonserver({ home: one.installedTritonserver() }))",
);
