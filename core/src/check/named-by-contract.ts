import { type Asking, bytesOf, isUnseen } from '../base/asking.ts';
import { gpuNamed } from '../compat/gpus.ts';
import type { Target } from '../compat/target.ts';
import { readContract } from '../contract/read-contract.ts';
import { contractPath } from '../release/layout.ts';

/** What a release's contract says of where it runs, as far as it can be read; that it cannot is told elsewhere. */
export function* namedByContract(folder: string): Asking<Partial<Pick<Target, 'triton' | 'gpu'>>> {
  const file = `${folder}/${contractPath}`;
  const bytes = yield* bytesOf(file, 0, contractBytesMax);
  const read = isUnseen(bytes) ? undefined : readContract(new TextDecoder().decode(bytes), file);
  if (!read || 'findings' in read) return {};
  const { runtime, resources } = read.contract;
  const gpu = resources.gpu.class === 'cpu' ? 'cpu' : gpuNamed(resources.gpu.class);
  return { triton: runtime.triton, ...(gpu === undefined ? {} : { gpu }) };
}

const contractBytesMax = 4_000_000;
