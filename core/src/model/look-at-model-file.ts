import { onnxProblems, tooLargeForOnnx, unreadableOnnx } from '../model-file/onnx-problems.ts';
import { readOnnx } from '../model-file/onnx.ts';
import { isProblem } from '../model-file/problem.ts';
import type { ModelConfigJson } from '../pbtxt/model-config.ts';
import { type Asking, type Entry, isUnseen, listed, type Unseen } from './asking.ts';
import type { Conditions } from './conditions.ts';
import type { ModelFileFacts } from './model-file-facts.ts';

type Around = {
  readonly folder: string;
  readonly version: string;
  readonly entries: readonly Entry[] | 'absent' | Unseen;
  readonly config: ModelConfigJson;
};

/** Looks at the file that the backend opens, as far as its header tells. Weights are never read. */
export function* lookAtModelFile({ folder, version, entries, config }: Around, conditions: Conditions): Asking<ModelFileFacts> {
  const { backend = '', default_model_filename: name = usualFile[backend] ?? '' } = config;
  if (conditions.backends !== 'judged' || name === '' || config.platform === 'ensemble') return nothing;
  const found = yield* findFile(`${folder}/${version}`, version, name, entries);
  if (found.is !== 'file') return { ...found, problems: [] };
  if (backend !== 'onnxruntime') return { ...found, problems: [] };
  return yield* lookAtOnnx(`${folder}/${found.path}`, found, conditions);
}

const nothing: ModelFileFacts = { path: 'none', is: 'absent', size: 0, problems: [] };

/** What a backend opens where its name stays open in the configuration. */
const usualFile: Readonly<Record<string, string>> = { pytorch: 'model.pt' };

type Found = Pick<ModelFileFacts, 'path' | 'is' | 'size'>;

function* findFile(folder: string, version: string, name: string, entries: Around['entries']): Asking<Found> {
  const path = `${version}/${name}`;
  if (entries === 'absent') return { path, is: 'absent', size: 0 };
  if (isUnseen(entries)) return { path, is: 'unseen', size: 0 };
  const entry = entries.find((one) => one.name === name);
  if (!entry || entry.kind === 'broken') return { path, is: 'absent', size: 0 };
  if (entry.kind !== 'folder') return { path, is: 'file', size: entry.size };
  // A large ONNX model may be a folder of that name, with the model and its weights in it.
  const inside = name.endsWith('.onnx') ? yield* listed(`${folder}/${name}`) : [];
  const model = isUnseen(inside) ? undefined : inside.find((one) => one.name === 'model.onnx' && one.kind === 'file');
  return model ? { path: `${path}/model.onnx`, is: 'file', size: model.size } : { path, is: 'folder', size: 0 };
}

function* lookAtOnnx(file: string, found: Found, { onnxRuntime }: Conditions): Asking<ModelFileFacts> {
  if (found.size === 0) return { ...found, problems: [] };
  const tooLarge = tooLargeForOnnx(found.size);
  if (tooLarge) return { ...found, problems: [tooLarge] };
  const facts = yield* readOnnx(file, found.size);
  if (isProblem(facts)) {
    const problem = unreadableOnnx(facts);
    return {
      ...found,
      problems: [problem ?? { code: 'onnx/unreadable', says: facts.problem, needs: `reading ${file}: ${facts.problem}` }],
    };
  }
  return { ...found, onnx: facts, problems: yield* onnxProblems(facts, { file, onnxRuntime }) };
}
