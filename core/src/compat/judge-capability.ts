import type { InstanceKind, RuntimeFacts } from './facts.ts';
import type { Target } from './target.ts';
import { knownAround, newestTriton, tritonVersion, tritonVersions } from './triton-versions.ts';
import type { Verdict } from './verdict.ts';
import { compareVersions, majorOf } from './versions.ts';

/** How far a model depends on a GPU: it must have one, it takes one when there is one, or it takes none. */
export function gpuUse({ backend, kinds }: RuntimeFacts): 'must' | 'may' | 'none' {
  if (backend === 'ensemble') return 'none';
  if (backend === 'tensorrt' || backend === 'tensorrtllm' || kinds.includes('KIND_GPU')) return 'must';
  if (backend === 'openvino') return 'none';
  const isFree = (kind: InstanceKind): boolean => kind !== 'KIND_CPU';
  return kinds.length === 0 || kinds.some(isFree) ? 'may' : 'none';
}

/** Whether Triton's build sees and supports the GPU of the target. */
export function capabilityVerdicts(facts: RuntimeFacts, { triton, gpu }: Target): Verdict[] {
  const use = gpuUse(facts);
  if (use === 'none') return [];
  if (gpu === 'cpu') return use === 'must' ? [noGpu(facts)] : [];
  if (gpu === 'unknown') return use === 'must' ? [{ needs: 'the GPU of the target, such as gpu=L4' }] : [];
  // Jetson has images of its own, built for what it is.
  if (gpu.place === 'jetson') return [];
  return [...tooOld(use, gpu, triton), ...tooNew(gpu, triton)];
}

const noGpu = ({ backend }: RuntimeFacts): Verdict => ({
  code: 'compat/no-gpu',
  severity: 'error',
  says: `the model needs a GPU, and the target has none`,
  fix:
    backend === 'tensorrt' || backend === 'tensorrtllm'
      ? 'name the GPU in the target, such as gpu=L4'
      : 'name the GPU in the target, or write KIND_CPU or KIND_AUTO',
});

type NamedGpu = Exclude<Target['gpu'], string>;

/** Triton does not see a GPU that is older than its build supports. */
function tooOld(use: 'must' | 'may', { name, capability }: NamedGpu, triton: string): Verdict[] {
  const { least, most } = knownAround('capabilityLeast', triton);
  if (most !== undefined && compareVersions(capability, most) >= 0) return [];
  if (least === undefined || compareVersions(capability, least) >= 0) {
    return [{ needs: `the oldest compute capability that Triton ${triton} supports: the ${name} has ${capability}` }];
  }
  const last = tritonVersions.findLast((row) => row.capabilityLeast !== 'unknown' && compareVersions(row.capabilityLeast, capability) <= 0);
  const other = last === undefined ? 'take a newer GPU' : `take a newer GPU, or Triton ${last.container} or older`;
  const seen = `Triton ${triton} supports compute capability ${least} and newer, and the ${name} has ${capability}: Triton does not see it`;
  return use === 'must'
    ? [{ code: 'compat/compute-capability', severity: 'error', says: seen, fix: other }]
    : [
        {
          code: 'compat/compute-capability',
          severity: 'warning',
          says: `${seen}, and runs the model on the CPU`,
          fix: `${other}, or write KIND_CPU`,
        },
      ];
}

/** GPUs of Blackwell are newer than what some releases were built for. Whether one of them works in part is said nowhere. */
function tooNew({ name, capability }: NamedGpu, triton: string): Verdict[] {
  if (majorOf(capability) < 10) return [];
  const first = tritonVersions.find(({ blackwell }) => blackwell === 'yes')?.container ?? newestTriton;
  const covers = tritonVersion(triton)?.blackwell ?? (compareVersions(triton, first) >= 0 ? 'yes' : 'no');
  if (covers === 'yes') return [];
  if (covers === 'unknown') return [{ needs: `whether Triton ${triton} supports the ${name}, compute capability ${capability}` }];
  return [
    {
      code: 'compat/compute-capability',
      severity: 'warning',
      says: `the ${name} has compute capability ${capability}, newer than the GPUs that the release notes of Triton ${triton} name`,
      fix: `take Triton ${first} or newer`,
    },
  ];
}
