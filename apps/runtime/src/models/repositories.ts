import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { wordsOf } from '#core/base/fault.ts';
import { Refused } from '../server/refused.ts';
import { compareIds, type ModelId } from './model-id.ts';

/** A model folder. It is not alone where another repository has one of its name, and no namespaces keep them apart. */
export type Found = { readonly id: ModelId; readonly repository: string; readonly isAlone: boolean };

/** Why a repository cannot be listed: then nothing in it is found. */
export type Unlisted = { readonly repository: string; readonly says: string };

/** All that lies in a server's model repositories. */
export class Repositories {
  readonly #repositories: readonly string[];
  readonly #areNamespaces: boolean;

  constructor(repositories: readonly string[], { areNamespaces }: { readonly areNamespaces: boolean }) {
    this.#repositories = [...new Set(repositories)].sort();
    this.#areNamespaces = areNamespaces;
  }

  /** Why a server cannot be made on them, in Triton's words. */
  get flaw(): Refused | undefined {
    for (const repository of this.#repositories) {
      const stats = statSync(repository, { throwIfNoEntry: false });
      if (!stats) return new Refused('Internal', `failed to stat file ${repository}`);
      if (!stats.isDirectory()) return new Refused('Invalid argument', 'repository path is not a valid directory');
    }
    return undefined;
  }

  /** Every model once, in the order of their ids. */
  all(): { readonly found: readonly Found[]; readonly unlisted: readonly Unlisted[] } {
    const unlisted: Unlisted[] = [];
    const found = this.#find((repository) => {
      try {
        return modelsIn(repository);
      } catch (thrown) {
        unlisted.push({ repository, says: wordsOf(thrown) });
        return [];
      }
    });
    return { found, unlisted };
  }

  /** Whatever else lies beside it. */
  named(name: string): readonly Found[] {
    return this.#find((repository) => {
      const isThere = namesIn(repository)?.includes(name) && statSync(join(repository, name), { throwIfNoEntry: false })?.isDirectory();
      return isThere ? [name] : [];
    });
  }

  #find(namesOf: (repository: string) => readonly string[]): Found[] {
    const models = new Map<string, Found>();
    for (const repository of this.#repositories)
      for (const name of namesOf(repository)) {
        const key = this.#areNamespaces ? `${repository}/${name}` : name;
        const namespace = this.#areNamespaces ? repository : '';
        models.set(key, { id: { namespace, name }, repository, isAlone: !models.has(key) });
      }
    return [...models.values()].sort((one, other) => compareIds(one.id, other.id));
  }
}

function namesIn(repository: string): string[] | undefined {
  try {
    return readdirSync(repository).sort();
  } catch {
    return undefined;
  }
}

/** The models of a repository by name. Throws in Triton's words where the folder cannot be listed, or a link in it leads nowhere. */
function modelsIn(repository: string): string[] {
  const names = namesIn(repository);
  if (!names) throw new Error(`failed to open directory ${repository}`);
  return names.filter((name) => {
    const path = join(repository, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (!stats) throw new Error(`failed to stat file ${path}`);
    return stats.isDirectory();
  });
}
