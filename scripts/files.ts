import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The folders that hold our own files; whatever lies elsewhere is a stranger's or was made by a run. */
export const topFolders = ['core', 'adapters', 'apps', 'sim', 'examples', 'deploy', 'docs', 'scripts', 'bench', '.ci'] as const;

const skipped = new Set(['node_modules', 'dist', '.conch']);

/** Every file below the folders, as paths from the root with forward slashes, sorted; folders that do not exist have none. */
export function filesUnder(root: string, folders: readonly string[]): string[] {
  return folders.flatMap((folder) => walk(root, folder)).sort();
}

/** Our files: those below the top folders and those that lie in the root itself. */
export function repositoryFiles(root: string): string[] {
  const inRoot = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isFile());
  return [...inRoot.map((entry) => entry.name), ...filesUnder(root, topFolders)].sort();
}

function walk(root: string, folder: string): string[] {
  return entriesOf(join(root, folder)).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : walk(root, path);
    return entry.isFile() ? [path] : [];
  });
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
