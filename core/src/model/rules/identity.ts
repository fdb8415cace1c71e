import { isSince } from '../conditions.ts';
import { aotiSince } from '../infer-backend.ts';
import type { Entry } from '../../base/asking.ts';
import type { Subject } from '../subject.ts';
import { versionOf } from '../version-folders.ts';
import type { Rule } from './rule.ts';

/** Neither a configuration nor a version: not meant to be a model at all. */
export const isStray = (text: Subject['text'], entries: readonly Entry[]): boolean =>
  text === 'absent' && !entries.some(({ kind, name }) => kind === 'folder' && typeof versionOf(name) === 'bigint');

/** A model has a backend, or is an ensemble, and platform and backend belong together. */
export const identity: Rule = {
  explains: [
    {
      code: 'config/backend-not-inferable',
      severity: 'error',
      means: 'Neither backend nor platform nor file name is given, and the first sub-folder holds no file that Triton knows a backend for.',
      triton:
        "Invalid model name: Could not determine backend for model '…' with no backend in model configuration. Expected model name of the form 'model.<backend_name>'.",
      example: 'max_batch_size: 8',
      fix: 'write backend: "onnxruntime" (or the backend that it is for)',
    },
    {
      code: 'layout/stray-folder',
      severity: 'error',
      means:
        'A folder of the repository holds no model. Triton takes each folder for one, hidden ones too, and with --exit-on-error the server does not start.',
      triton:
        "Invalid model name: Could not determine backend for model '…' with no backend in model configuration. Expected model name of the form 'model.<backend_name>'.",
      example: 'models/docs/',
      fix: 'move the folder out of the repository',
    },
    {
      code: 'config/platform-unexpected',
      severity: 'error',
      means:
        'No backend is given and none follows from the platform. A platform is not a backend: "onnxruntime" and "python" are backends.',
      triton: "unexpected platform type '…' for …",
      example: 'platform: "onnxruntime"',
      fix: 'write backend: instead of platform:',
    },
    {
      code: 'config/ensemble-has-backend',
      severity: 'error',
      means: 'An ensemble runs no backend of its own.',
      triton: "Ensemble model '…' must have platform type 'ensemble' and empty backend type",
      example: 'platform: "ensemble"\nbackend: "python"',
      fix: 'take the backend out, or the platform "ensemble"',
    },
    {
      code: 'config/platform-backend-mismatch',
      severity: 'error',
      means: 'TensorFlow, TensorRT, ONNX Runtime and PyTorch take only their own platforms.',
      triton: "unexpected 'platform' and 'backend' pair, got:…, …",
      example: 'backend: "onnxruntime"\nplatform: "tensorrt_plan"',
      fix: 'leave the platform out: Triton fills it in from the backend',
    },
  ],
  *judge({ config, inferenceFailure, conditions, text, entries }, pen) {
    if (inferenceFailure !== 'none') {
      if (isStray(text, entries)) {
        yield pen.file('', 'layout/stray-folder', inferenceFailure);
        return;
      }
      const fix = config.ensemble_scheduling ? 'write platform: "ensemble"' : undefined;
      yield pen.at(['backend'], 'config/backend-not-inferable', inferenceFailure, fix);
      return;
    }
    const { name = '', backend = '', platform = '' } = config;
    if (backend === '' && platform !== 'ensemble') {
      const isGone = /^(caffe2|custom|tensorflow|coreml)/.test(platform);
      const fix = isGone
        ? 'no Triton has it any more: convert the model, and write the backend that it is for'
        : knownBackends.includes(platform)
          ? `write backend: "${platform}", and no platform`
          : undefined;
      yield pen.at(['platform'], 'config/platform-unexpected', `unexpected platform type '${platform}' for ${name}`, fix);
    }
    if (backend !== '' && platform === 'ensemble') {
      const says = `Ensemble model '${name}' must have platform type 'ensemble' and empty backend type`;
      yield pen.at(['backend'], 'config/ensemble-has-backend', says);
    } else if (backend in platformsOf && !platforms(backend, isSince(conditions, aotiSince)).includes(platform)) {
      const says = `unexpected 'platform' and 'backend' pair, got:${platform}, ${backend}`;
      yield pen.at(['platform'], 'config/platform-backend-mismatch', says);
    }
  },
};

const platformsOf: Readonly<Record<string, readonly string[]>> = {
  tensorflow: ['tensorflow_graphdef', 'tensorflow_savedmodel'],
  tensorrt: ['tensorrt_plan'],
  onnxruntime: ['onnxruntime_onnx'],
  pytorch: ['pytorch_libtorch', 'torch_aoti'],
};

const platforms = (backend: string, hasAoti: boolean): readonly string[] =>
  (platformsOf[backend] ?? []).filter((platform) => hasAoti || platform !== 'torch_aoti');

const knownBackends: readonly string[] = ['onnxruntime', 'tensorrt', 'pytorch', 'python', 'openvino', 'tensorflow', 'dali', 'fil', 'vllm'];
