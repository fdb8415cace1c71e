import type { RuntimeFacts } from './facts.ts';
import type { Target, TritonImage } from './target.ts';
import { tritonVersions } from './triton-versions.ts';
import type { Verdict } from './verdict.ts';
import { compareVersions } from './versions.ts';

/** Backends that come only with an image of their own. */
const ownImage: Readonly<Record<string, TritonImage>> = { vllm: 'vllm-python-py3', tensorrtllm: 'trtllm-python-py3' };

/** What an image with a backend of its own is known to hold; its other backends are not. */
const inOwnImage: Readonly<Record<TritonImage, readonly string[]>> = {
  py3: [],
  'vllm-python-py3': ['vllm', 'python', 'ensemble'],
  'trtllm-python-py3': ['tensorrtllm', 'python', 'ensemble'],
};

// triton-inference-server/backend, docs/backend_platform_support_matrix.md.
const notOnArm: readonly string[] = ['fil', 'openvino'];

/** Whether the image of the target holds the model's backend. */
export function backendVerdicts({ backend }: RuntimeFacts, { triton, image, platform }: Target): Verdict[] {
  const own = Object.hasOwn(ownImage, backend) ? ownImage[backend] : undefined;
  if (inOwnImage[image].includes(backend)) return [];
  if (own !== undefined) {
    // Whoever says no image deploys the one that has it, most likely.
    if (image === 'py3')
      return [{ needs: `the image ${triton}-${own}: the backend ${backend} is in no other (say image=${own} in the target)` }];
    return [
      absent(
        `the backend ${backend} is not in the image ${triton}-${image}`,
        `take the image ${triton}-${own}, and say image=${own} in the target`,
      ),
    ];
  }
  // Ensembles are the server's own, and have no library.
  if (backend === 'ensemble') return [];
  if (image !== 'py3') return [{ needs: `what backends the image ${triton}-${image} holds besides its own: is ${backend} among them?` }];
  if (platform === 'linux/arm64' && notOnArm.includes(backend)) {
    return [absent(`the backend ${backend} is not in the images for linux/arm64`, 'run the model on linux/amd64')];
  }
  if (shippedWith(triton).includes(backend)) return [];
  if (!everShipped.has(backend)) {
    return [{ needs: `whether the image that is deployed adds the backend ${backend}: Triton's own does not hold it` }];
  }
  const others = tritonVersions.filter(({ backends }) => backends.includes(backend)).map(({ container }) => container);
  return [absent(`the image ${triton}-py3 comes without the backend ${backend}`, wayOut(backend, others, triton))];
}

/** A release that we do not know is taken to hold what the one next to it holds. */
function shippedWith(triton: string): readonly string[] {
  const next = tritonVersions.findLast(({ container }) => compareVersions(container, triton) <= 0) ?? tritonVersions[0];
  return next?.backends ?? [];
}

const everShipped = new Set(tritonVersions.flatMap(({ backends }) => backends));

const absent = (says: string, fix: string): Verdict => ({ code: 'compat/backend-not-shipped', severity: 'error', says, fix });

function wayOut(backend: string, others: readonly string[], triton: string): string {
  const next = others.find((container) => compareVersions(container, triton) > 0);
  const last = others.at(-1);
  if (next !== undefined) return `take a release that has it, such as ${next}`;
  return backend === 'tensorflow'
    ? `export the model to ONNX, or stay on ${last}, the last release with TensorFlow`
    : `take ${last}, the last release that has it, or build an image with it`;
}
