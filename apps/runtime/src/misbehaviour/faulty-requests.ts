import { isOfEveryModel } from './faults.ts';
import type { InForce } from './in-force.ts';
import type { Leak } from './leak.ts';

/** What goes wrong with one request. */
export type RequestFault = { readonly delayed: Promise<void> | undefined; readonly isError: boolean; readonly isWrong: boolean };

export const noFault: RequestFault = { delayed: undefined, isError: false, isWrong: false };

type Chance = { readonly fraction: number; readonly model: string };

/** Throws the dice for the requests that clients send. A step of an ensemble is meant only by the name of its model. */
export class FaultyRequests {
  readonly #inForce: InForce;
  readonly #leak: Leak;
  #dice: () => number = Math.random;

  constructor(inForce: InForce, leak: Leak) {
    this.#inForce = inForce;
    this.#leak = leak;
  }

  seed(seed: number | undefined): void {
    this.#dice = seed === undefined ? Math.random : seededDice(seed);
  }

  faultOf(model: string, { isStep }: { readonly isStep: boolean }): RequestFault {
    const meant = <T extends { readonly model: string }>(fault: T | undefined): T | undefined =>
      fault && isStep && isOfEveryModel(fault) ? undefined : fault;
    const hits = (fault: Chance | undefined): boolean => fault !== undefined && this.#dice() < fault.fraction;
    const delay = meant(this.#inForce.of('delay', model));
    const delayed = delay && hits(delay) && delay.ms > 0 ? this.#inForce.wait('delay', delay.ms) : undefined;
    const isError = hits(meant(this.#inForce.of('errors', model)));
    const isWrong = hits(meant(this.#inForce.of('wrong', model)));
    const leak = meant(this.#inForce.of('leak', model));
    if (leak) this.#leak.grow(leak);
    return { delayed, isError, isWrong };
  }
}

/** Numbers from 0 to 1 that look like chance; with a seed, always the same ones (mulberry32). */
export function seededDice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
