import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sameBytes } from '#adapters/files/same-bytes.ts';
import { Fault, wordsOf } from '#core/base/fault.ts';
import type { Meeting } from '#core/init/mixture.ts';
import type { ReleasePlan } from '#core/init/plan.ts';
import { configName, contractPath, repositoryPath } from '#core/release/layout.ts';

/** What stands where a release is to be made: what people wrote, and what is not the same as what would be copied. */
export type Surroundings = Pick<Meeting, 'otherFiles' | 'models' | 'config'> & { readonly contract: string | 'absent' };

/** Reads what is there already. What cannot be read is the world's fault, and told in its words. */
export async function lookAround(plan: ReleasePlan, folder: string): Promise<Surroundings> {
  try {
    const otherFiles: string[] = [];
    for (const { from, to } of plan.copies) {
      if (existsSync(join(folder, to)) && !(await sameBytes(from, join(folder, to)))) otherFiles.push(to);
    }
    return {
      otherFiles,
      models: foldersIn(join(folder, repositoryPath)),
      config: textAt(join(folder, repositoryPath, plan.model, configName)),
      contract: textAt(join(folder, contractPath)),
    };
  } catch (cause) {
    throw new Fault('init/unreadable', `${folder} cannot be looked at: ${wordsOf(cause)}`, { isRetryable: false, cause });
  }
}

/** The path that is in the way of a file: a file where a folder is needed, or a folder in the file's place. */
export function inTheWay(file: string): string | undefined {
  if (isFolder(file)) return file;
  for (let above = dirname(file); above !== dirname(above); above = dirname(above)) {
    if (isFolder(above)) return undefined;
    if (existsSync(above)) return above;
  }
  return undefined;
}

const textAt = (path: string): string | 'absent' => (existsSync(path) ? readFileSync(path, 'utf8') : 'absent');

const foldersIn = (folder: string): string[] =>
  isFolder(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
    : [];

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();
