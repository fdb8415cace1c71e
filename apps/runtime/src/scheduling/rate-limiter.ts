import type { RateResource } from '#core/model/conditions.ts';
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
  /** What is there of each resource: as many as the neediest instance wants, unless a flag says otherwise. */
  readonly #needed = new Map<string, number>();
  readonly #used = new Map<string, number>();
  readonly #runs = new Map<InstanceSpec, number>();
  readonly #waiting = new Map<Waiter, InstanceSpec>();

  constructor(isOn: boolean, resources: readonly RateResource[]) {
    this.#isOn = isOn;
    this.#fixed = new Map(resources.map(({ name, count }) => [name, count]));
  }

  /** To be told of all instances of a model before one of them runs. */
  know(specs: readonly InstanceSpec[]): void {
    for (const { resources } of specs)
      for (const { name, count } of resources) this.#needed.set(name, Math.max(count, this.#needed.get(name) ?? 0));
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
    return this.#fixed.get(name) ?? this.#needed.get(name) ?? 0;
  }
}
