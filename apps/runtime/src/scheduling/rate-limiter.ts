import type { RateResource } from '#core/model/conditions.ts';
import { LoadFailure } from '../models/load-failure.ts';
import type { InstanceSpec } from '../models/served-model.ts';

/** Whoever waits for a turn, and is told when there may be one. */
export type Waiter = { onFree(): void };

/**
 * Triton's rate limiter, `--rate-limit=execution_count`: an instance runs only when its resources are free, and of those that wait the
 * one comes first that ran least often, by its priority. Off, everybody may always run.
 */
export class RateLimiter {
  readonly #isOn: boolean;
  readonly #fixed: ReadonlyMap<string, number>;
  /** Of which is there of each resource as many as the neediest wants, unless a flag says otherwise. */
  readonly #known = new Set<InstanceSpec>();
  readonly #used = new Map<string, number>();
  readonly #runs = new Map<InstanceSpec, number>();
  readonly #waiting = new Map<Waiter, InstanceSpec>();

  constructor(isOn: boolean, resources: readonly RateResource[]) {
    this.#isOn = isOn;
    this.#fixed = new Map(resources.filter(({ device }) => device === 'all' || device === 0).map(({ name, count }) => [name, count]));
  }

  /** To be told of all instances of a model before one of them runs. Throws a LoadFailure when one of them means another thing by a resource. */
  know(specs: readonly InstanceSpec[]): void {
    if (!this.#isOn) return;
    const isGlobal = new Map([...this.#known].flatMap(({ resources }) => resources.map((one) => [one.name, one.isGlobal])));
    for (const { resources } of specs)
      for (const { name, isGlobal: isMeant } of resources)
        if ((isGlobal.get(name) ?? isMeant) !== isMeant) {
          const says = `Resource "${name}" is present as both global and device-specific resource in the model configuration.`;
          throw new LoadFailure('Invalid argument', says);
        }
    for (const spec of specs) this.#known.add(spec);
  }

  /** They are gone. */
  forget(specs: readonly InstanceSpec[]): void {
    for (const spec of specs) {
      this.#known.delete(spec);
      this.#runs.delete(spec);
    }
  }

  take(waiter: Waiter, spec: InstanceSpec): boolean {
    if (!this.#isOn) return true;
    if (!spec.resources.every(({ name, count }) => (this.#used.get(name) ?? 0) + count <= this.#there(name))) {
      this.#waiting.set(waiter, spec);
      return false;
    }
    this.#waiting.delete(waiter);
    this.#runs.set(spec, (this.#runs.get(spec) ?? 0) + 1);
    for (const { name, count } of spec.resources) this.#used.set(name, (this.#used.get(name) ?? 0) + count);
    return true;
  }

  /** To be called when it has run. Who has just run waits with the others for the next turn: it may want to run again. */
  giveBack(waiter: Waiter, spec: InstanceSpec): void {
    if (!this.#isOn) return;
    this.#waiting.set(waiter, spec);
    this.#free(spec);
  }

  /** It was taken for nothing: that was no turn, and whoever took it does not wait. */
  returnUnused(spec: InstanceSpec): void {
    if (!this.#isOn) return;
    this.#runs.set(spec, (this.#runs.get(spec) ?? 1) - 1);
    this.#free(spec);
  }

  /** Those who wait are called by their turn. */
  #free(spec: InstanceSpec): void {
    for (const { name, count } of spec.resources) this.#used.set(name, (this.#used.get(name) ?? 0) - count);
    const byTurn = [...this.#waiting].sort(([, a], [, b]) => this.#turnOf(a) - this.#turnOf(b));
    for (const [one] of byTurn) {
      this.#waiting.delete(one);
      one.onFree();
    }
  }

  #turnOf(spec: InstanceSpec): number {
    return (this.#runs.get(spec) ?? 0) * spec.priority;
  }

  #there(name: string): number {
    const fixed = this.#fixed.get(name);
    if (fixed !== undefined) return fixed;
    const counts = [...this.#known].flatMap(({ resources }) => resources.filter((one) => one.name === name).map(({ count }) => count));
    return Math.max(0, ...counts);
  }
}
