import { Refused } from '../server/refused.ts';
import { compareIds, type ModelId } from './model-id.ts';
import { newNode, type Node, stepModels, unknown } from './node.ts';
import type { Good } from './poll.ts';

/** The models that a server was told of, how names find them, and which of them ensembles run. */
export class Graph {
  /** By name, and of each by namespace. */
  readonly #nodes = new Map<string, Map<string, Node>>();
  readonly #areNamespaces: boolean;

  constructor({ areNamespaces }: { readonly areNamespaces: boolean }) {
    this.#areNamespaces = areNamespaces;
  }

  /** In the order of their ids. */
  all(): Node[] {
    return [...this.#nodes.values()].flatMap((named) => [...named.values()]).sort((one, other) => compareIds(one.id, other.id));
  }

  wanted(): Node[] {
    return this.all().filter(({ isWanted }) => isWanted);
  }

  wantedOf(name: string): Node[] {
    return [...(this.#nodes.get(name)?.values() ?? [])]
      .filter(({ isWanted }) => isWanted)
      .sort((one, other) => compareIds(one.id, other.id));
  }

  at({ namespace, name }: ModelId): Node | undefined {
    return this.#nodes.get(name)?.get(namespace);
  }

  /** The one that a client means, or why there is none, in Triton's words. */
  named(name: string): Node | Refused {
    if (!this.#areNamespaces) return this.at({ namespace: '', name }) ?? unknown(`'${name}' is not found`);
    if (!this.#nodes.has(name)) return new Refused('Invalid argument', `Request for unknown model: '${name}' is not found`);
    const [node, ...others] = this.wantedOf(name);
    if (!node) return new Refused('Not found', `Identifier of model '${name}' is not found in global map`);
    if (others.length === 0) return node;
    const says = `There are ${1 + others.length} identifiers of model '${name}' in global map`;
    return new Refused('Invalid argument', `${says}, model namespace must be provided to resolve ambiguity.`);
  }

  /** Takes over what was read anew and lets go of what is gone. Whatever depends on it is to be judged anew. Gives what was connected anew. */
  update({ read, gone }: { readonly read: readonly (Good & { readonly isAsked: boolean })[]; readonly gone: readonly Node[] }): Node[] {
    const affected = new Set<Node>();
    for (const node of gone) {
      Object.assign(node, { isWanted: false, isAsked: false });
      for (const ensemble of this.runBy(node)) affected.add(ensemble);
    }
    for (const { isAsked, ...polled } of read) {
      const node = this.at(polled.id) ?? this.#add(newNode(polled));
      if (!node.isWanted) for (const ensemble of this.#hopingFor(node)) affected.add(ensemble);
      Object.assign(node, { polled, signature: polled.signature, isWanted: true, isAsked: isAsked || node.isAsked });
      affected.add(node);
    }
    const left = [...affected].filter(({ isWanted }) => isWanted);
    for (const node of left) node.steps = this.#stepsOf(node);
    for (const node of left) this.#unjudge(node);
    return left;
  }

  /** Ensembles that run it themselves. */
  runBy(node: Node): Node[] {
    return this.wanted().filter(({ steps }) => [...steps.values()].includes(node));
  }

  #add(node: Node): Node {
    const { namespace, name } = node.id;
    const named = this.#nodes.get(name) ?? new Map<string, Node>();
    this.#nodes.set(name, named.set(namespace, node));
    return node;
  }

  /** Ensembles that name it, and do not have one of their own repository. */
  #hopingFor({ id: { name } }: Node): Node[] {
    return this.wanted().filter(({ id, steps }) => steps.has(name) && steps.get(name)?.id.namespace !== id.namespace);
  }

  /** A step means the model of its ensemble's own repository, or else the only one of that name. */
  #stepsOf({ id: { namespace }, polled }: Node): Node['steps'] {
    const meant = (name: string): Node | undefined => {
      const all = this.wantedOf(name);
      return all.find(({ id }) => id.namespace === namespace) ?? (all.length === 1 ? all[0] : undefined);
    };
    return new Map(stepModels(polled.config).map((name) => [name, meant(name)]));
  }

  #unjudge(node: Node): void {
    Object.assign(node, { isJudged: false, flaw: '' });
    for (const ensemble of this.runBy(node)) if (ensemble.isJudged) this.#unjudge(ensemble);
  }
}
