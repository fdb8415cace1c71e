import { compareIds, type ModelId } from './model-id.ts';
import { modelsIn } from './poll.ts';

/** A model folder. It is not alone where another repository has one of its name, and no namespaces keep them apart. */
export type Found = { readonly id: ModelId; readonly repository: string; readonly isAlone: boolean };

/** All that lies in a server's model repositories. One that cannot be read has nothing. */
export class Repositories {
  readonly #repositories: readonly string[];
  readonly #areNamespaces: boolean;

  constructor(repositories: readonly string[], { areNamespaces }: { readonly areNamespaces: boolean }) {
    this.#repositories = [...new Set(repositories)];
    this.#areNamespaces = areNamespaces;
  }

  /** Every model once, in the order of their ids. */
  all(): Found[] {
    const models = new Map<string, Found>();
    for (const repository of this.#repositories)
      for (const name of readable(repository)) {
        const key = this.#areNamespaces ? `${repository}/${name}` : name;
        const namespace = this.#areNamespaces ? repository : '';
        models.set(key, { id: { namespace, name }, repository, isAlone: !models.has(key) });
      }
    return [...models.values()].sort((one, other) => compareIds(one.id, other.id));
  }

  named(name: string): Found[] {
    return this.all().filter(({ id }) => id.name === name);
  }
}

function readable(repository: string): string[] {
  try {
    return modelsIn(repository);
  } catch {
    return [];
  }
}
