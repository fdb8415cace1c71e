import type { ArtifactFormat } from '../../contract/contract.ts';
import { normalForm } from '../../model/normal-form.ts';
import { contractPath } from '../layout.ts';
import type { Rule } from './rule.ts';

/** The contract's backend is the one that config.pbtxt asks for, loads the contract's format, and runs in a pinned runtime. */
export const runtime: Rule = function* ({ contract, config }, pen) {
  const { format } = contract.artifact;
  const { backend, image, wheel } = contract.runtime;
  const gpuClass = contract.resources.gpu.class;

  const asked = normalForm(config, { model: contract.model, gpuClass }).backend ?? config.platform ?? 'none';
  if (asked !== backend) {
    const says = `config.pbtxt asks for the backend "${asked}", and the contract for "${backend}"`;
    yield pen.error('agree/backend', pen.config('backend', 'platform'), says);
  }
  const usual = backendOf[format];
  if (usual && usual !== backend) {
    const says = `the backend "${backend}" does not load the format ${format}`;
    yield pen.error('agree/backend', pen.at(contractPath, 'backend:'), says, `write backend: ${usual}`);
  }
  if (image === 'absent' && wheel === 'absent') {
    const says = 'neither image nor wheel says which runtime this release is meant for';
    yield pen.error('release/runtime-not-pinned', pen.at(contractPath, 'image:', 'runtime:'), says, 'pin one of them by digest');
  }
  if (contract.performance.gpu !== gpuClass) {
    const says = `performance is promised on "${contract.performance.gpu}", and resources ask for "${gpuClass}"`;
    yield pen.error('agree/gpu-class', pen.at(contractPath, 'performance:'), says);
  }
};

const backendOf: Readonly<Partial<Record<ArtifactFormat, string>>> = {
  onnx: 'onnxruntime',
  tensorrt: 'tensorrt',
  torchscript: 'pytorch',
  savedmodel: 'tensorflow',
  python: 'python',
  openvino: 'openvino',
  vllm: 'vllm',
  'trt-llm': 'tensorrtllm',
  dali: 'dali',
  fil: 'fil',
  ensemble: 'ensemble',
};
