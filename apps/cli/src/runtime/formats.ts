import type { FoundTritonserver } from '#adapters/runtime/find-tritonserver.ts';

/** What people call the models that a backend runs; backends that only tests use have no word. */
const formats: Readonly<Record<string, string>> = {
  python: 'Python models',
  tensorrt: 'TensorRT engines',
  pytorch: 'PyTorch',
  tensorflow: 'TensorFlow',
  openvino: 'OpenVINO',
  dali: 'DALI pipelines',
  fil: 'forests (FIL)',
  tensorrtllm: 'TensorRT-LLM',
  vllm: 'vLLM',
};

const quiet: ReadonlySet<string> = new Set(['onnxruntime', 'identity', 'repeat', 'square']);

/** What a tritonserver can run, and what not, by the backends that lie beside it. */
export function formatsOf({ backends, onnx }: Pick<FoundTritonserver, 'backends' | 'onnx'>): { runs: string[]; lacks: string[] } {
  const onnxWords = { native: ['ONNX models by its own backend'], python: ["ONNX models by Conch's backend, on the CPU"], none: [] }[onnx];
  const others = backends.filter((name) => !quiet.has(name)).map((name) => formats[name] ?? name);
  return {
    runs: [...onnxWords, ...others],
    lacks: [
      ...(onnx === 'none' ? ['ONNX models'] : []),
      ...Object.keys(formats)
        .filter((name) => !backends.includes(name))
        .map((name) => formats[name] ?? ''),
    ],
  };
}
