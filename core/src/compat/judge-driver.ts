import type { RuntimeFacts } from './facts.ts';
import { gpuUse } from './judge-capability.ts';
import type { Target } from './target.ts';
import { type DriverNeeds, knownAround, tritonVersion } from './triton-versions.ts';
import type { Verdict } from './verdict.ts';
import { compareVersions, majorOf } from './versions.ts';

/** The oldest driver of each CUDA family: docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html. */
const familyLeast: Readonly<Record<number, number>> = { 11: 450, 12: 525, 13: 580 };

/** Whether the driver of the target is new enough for the CUDA in Triton's image. */
export function driverVerdicts(facts: RuntimeFacts, target: Target): Verdict[] {
  const { driver, gpu, triton } = target;
  if (gpu === 'cpu' || gpuUse(facts) === 'none') return [];
  if (typeof gpu === 'object' && gpu.place === 'jetson') {
    return [{ needs: `whether the JetPack of the ${gpu.name} takes Triton ${triton}` }];
  }
  if (driver === undefined) return gpu === 'unknown' ? [] : [{ needs: 'the driver of the target, such as driver=580.65' }];
  const family = familyOf(triton);
  if (family === undefined) return [{ needs: `the CUDA of Triton ${triton}: is driver ${driver} new enough for it?` }];
  const row = tritonVersion(triton)?.driver;
  const needs = row === undefined || row === 'unknown' ? undefined : row;
  const asked = needs === undefined || needs.least === 'unknown' ? family.least : Math.max(needs.least, family.least);
  if (majorOf(driver) >= asked || isBranch(driver, needs, gpu)) return [];
  return judgeOlder(driver, { target, needs, family, asked });
}

type Older = {
  readonly target: Target;
  readonly needs: DriverNeeds | undefined;
  readonly family: { readonly cuda: number; readonly least: number };
  readonly asked: number;
};

function judgeOlder(driver: string, { target: { triton, gpu }, needs, family, asked }: Older): Verdict[] {
  const branch = `R${majorOf(driver)}`;
  const wants = `Triton ${triton} has CUDA ${family.cuda}, which asks for driver ${asked} or newer, and the target has ${driver}`;
  const verdict = (severity: 'error' | 'warning', says: string): Verdict[] => [
    { code: 'compat/driver', severity, says, fix: `install driver ${asked} or newer${branchesFor(needs, gpu)}` },
  ];
  // A package in the image carries CUDA to older drivers, but on data center GPUs only, and not on every branch.
  if (majorOf(driver) >= family.least) return verdict('warning', `${wants}: within CUDA ${family.cuda} it runs, but not all of it`);
  if (needs?.leftOut.includes(majorOf(driver))) return verdict('error', `${wants}; NVIDIA says that ${branch} does not do`);
  if (typeof gpu === 'object' && gpu.place !== 'data center') return verdict('error', wants);
  if (needs === undefined || needs.least === 'unknown') {
    return [{ needs: `whether the CUDA compatibility package of Triton ${triton} takes driver ${driver} (${branch})` }];
  }
  return verdict('warning', `${wants}; ${branch} at that patch is not among the branches that NVIDIA names for data center GPUs`);
}

/** The family is certain where the nearest known releases have the same. */
function familyOf(triton: string): Older['family'] | undefined {
  const { least, most } = knownAround('cuda', triton);
  const cuda = least === undefined || most === undefined || majorOf(least) !== majorOf(most) ? undefined : majorOf(least);
  const driver = cuda === undefined ? undefined : familyLeast[cuda];
  return cuda === undefined || driver === undefined ? undefined : { cuda, least: driver };
}

const isBranch = (driver: string, needs: DriverNeeds | undefined, gpu: Target['gpu']): boolean =>
  takesBranches(gpu) &&
  (needs?.branches ?? []).some((branch) => majorOf(branch) === majorOf(driver) && compareVersions(driver, branch) >= 0);

const branchesFor = (needs: DriverNeeds | undefined, gpu: Target['gpu']): string =>
  takesBranches(gpu) && needs !== undefined && needs.branches.length > 0
    ? `, or on a data center GPU ${needs.branches.join(', ')} of their branches`
    : '';

const takesBranches = (gpu: Target['gpu']): boolean => gpu === 'unknown' || (typeof gpu === 'object' && gpu.place === 'data center');
