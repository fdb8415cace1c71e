import type { Queue } from './ahead.ts';

/** First in, first out. */
export class Fifo<T> implements Queue<T> {
  readonly #waiting: T[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  add(one: T): void {
    this.#waiting.push(one);
  }

  jobs(): Iterable<T> {
    return this.#waiting;
  }

  take(count: number): readonly T[] {
    return this.#waiting.splice(0, count);
  }
}
