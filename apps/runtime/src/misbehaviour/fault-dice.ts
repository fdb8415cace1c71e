import { type Faults, seededDice } from './faults.ts';

/** Throws the dice for one request: what goes wrong with it on purpose. Nothing does unless somebody asked for it. */
export class FaultDice {
  #faults: Faults = {};
  #dice: () => number = Math.random;

  set(faults: Faults): void {
    this.#faults = faults;
    this.#dice = faults.seed === undefined ? Math.random : seededDice(faults.seed);
  }

  throwDice(): { readonly delayMs: number; readonly isError: boolean } {
    const { errors, delay } = this.#faults;
    const delayMs = delay && this.#dice() < delay.fraction ? delay.ms : 0;
    return { delayMs, isError: errors !== undefined && this.#dice() < errors.fraction };
  }
}
