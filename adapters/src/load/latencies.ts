import type { Ms } from '#core/base/time.ts';

/** Times by size, in buckets that grow by 3 %: a quantile is that exact, at a fixed cost. */
export class Latencies {
  readonly #counts = new Uint32Array(buckets);
  #max = 0;

  add(ms: Ms): void {
    const bucket = ms <= leastMs ? 0 : Math.min(buckets - 1, Math.ceil(Math.log(ms / leastMs) / growth));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#max = Math.max(this.#max, ms);
  }

  addAll(others: Latencies): void {
    for (const [bucket, count] of others.#counts.entries()) this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
    this.#max = Math.max(this.#max, others.#max);
  }

  clear(): void {
    this.#counts.fill(0);
    this.#max = 0;
  }

  get maxMs(): Ms {
    return this.#max;
  }

  /** 0 when nothing was added. */
  quantileMs(quantile: number): Ms {
    const total = this.#counts.reduce((sum, count) => sum + count, 0);
    let below = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      below += count;
      if (count > 0 && below >= quantile * total) return Math.min(this.#max, leastMs * Math.exp(bucket * growth));
    }
    return this.#max;
  }
}

const leastMs = 0.05;
const growth = Math.log(1.03);
/** Up to two minutes. */
const buckets = 500;
