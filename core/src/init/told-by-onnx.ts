import type { Asking } from '../base/asking.ts';
import { type OnnxFacts, type OnnxValue, readOnnx, sessionInputs } from '../model-file/onnx.ts';
import { externalProblems } from '../model-file/onnx-external.ts';
import { onnxProblems, tooLargeForOnnx } from '../model-file/onnx-problems.ts';
import { isProblem } from '../model-file/problem.ts';
import { datatypeOf, isOpenFirst, isRefused, type Refused, type Told, type ToldTensor } from './told.ts';

/** An ONNX model tells everything: names, types, shapes, and the files that hold its weights. */
export function* toldByOnnx(file: string, size: number): Asking<Told | Refused> {
  const tooLarge = tooLargeForOnnx(size);
  if (tooLarge) return { says: tooLarge.says, fix: tooLarge.fix ?? exportAgain };
  const facts = yield* readOnnx(file, size);
  if (isProblem(facts))
    return { says: facts.problem, fix: 'copy the file again, and compare its size with the original; or export the model again' };
  const [broken] = (yield* onnxProblems(facts, { file, onnxRuntime: undefined })).filter(({ code }) => isFatal(code));
  if (broken) return { says: broken.says, fix: broken.fix ?? exportAgain };
  const inputs = tensorsOf(sessionInputs(facts), 'input');
  const outputs = tensorsOf(facts.outputs, 'output');
  if ('fix' in inputs) return inputs;
  if ('fix' in outputs) return outputs;
  const beside = yield* weightFiles(facts, file);
  if ('fix' in beside) return beside;
  return {
    format: 'onnx',
    backend: 'onnxruntime',
    says: wordsOf(facts),
    name: 'model.onnx',
    beside: beside.paths.map((path) => ({ path, as: path })),
    inputs: { tensors: inputs, isWhole: true },
    outputs: { tensors: outputs, isWhole: true },
    batch: isOpenFirst([...inputs, ...outputs]) ? 'open' : 'none',
    needsGpu: false,
  };
}

const exportAgain = 'export the model again';

/** What no ONNX Runtime reads. An opset that is too new for one of them is left to `conch check`, which knows the target. */
const isFatal = (code: string): boolean => /^onnx\/(no-|not-a-model|truncated)/.test(code);

function wordsOf({ opsets, producer, producerVersion }: OnnxFacts): string {
  const opset = opsets.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  const by = producer === '' ? '' : `, from ${producer}${producerVersion === '' ? '' : ` ${producerVersion}`}`;
  return `ONNX${opset ? `, opset ${opset.version}` : ''}${by}`;
}

function tensorsOf(values: readonly OnnxValue[], kind: 'input' | 'output'): ToldTensor[] | Refused {
  if (values.length === 0) return { says: `the model has no ${kind}`, fix: `export it with every ${kind} named` };
  const tensors = values.map((value) => tensorOf(value, kind));
  return tensors.find(isRefused) ?? tensors.filter((tensor): tensor is ToldTensor => !isRefused(tensor));
}

function tensorOf({ name, dataType, onnxType, isTensor, shape }: OnnxValue, kind: 'input' | 'output'): ToldTensor | Refused {
  const whose = `the ${kind} "${name}"`;
  if (name === '') return { says: `an ${kind} has no name`, fix: 'export the model with every input and output named' };
  if (!isTensor)
    return {
      says: `${whose} is no tensor but a ${onnxType}, which Triton does not serve`,
      fix: 'export the model so that it takes and gives tensors (for scikit-learn: zipmap=False)',
    };
  const datatype = datatypeOf(dataType);
  if (datatype === 'unknown')
    return {
      says: `${whose} has the type ${onnxType}, which Triton does not have`,
      fix: 'cast it within the model to a type such as FP32',
    };
  if (shape === undefined)
    return {
      says: `${whose} says nothing of its shape, not even how many dimensions it has`,
      fix: 'export it with shapes, or let onnx.shape_inference.infer_shapes fill them in',
    };
  const sizes = shape.map(({ size }) => size);
  const zero = sizes.findIndex((dim) => dim === 0 || dim < -1);
  if (zero >= 0)
    return {
      says: `${whose} has the size ${sizes[zero]} in dimension ${zero}, which no request can have`,
      fix: 'export it with a dynamic axis there, or with its real size',
    };
  return { name, datatype, shape: sizes };
}

/** The weights' files, by their paths beside the model. All of them must be there, and below its folder. */
function* weightFiles({ external }: OnnxFacts, file: string): Asking<{ readonly paths: string[] } | Refused> {
  const [problem] = yield* externalProblems(external, { file, onnxRuntime: undefined });
  // A place outside of the model's folder is refused here, whichever ONNX Runtime would follow it.
  if (problem) return { says: problem.says, fix: problem.fix ?? 'put the file beside the model' };
  const used = external.filter(({ isUsed }) => isUsed !== false);
  const paths = [...new Set(used.flatMap(({ location }) => (location === undefined ? [] : [plain(location)])))].sort();
  if (!paths.includes('model.onnx')) return { paths };
  return {
    says: 'its weights lie in "model.onnx", which is how the backend wants the model itself named',
    fix: 'save its weights under another name',
  };
}

/** `./data//w.bin` and `a/../w.bin` are the same file as the plain path; it stays below the folder, as was looked at before. */
function plain(location: string): string {
  const path: string[] = [];
  for (const part of location.split('/')) {
    if (part === '..') path.pop();
    else if (part !== '.' && part !== '') path.push(part);
  }
  return path.join('/');
}
