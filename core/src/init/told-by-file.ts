import { type Asking, bytesOf, isUnseen } from '../base/asking.ts';
import { isProblem } from '../model-file/problem.ts';
import { type ModelKind, sniffModel } from '../model-file/sniff.ts';
import { readStandIn, type StandIn } from '../model-file/stand-in.ts';
import { readPlan } from '../model-file/tensorrt-plan.ts';
import { readTorch } from '../model-file/torchscript.ts';
import { toldByOnnx } from './told-by-onnx.ts';
import { toldByOpenvino } from './told-by-openvino.ts';
import { toldByPython } from './told-by-python.ts';
import { nothingTold, type Refused, type Told } from './told.ts';

/** Looks at one model file as far as its reader tells. Weights are not read, and nothing of it is run. */
export function* toldByFile(file: string, size: number): Asking<Told | Refused> {
  if (size === 0) return { says: 'the file is empty', fix: 'copy it again: an upload or a download may have gone wrong' };
  const kind = yield* sniffModel(file, size);
  if (typeof kind === 'object') return { says: kind.problem, fix: 'make it readable, or name it as someone who may read it' };
  switch (kind) {
    case 'onnx':
      return yield* toldByOnnx(file, size);
    case 'openvino ir':
      return yield* toldByOpenvino(file, size);
    case 'python':
      return yield* toldByPython(file, size);
    case 'tensorrt plan':
      return yield* toldByPlan(file, size);
    case 'torchscript':
      return yield* toldByTorchScript(file, size);
    case 'aoti':
      return { ...unsaid, format: 'torchscript', backend: 'pytorch', says: 'a package compiled by AOTInductor', name: 'model.pt2' };
    case 'stand-in':
      return yield* standsIn(file, size);
    case 'unknown':
      return file.endsWith('.onnx') ? yield* toldByOnnx(file, size) : yield* byEnding(file, size);
    default:
      return { says: `it is ${refusals[kind].is}`, fix: refusals[kind].fix };
  }
}

/** What nothing is known of but its kind. */
const unsaid = { beside: [], inputs: nothingTold, outputs: nothingTold, batch: 'unknown', needsGpu: false } as const;

function* toldByPlan(file: string, size: number): Asking<Told | Refused> {
  const facts = yield* readPlan(file, size);
  if (isProblem(facts)) return { says: facts.problem, fix: 'copy the file again, or build the engine again' };
  const version = facts.tensorRt ? ` ${facts.tensorRt.major}.${facts.tensorRt.minor}.${facts.tensorRt.patch}` : '';
  return { ...unsaid, format: 'tensorrt', backend: 'tensorrt', says: `a plan of TensorRT${version}`, name: 'model.plan', needsGpu: true };
}

/** The arguments of forward() have names where its text is short enough to stand unpacked; types and shapes have none. */
function* toldByTorchScript(file: string, size: number): Asking<Told | Refused> {
  const facts = yield* readTorch(file, size);
  if (isProblem(facts)) return { says: facts.problem, fix: 'copy the file again, or save it again with torch.jit.save' };
  if (facts.isEncrypted) return { says: 'the file is encrypted', fix: 'save it again without encryption' };
  const { forward } = facts;
  const isPlain = forward?.every(({ type }) => type === 'Tensor') ?? false;
  const tensors = isPlain ? (forward ?? []).map(({ name }) => ({ name, datatype: 'unknown', shape: 'unknown' }) as const) : [];
  return {
    ...unsaid,
    format: 'torchscript',
    backend: 'pytorch',
    says: 'TorchScript',
    name: 'model.pt',
    inputs: { tensors, isWhole: isPlain && tensors.length > 0 },
  };
}

function* byEnding(file: string, size: number): Asking<Told | Refused> {
  if (file.endsWith('.dali')) return { ...unsaid, format: 'dali', backend: 'dali', says: 'a DALI pipeline', name: 'model.dali' };
  const head = yield* bytesOf(file, 0, Math.min(size, 64));
  const isText = !isUnseen(head) && head.every((byte) => byte >= 9 && byte < 127);
  const what = isText ? 'it is a text, and no model that is known here' : 'nobody can tell from its bytes what kind of model it is';
  return {
    says: what,
    fix: 'name an ONNX model, a TensorRT plan, TorchScript, a SavedModel folder, an OpenVINO .xml, a model.py, or a folder as Triton reads it (config.pbtxt and versions)',
  };
}

function* standsIn(file: string, size: number): Asking<Refused> {
  const standIn = yield* readStandIn(file, size);
  if (standIn === undefined || isProblem(standIn)) return { says: 'it cannot be read', fix: 'copy the file again' };
  return {
    says: standInWords(standIn),
    fix: standIn.is === 'git-lfs' ? 'git lfs pull, and run this again' : 'fetch the file itself: the link may want a login',
  };
}

function standInWords(standIn: StandIn): string {
  switch (standIn.is) {
    case 'git-lfs':
      return `it is a Git LFS pointer: the ${standIn.size} bytes of the model were not fetched`;
    case 'empty':
      return 'the file is empty';
    case 'zeros':
      return 'the file is nothing but zeros: a copy was cut off';
    case 'html':
      return `it is a web page${standIn.title ? ` ("${standIn.title}")` : ''}, and no model`;
    case 'error':
      return `it is the answer of a server, and no model: ${standIn.says}`;
  }
}

type Other = Exclude<ModelKind, 'onnx' | 'openvino ir' | 'python' | 'tensorrt plan' | 'torchscript' | 'aoti' | 'stand-in' | 'unknown'>;

const weightsOnly = 'export the model itself: torch.onnx.export, or torch.jit.trace and torch.jit.save';

const refusals: Readonly<Record<Other, { readonly is: string; readonly fix: string }>> = {
  'exported program': {
    is: 'an exported program that is not compiled',
    fix: 'compile it with torch._inductor.aoti_compile_and_package, or export ONNX',
  },
  'torch.save': { is: 'what torch.save wrote: weights, or a pickled module', fix: weightsOnly },
  savedmodel: { is: 'the saved_model.pb of a SavedModel', fix: 'name its folder, which holds the variables too' },
  keras: { is: 'a Keras model', fix: 'export it as a SavedModel (model.export), or convert it with tf2onnx' },
  tflite: { is: 'a TensorFlow Lite model, which Triton does not serve', fix: 'convert it with tf2onnx --tflite' },
  safetensors: { is: 'weights alone (safetensors)', fix: weightsOnly },
  gguf: { is: 'weights for llama.cpp (GGUF), which Triton does not serve', fix: 'serve the original weights with the vLLM backend' },
  zip: { is: 'an archive, and no model', fix: 'unpack it, and name the model in it' },
  pickle: { is: 'a pickle, which runs code when it is read', fix: 'export the model as ONNX (skl2onnx for scikit-learn)' },
};
