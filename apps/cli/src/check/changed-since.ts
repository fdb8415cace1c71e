import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import { wordsOf } from '#core/base/fault.ts';
import { BadValue } from '../command.ts';

/** Whether a model is to be checked: by its folder, and by the names of the models that it runs in the same repository. */
export type Wanted = (model: { readonly path: string; readonly runs: readonly string[] }) => boolean;

/**
 * Models in which something changed since a revision, committed or not, new or gone, and ensembles that run one of them. What changed on
 * the other branch since both parted does not count. Git says, and is kept from running what a repository could tell it to.
 */
export function changedSince(revision: string, folders: readonly string[]): Wanted {
  if (revision.startsWith('-')) throw new BadValue(`'${revision}' is no revision of git: name a branch, a tag or a commit`);
  const roots = new Map<string, ReadonlySet<string>>();
  for (const folder of folders) {
    const root = git(folder, ['rev-parse', '--show-toplevel']).replace(/\n$/, '');
    if (!roots.has(root)) roots.set(root, changedFolders(root, revision));
  }
  const hasChanged = (path: string): boolean => [...roots.values()].some((changed) => changed.has(path));
  return ({ path, runs }) => {
    const real = realOf(path);
    const repository = real.slice(0, real.lastIndexOf(sep));
    return hasChanged(real) || runs.some((model) => hasChanged(join(repository, model)));
  };
}

/** Every folder that something changed below. */
function changedFolders(root: string, revision: string): ReadonlySet<string> {
  const commit = git(
    root,
    ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`],
    `'${revision}' is no revision that git knows in ${root}: name a branch, a tag or a commit, and fetch it first`,
  ).trim();
  const changed = git(root, ['diff', '--name-only', '--no-renames', '--no-ext-diff', '--no-textconv', '-z', forkOf(root, commit), '--']);
  const added = git(root, ['ls-files', '--others', '--exclude-standard', '-z']);
  const folders = new Set<string>();
  for (const file of `${changed}${added}`.split('\0')) {
    for (let at = file.lastIndexOf('/'); at > 0; at = file.lastIndexOf('/', at - 1)) folders.add(join(root, file.slice(0, at)));
  }
  return folders;
}

/** Where HEAD and a commit parted; the commit itself where a shallow clone does not tell. */
function forkOf(root: string, commit: string): string {
  try {
    return run(root, ['merge-base', commit, 'HEAD']).trim() || commit;
  } catch {
    return commit;
  }
}

function git(folder: string, args: readonly string[], says?: string): string {
  try {
    return run(folder, args);
  } catch (thrown) {
    if (says !== undefined) throw new BadValue(says);
    const { stderr = '', code = '' } = thrown as { stderr?: string; code?: string };
    const why = code === 'ENOENT' ? 'git is not installed, or the folder is not there' : stderr.trim().split('\n')[0] || wordsOf(thrown);
    throw new BadValue(`git cannot say what changed in ${folder} (${why}): check models of a git checkout, or leave --changed-since out`);
  }
}

function run(folder: string, args: readonly string[]): string {
  // A repository's own settings may name programs to run; a check runs nothing.
  const quiet = ['--no-optional-locks', '-c', 'core.fsmonitor=false', '-c', 'core.quotePath=false'];
  return execFileSync('git', [...quiet, ...args], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 28 });
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
