import type { RuntimeFacts, TensorRtStamps } from './facts.ts';
import type { Target } from './target.ts';
import { knownAround, tritonVersions } from './triton-versions.ts';
import type { Verdict } from './verdict.ts';
import { compareVersions, isSameVersion, majorOf } from './versions.ts';

/** Whether the TensorRT of the target, and its GPU, take a plan. A plan is made for one version and one kind of GPU. */
export function tensorRtVerdicts({ backend, tensorRt }: RuntimeFacts, target: Target): Verdict[] {
  if (backend !== 'tensorrt') return [];
  return [...versionVerdicts(tensorRt?.version, tensorRt, target.triton), ...builtForVerdicts(tensorRt, target)];
}

function versionVerdicts(built: string | undefined, plan: TensorRtStamps | undefined, triton: string): Verdict[] {
  if (built === undefined) return [{ needs: 'the version of TensorRT that built the plan' }];
  const { least, most } = knownAround('tensorRt', triton);
  const isOlder = least !== undefined && compareVersions(built, least) < 0 && !isSameVersion(built, least);
  const isNewer = most !== undefined && compareVersions(built, most) > 0 && !isSameVersion(built, most);
  if (least !== undefined && least === most && !isOlder && !isNewer) return [];
  if (!isOlder && !isNewer) return [{ needs: `the TensorRT of Triton ${triton}: it must be ${built}, which built the plan` }];
  if (isOlder && plan?.isVersionCompatible && majorOf(built) === majorOf(least ?? '')) return [];
  const has = least === most ? `${least}` : isOlder ? `${least} or newer` : `${most} or older`;
  const same = tritonVersions.find(({ tensorRt }) => tensorRt !== 'unknown' && isSameVersion(tensorRt, built))?.container;
  const rebuild = `build the plan again with the TensorRT of ${triton}, such as in nvcr.io/nvidia/tensorrt:${triton}-py3`;
  return [
    {
      code: 'compat/tensorrt-version',
      severity: 'error',
      says: `the plan was built by TensorRT ${built}, and Triton ${triton} has ${has}, which does not load it`,
      fix: same === undefined ? rebuild : `${rebuild}, or take Triton ${same}`,
    },
  ];
}

function builtForVerdicts(plan: TensorRtStamps | undefined, { gpu }: Target): Verdict[] {
  if (gpu === 'cpu') return [];
  const built = plan?.computeCapability;
  if (built === undefined) return [{ needs: 'the compute capability of the GPU that the plan was built on' }];
  if (gpu === 'unknown') return [{ needs: `the GPU of the target: the plan was built for compute capability ${built}` }];
  if (gpu.capability === built) return [];
  // Hardware compatibility reaches from Ampere on, and never back to a GPU before it.
  if (plan?.isHardwareCompatible && majorOf(built) >= 8 && majorOf(gpu.capability) >= 8) return [];
  return [
    {
      code: 'compat/compute-capability',
      severity: 'error',
      says: `the plan was built for compute capability ${built}, and the ${gpu.name} has ${gpu.capability}`,
      fix: `build the plan on the ${gpu.name}, or with a hardware compatibility level that covers it`,
    },
  ];
}
