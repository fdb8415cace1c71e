import { type Asking, type Entry, isUnseen, listed, type Unseen } from '../base/asking.ts';
import { onnxProblems, tooLargeForOnnx, unreadableOnnx } from '../model-file/onnx-problems.ts';
import { readOnnx } from '../model-file/onnx.ts';
import { readOpenvino } from '../model-file/openvino-ir.ts';
import { isProblem, type Problem } from '../model-file/problem.ts';
import { readPythonModel } from '../model-file/python-model.ts';
import { readStandIn, type StandIn } from '../model-file/stand-in.ts';
import { readPlan } from '../model-file/tensorrt-plan.ts';
import { readTorch, type TorchFacts } from '../model-file/torchscript.ts';
import type { ModelConfigJson } from '../pbtxt/model-config.ts';
import type { Conditions } from './conditions.ts';
import type { FileProblem, ModelFileFacts } from './model-file-facts.ts';

type Around = {
  readonly folder: string;
  readonly version: string;
  readonly entries: readonly Entry[] | 'absent' | Unseen;
  readonly config: ModelConfigJson;
};

/** Looks at the file that the backend opens, as far as its header tells. Weights are never read, and code is never run. */
export function* lookAtModelFile({ folder, version, entries, config }: Around, conditions: Conditions): Asking<ModelFileFacts> {
  const { backend = '', default_model_filename: name = usualFile[backend] ?? '' } = config;
  if (conditions.backends !== 'judged' || name === '' || config.platform === 'ensemble' || !opens.includes(backend)) return nothing;
  const found = yield* findFile(`${folder}/${version}`, version, name, entries);
  if (found.is !== 'file' || found.size === 0) return { ...found, problems: [] };
  const file = `${folder}/${found.path}`;
  const standIn = isBinary.includes(backend) ? yield* readStandIn(file, found.size) : undefined;
  if (standIn !== undefined && !isProblem(standIn)) {
    return { ...found, problems: [{ code: 'layout/model-file-stand-in', says: standInWords(standIn), fix: standInFix[standIn.is] }] };
  }
  const look = readers[backend];
  if (!look) return { ...found, problems: [] };
  const { problems, needs = [], ...facts } = yield* look(file, found.size, { conditions, config });
  // What ONNX Runtime would have to be asked is a need, not a problem.
  const open = problems.flatMap((problem) => (problem.needs === undefined ? [] : [problem.needs]));
  return { ...found, ...facts, problems: problems.filter((problem) => problem.needs === undefined), needs: [...needs, ...open] };
}

const nothing: ModelFileFacts = { path: 'none', is: 'absent', size: 0, problems: [] };

/** Backends of which we know that they open that file. Others open what they like, or nothing. */
const opens: readonly string[] = ['onnxruntime', 'tensorrt', 'pytorch', 'openvino', 'python', 'tensorflow'];

/** What a backend opens where its name stays open in the configuration. */
const usualFile: Readonly<Record<string, string>> = { pytorch: 'model.pt' };

/** Files of these are binary; a model that is text itself may look like a stand-in. */
const isBinary: readonly string[] = ['onnxruntime', 'tensorrt', 'pytorch'];

function standInWords(standIn: StandIn): string {
  switch (standIn.is) {
    case 'git-lfs':
      return `a Git LFS pointer stands where the model should: its ${standIn.size} bytes were not fetched`;
    case 'empty':
      return 'the file is empty';
    case 'zeros':
      return 'the file is nothing but zeros';
    case 'html':
      return `a web page${standIn.title ? ` ("${standIn.title}")` : ''} stands where the model should`;
    case 'error':
      return `an answer of a server stands where the model should: ${standIn.says}`;
  }
}

const standInFix: Readonly<Record<StandIn['is'], string>> = {
  'git-lfs': 'git lfs pull, and check that CI and images do so too',
  empty: 'copy the file again',
  zeros: 'copy the file again',
  html: 'download the file itself: the link may want a login',
  error: 'download the file again',
};

type Found = Pick<ModelFileFacts, 'path' | 'is' | 'size'>;

function* findFile(folder: string, version: string, name: string, entries: Around['entries']): Asking<Found> {
  const path = `${version}/${name}`;
  if (entries === 'absent') return { path, is: 'absent', size: 0 };
  if (isUnseen(entries)) return { path, is: 'unseen', size: 0 };
  const entry = entries.find((one) => one.name === name);
  if (!entry || entry.kind === 'broken') return { path, is: 'absent', size: 0 };
  // A pipe or a device is opened by nobody here.
  if (entry.kind === 'other') return { path, is: 'unseen', size: 0 };
  if (entry.kind !== 'folder') return { path, is: 'file', size: entry.size };
  // A large ONNX model may be a folder of that name, with the model and its weights in it.
  const inside = name.endsWith('.onnx') ? yield* listed(`${folder}/${name}`) : [];
  const model = isUnseen(inside) ? undefined : inside.find((one) => one.name === 'model.onnx' && one.kind === 'file');
  return model ? { path: `${path}/model.onnx`, is: 'file', size: model.size } : { path, is: 'folder', size: 0 };
}

type Looked = Omit<ModelFileFacts, 'path' | 'is' | 'size'>;
type Look = (file: string, size: number, around: { conditions: Conditions; config: ModelConfigJson }) => Asking<Looked>;

const readers: Readonly<Record<string, Look | undefined>> = {
  onnxruntime: function* (file, size, { conditions: { onnxRuntime, onnxRuntimeLeast } }) {
    const tooLarge = tooLargeForOnnx(size);
    if (tooLarge) return { problems: [tooLarge] };
    const facts = yield* readOnnx(file, size);
    if (!isProblem(facts)) {
      const problems = yield* onnxProblems(facts, { file, onnxRuntime: onnxRuntime ?? onnxRuntimeLeast });
      return { onnx: facts, ...(onnxRuntime === undefined ? perhapsNewer(problems) : { problems }) };
    }
    const problem = unreadableOnnx(facts);
    return problem ? { problems: [problem] } : { problems: [], needs: [needsReading(file, facts)] };
  },
  tensorrt: function* (file, size) {
    const facts = yield* readPlan(file, size);
    if (isProblem(facts))
      return broken('tensorrt/not-a-plan', file, facts, 'build the engine again, on the GPU and with the TensorRT of the target');
    const { tensorRt } = facts;
    const needs = 'deserialising the engine: only TensorRT, on a GPU of the class that it was built for, can say whether it loads';
    const version = tensorRt && [tensorRt.major, tensorRt.minor, tensorRt.patch, tensorRt.build].join('.');
    return { tensorRt: version === undefined ? {} : { version }, problems: [], needs: [needs] };
  },
  pytorch: function* (file, size, { config }) {
    const facts = yield* readTorch(file, size);
    if (isProblem(facts)) return broken('torch/not-a-model', file, facts, 'save it again with torch.jit.save');
    return { problems: torchProblems(facts, config) };
  },
  openvino: function* (file, size) {
    const facts = yield* readOpenvino(file, size);
    if (isProblem(facts)) return broken('openvino/not-a-model', file, facts, 'convert the model again');
    return { problems: [] };
  },
  python: function* (file, size) {
    const facts = yield* readPythonModel(file, size);
    const run = 'running model.py: what initialize and auto_complete_config refuse, nobody can tell from its text';
    if (isProblem(facts)) return { problems: [], needs: [needsReading(file, facts)] };
    if (facts.broken) {
      const { line, says } = facts.broken;
      return { python: facts, problems: [{ code: 'python/syntax', says, line, fix: 'mend it: Python cannot read the file' }] };
    }
    const problems: FileProblem[] = [];
    if (facts.modelClass === 'absent') {
      problems.push({
        code: 'python/no-class',
        says: 'it has no class TritonPythonModel',
        fix: 'define class TritonPythonModel with initialize, execute and finalize',
      });
    } else if (facts.execute === 'absent') {
      problems.push({
        code: 'python/no-execute',
        says: 'TritonPythonModel has no method execute: it loads, and every request fails',
        fix: 'define execute(self, requests)',
      });
    }
    return { python: facts, problems, needs: facts.modelClass === 'absent' ? [] : [run] };
  },
};

/** What an ONNX Runtime refuses that the target has at least, a newer one may take. */
function perhapsNewer(problems: readonly FileProblem[]): Looked {
  const isByVersion = ({ code }: FileProblem): boolean => /^onnx\/(opset|ir-version|operator-unknown)$/.test(code);
  return {
    problems: problems.filter((problem) => !isByVersion(problem)),
    needs: problems
      .filter((problem) => isByVersion(problem) && problem.needs === undefined)
      .map(({ says }) => `the ONNX Runtime of the target: ${says}`),
  };
}

function torchProblems({ is, isEncrypted, forward }: TorchFacts, config: ModelConfigJson): FileProblem[] {
  if (isEncrypted) return [{ code: 'torch/not-a-model', says: 'the file is encrypted', fix: 'save it again without encryption' }];
  const wantsPackage = config.platform === 'torch_aoti';
  const wanted = wantsPackage ? 'aoti' : 'torchscript';
  if (is !== wanted) {
    const fix = wantsPackage
      ? 'compile it with torch._inductor.aoti_compile_and_package'
      : 'save it with torch.jit.script (or trace) and torch.jit.save, or write platform: "torch_aoti" for a compiled package';
    return [{ code: 'torch/wrong-kind', says: `the file is ${kinds[is]}, and the platform wants ${kinds[wanted]}`, fix }];
  }
  const { input = [], batch_input: added = [], sequence_batching: sequence } = config;
  const given = input.length + added.length + (sequence?.control_input ?? []).length + (sequence?.state ?? []).length;
  if (!forward?.every(({ type }) => type === 'Tensor') || forward.length === given || given === 0) return [];
  const says = `forward() takes ${forward.length} tensors (${forward.map(({ name }) => name).join(', ')}), and the configuration gives ${given}`;
  return [{ code: 'torch/input-count', says, fix: 'configure as many inputs as forward() takes, in its order' }];
}

const kinds: Readonly<Record<TorchFacts['is'], string>> = {
  torchscript: 'TorchScript',
  'torch.save': 'what torch.save wrote (weights, or a pickled module)',
  'old torch.save': 'what torch.save wrote before PyTorch 1.6',
  aoti: 'a package compiled by AOTInductor',
  'exported program': 'an exported program that is not compiled',
  'other zip': 'an archive, and no PyTorch model',
};

/** What is certain is a finding; what could not be read leaves the verdict open. */
function broken(code: FileProblem['code'], file: string, problem: Problem, fix: string): Looked {
  const isCertain = problem.why === 'malformed' || problem.why === 'truncated';
  return isCertain ? { problems: [{ code, says: problem.problem, fix }] } : { problems: [], needs: [needsReading(file, problem)] };
}

const needsReading = (file: string, { problem }: Problem): string => `reading ${file}: ${problem}`;
