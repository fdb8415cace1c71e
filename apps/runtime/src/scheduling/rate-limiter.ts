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
    const isFree = spec.resources.every(({ name, count }) => (this.#used.get(name) ?? 0) + count <= this.#there(name));
    const first = isFree ? this.#before(waiter, spec) : undefined;
    if (!isFree || first) {
      this.#waiting.set(waiter, spec);
      // It may have lost its work meanwhile, and then nobody would ever give back what would wake us.
      if (first && this.#waiting.delete(first)) queueMicrotask(() => [first, waiter].forEach((one) => one.onFree()));
      return false;
    }
    this.#waiting.delete(waiter);
    this.#runs.set(spec, (this.#runs.get(spec) ?? 0) + 1);
    for (const { name, count } of spec.resources) this.#used.set(name, (this.#used.get(name) ?? 0) + count);
    return true;
  }

  giveBack(spec: InstanceSpec): void {
    if (!this.#isOn) return;
    for (const { name, count } of spec.resources) this.#used.set(name, (this.#used.get(name) ?? 0) - count);
    const byTurn = [...this.#waiting].sort(([, a], [, b]) => this.#turnOf(a) - this.#turnOf(b));
    for (const [waiter] of byTurn) {
      this.#waiting.delete(waiter);
      waiter.onFree();
    }
  }

  /** Who else waits for the same, and whose turn it is. */
  #before(waiter: Waiter, spec: InstanceSpec): Waiter | undefined {
    const shares = (other: InstanceSpec): boolean => other.resources.some(({ name }) => spec.resources.some((mine) => mine.name === name));
    for (const [other, theirs] of this.#waiting)
      if (other !== waiter && shares(theirs) && this.#turnOf(theirs) < this.#turnOf(spec)) return other;
    return undefined;
  }

  #turnOf(spec: InstanceSpec): number {
    return (this.#runs.get(spec) ?? 0) * spec.priority;
  }

  #there(name: string): number {
    return this.#fixed.get(name) ?? this.#needed.get(name) ?? 0;
  }
}
