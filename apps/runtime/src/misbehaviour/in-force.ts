import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultName, faultNames, type FaultOf, type Faults, isMeantFor } from './faults.ts';

/** Which faults are in force, and when each of them is lifted. One that is set again as it was goes on undisturbed. */
export class InForce {
  #faults: Faults = {};
  readonly #lifts = new Map<FaultName, AbortController>();

  get faults(): Faults {
    return this.#faults;
  }

  /** Says what begins and what ends. */
  replace(faults: Faults): { readonly begun: readonly FaultName[]; readonly lifted: readonly FaultName[] } {
    const changed = faultNames.filter((name) => JSON.stringify(faults[name]) !== JSON.stringify(this.#faults[name]));
    const lifted = changed.filter((name) => this.#faults[name] !== undefined);
    const begun = changed.filter((name) => faults[name] !== undefined);
    this.#faults = faults;
    const lifts = lifted.map((name) => this.#lifts.get(name));
    for (const name of begun) {
      const lift = new AbortController();
      // As many wait for it as there are requests.
      setMaxListeners(0, lift.signal);
      this.#lifts.set(name, lift);
    }
    for (const lift of lifts) lift?.abort();
    return { begun, lifted };
  }

  /** The fault, where one is set and is meant for this model. */
  of<Name extends FaultName>(name: Name, model?: string): FaultOf<Name> | undefined {
    const fault = this.#faults[name] as FaultOf<Name> | undefined;
    return fault && (model === undefined || !('model' in fault) || isMeantFor(fault, model)) ? fault : undefined;
  }

  /** Aborted when the fault, which is in force now, is so no more. */
  liftOf(name: FaultName): AbortSignal {
    return this.#lifts.get(name)?.signal ?? AbortSignal.abort();
  }

  lifted(name: FaultName): Promise<void> {
    const signal = this.liftOf(name);
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  /** For so long, and no longer than the fault is in force. */
  async wait(name: FaultName, ms: number): Promise<void> {
    if (ms > 0) await sleep(ms, undefined, { signal: this.liftOf(name), ref: false }).catch(() => undefined);
  }
}
