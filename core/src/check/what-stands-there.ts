import { type Asking, type Entry, isUnseen, listed } from '../base/asking.ts';
import { isVersion } from '../model/versions.ts';
import { configName, contractPath, repositoryPath } from '../release/layout.ts';

/** What a path is that someone wants checked. A lone model stands in a repository all the same: the folder above it. */
export type Standing =
  | { readonly is: 'model'; readonly repository: string; readonly model: string }
  | { readonly is: 'repository'; readonly repository: string; readonly models: readonly string[]; readonly deadLinks: readonly string[] }
  | { readonly is: 'release'; readonly folder: string; readonly models: readonly string[] }
  | { readonly is: 'nothing'; readonly says: string; readonly fix: string };

/** Looks at a folder, or at a file that stands for its folder, and says what it is. The path has no `..` in it and no slash at its end. */
export function* whatStandsThere(path: string): Asking<Standing> {
  const entries = yield* listed(path);
  if (!isUnseen(entries)) return yield* whatFolderIs(path, entries);
  if (entries.unseen === 'it is a file') return yield* whatFileMeans(path);
  if (entries.unseen === 'absent') return nothing('there is nothing at this path', 'check the path');
  return closed('it', entries.unseen);
}

function* whatFolderIs(path: string, entries: readonly Entry[]): Asking<Standing> {
  const isSelfModel = isConfigured(entries) || (yield* hasVersion(path, entries));
  if (has(entries, repositoryPath, 'folder') && (has(entries, contractPath, 'file') || !isSelfModel)) {
    const models = yield* listed(`${path}/${repositoryPath}`);
    if (isUnseen(models)) return closed(`its folder "${repositoryPath}"`, models.unseen);
    return { is: 'release', folder: path, models: foldersOf(models) };
  }
  if (isSelfModel) return { is: 'model', repository: parentOf(path), model: nameOf(path) };
  const models = foldersOf(entries);
  // One that looks like a model is enough: Triton takes every folder beside it for one as well.
  for (const model of models) {
    const inside = yield* listed(`${path}/${model}`);
    if (isUnseen(inside) || !isLikeModel(inside)) continue;
    const deadLinks = entries.filter(({ kind }) => kind === 'broken').map(({ name }) => name);
    return { is: 'repository', repository: path, models, deadLinks };
  }
  return yield* nothingIn(path, { entries, models });
}

/** A file of a model or a release is a way to name its folder. */
function* whatFileMeans(path: string): Asking<Standing> {
  const [name, folder] = [nameOf(path), parentOf(path)];
  if (name === contractPath) return yield* whatStandsThere(folder);
  if (name.endsWith('.pbtxt')) {
    const model = nameOf(folder) === 'configs' ? parentOf(folder) : folder;
    return { is: 'model', repository: parentOf(model), model: nameOf(model) };
  }
  const isInVersion = isVersion(nameOf(folder));
  const fix = isInVersion
    ? `check its model: ${parentOf(folder)}`
    : /\.(onnx|plan|pt|pt2|py|xml)$/.test(name)
      ? `conch init ${path} makes a model's folder for it`
      : 'name the folder of the model';
  return nothing('it is a file, and a model is a folder', fix);
}

const nothing = (says: string, fix: string): Standing => ({ is: 'nothing', says, fix });

/** A folder that nobody could list may hold anything. */
const closed = (what: string, why: string): Standing =>
  nothing(`${what} cannot be looked at: ${why}`, 'make it readable, or check it as someone who may read it');

/** A folder by a number, with files in it. A folder 3d-unet, or one with a configuration, is a model rather than a version. */
function* hasVersion(path: string, entries: readonly Entry[]): Asking<boolean> {
  for (const version of foldersOf(entries).filter(isVersion)) {
    const inside = yield* listed(`${path}/${version}`);
    const isFilled = ({ kind, name }: Entry): boolean => kind === 'file' || name.endsWith('.savedmodel');
    if (!isUnseen(inside) && !isConfigured(inside) && inside.some(isFilled)) return true;
  }
  return false;
}

const isConfigured = (entries: readonly Entry[]): boolean =>
  entries.some(({ name, kind }) => (name === configName && kind !== 'folder') || (name === 'configs' && kind === 'folder'));

const isLikeModel = (entries: readonly Entry[]): boolean => isConfigured(entries) || foldersOf(entries).some(isVersion);

/** No model stands there; perhaps one level below. */
function* nothingIn(path: string, { entries, models }: { entries: readonly Entry[]; models: readonly string[] }): Asking<Standing> {
  const expected = 'name a model (a folder with config.pbtxt), a model repository, or a release (contract.yaml and repository/)';
  if (entries.length === 0) return nothing('the folder is empty', expected);
  if (models.length === 0) return nothing('no model stands there: there is no config.pbtxt, and no folder', expected);
  let unseen: Standing | undefined;
  for (const below of models.slice(0, lookedIntoMax)) {
    const inside = yield* listed(`${path}/${below}`);
    if (isUnseen(inside)) {
      unseen ??= closed(`its folder "${below}"`, inside.unseen);
      continue;
    }
    if (has(inside, repositoryPath, 'folder')) {
      return nothing(`it is no release, and the folder "${below}" in it is one`, `name the releases: ${path}/*`);
    }
    for (const lower of foldersOf(inside).slice(0, lookedIntoMax)) {
      const lowest = yield* listed(`${path}/${below}/${lower}`);
      if (!isUnseen(lowest) && isConfigured(lowest)) {
        return nothing(`no model stands there, and one stands below: ${below}/${lower}`, `did you mean ${path}/${below}?`);
      }
    }
  }
  if (unseen) return unseen;
  const many = models.length === 1 ? `its folder "${models[0]}" holds` : `none of its ${models.length} folders holds`;
  return nothing(
    `no model stands there: ${many} ${models.length === 1 ? 'neither' : 'a'} config.pbtxt ${models.length === 1 ? 'nor' : 'or'} a version`,
    expected,
  );
}

const lookedIntoMax = 20;

const has = (entries: readonly Entry[], wanted: string, kind: Entry['kind']): boolean =>
  entries.some((entry) => entry.name === wanted && entry.kind === kind);

const foldersOf = (entries: readonly Entry[]): string[] => entries.filter(({ kind }) => kind === 'folder').map(({ name }) => name);

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

function parentOf(path: string): string {
  const at = path.lastIndexOf('/');
  return at < 0 ? '.' : at === 0 ? '/' : path.slice(0, at);
}
