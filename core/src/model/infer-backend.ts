import type { ModelConfigJson } from '../pbtxt/model-config.ts';
import type { Entry } from '../base/asking.ts';

/** Compiled PyTorch packages (AOTInductor) came with this server version, as far as we could find out. */
export const aotiSince = '2.60';

/** What a model's first sub-folder holds: Triton looks into that one alone, by the order of names, whatever it is. */
export type Sniffed = readonly Entry[] | 'none';

/**
 * Fills name, backend, platform and file name as Triton's core does before it validates anything, with auto-complete off as well as on.
 * Source: triton-inference-server/core, AutoCompleteBackendFields. The steps' order counts: each looks at what the ones before left.
 * `hasAoti`: whether this Triton knows compiled PyTorch packages.
 */
export function inferBackend(
  config: ModelConfigJson,
  model: string,
  sniffed: Sniffed,
  hasAoti = true,
): { config: ModelConfigJson } | { says: string } {
  const { backend = '', platform = '', default_model_filename: file = '' } = config;
  const named = { ...config, name: config.name ?? model };
  const isOpen = platform === '' && backend === '' && file === '';
  const holds = (name: string, kinds: readonly Entry['kind'][] = ['file', 'folder', 'other']): boolean =>
    sniffed !== 'none' && sniffed.some((entry) => entry.name === name && kinds.includes(entry.kind));
  const becomes = (is: { backend: string; platform?: string | undefined; file?: string | undefined }) => ({
    config: {
      ...named,
      backend: backend || is.backend,
      ...(platform || is.platform ? { platform: platform || is.platform } : {}),
      ...(file || is.file ? { default_model_filename: file || is.file } : {}),
    } as ModelConfigJson,
  });

  const tensorflow = tensorflowPlatform(config, holds);
  if (tensorflow) return becomes({ backend: 'tensorflow', platform: tensorflow, file: tensorflowFiles[tensorflow] });
  if (
    backend === 'tensorrt' ||
    (backend === '' && (platform === 'tensorrt_plan' || file === 'model.plan' || (isOpen && holds('model.plan', notFolders))))
  ) {
    return becomes({ backend: 'tensorrt', platform: 'tensorrt_plan', file: 'model.plan' });
  }
  if (
    backend === 'onnxruntime' ||
    (backend === '' && (platform === 'onnxruntime_onnx' || file === 'model.onnx' || (isOpen && holds('model.onnx'))))
  ) {
    return becomes({ backend: 'onnxruntime', platform: 'onnxruntime_onnx', file: 'model.onnx' });
  }
  if (backend === 'openvino' || (backend === '' && (file === 'model.xml' || (isOpen && holds('model.xml'))))) {
    return becomes({ backend: 'openvino', file: 'model.xml' });
  }
  const isTorch = platform === 'pytorch_libtorch' || (hasAoti && (platform === 'libtorch' || platform === 'torch_aoti'));
  const hasPt = isOpen && holds('model.pt', notFolders);
  const hasPt2 = hasAoti && isOpen && !holds('model.pt') && holds('model.pt2', notFolders);
  if (
    backend === 'pytorch' ||
    (backend === '' && (isTorch || file === 'model.pt' || (hasAoti && file === 'model.pt2') || hasPt || hasPt2))
  ) {
    const isAoti = platform === 'torch_aoti' || hasPt2;
    // Where the platform is given, the file's name stays open; the backend itself falls back to model.pt.
    const filled = isAoti ? 'model.pt2' : platform === '' ? 'model.pt' : undefined;
    return becomes({ backend: 'pytorch', platform: isAoti ? 'torch_aoti' : 'pytorch_libtorch', file: filled });
  }
  if (backend === 'python' || (backend === '' && (file === 'model.py' || (isOpen && holds('model.py'))))) {
    return becomes({ backend: 'python', file: 'model.py' });
  }
  if (!isOpen) return { config: named };
  const dot = model.indexOf('.');
  if (dot < 0) {
    return {
      says: `Invalid model name: Could not determine backend for model '${model}' with no backend in model configuration. Expected model name of the form 'model.<backend_name>'.`,
    };
  }
  const guessed = model.slice(dot + 1);
  return becomes({ backend: guessed, file: `model.${guessed}` });
}

const notFolders = ['file', 'other'] as const;

const tensorflowFiles: Readonly<Record<string, string>> = {
  tensorflow_savedmodel: 'model.savedmodel',
  tensorflow_graphdef: 'model.graphdef',
};

function tensorflowPlatform(
  { backend = '', platform = '', default_model_filename: file = '' }: ModelConfigJson,
  holds: (name: string, kinds?: readonly Entry['kind'][]) => boolean,
): string | undefined {
  if (platform in tensorflowFiles) return platform;
  if (platform !== '' || (backend !== '' && backend !== 'tensorflow')) return undefined;
  if (file !== '') return Object.keys(tensorflowFiles).find((one) => tensorflowFiles[one] === file);
  if (holds('model.graphdef', notFolders)) return 'tensorflow_graphdef';
  return holds('model.savedmodel', ['folder']) ? 'tensorflow_savedmodel' : undefined;
}
