import { refuse } from './refused.ts';

/** The names of the inputs of one request, each of which may come once. */
export class InputNames {
  /** Of the request, once it is known. */
  id: string;
  readonly #names = new Set<string>();

  constructor(id: string) {
    this.id = id;
  }

  /** Throws Refused for one that is there. */
  add(name: string): void {
    if (this.#names.has(name))
      refuse('Invalid argument', `[request id: ${this.id || '<id_unknown>'}] input '${name}' already exists in request`);
    this.#names.add(name);
  }
}
