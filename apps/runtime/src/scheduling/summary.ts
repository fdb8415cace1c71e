import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** Windows of Triton's summaries: five, a minute in all. */
const windows = 5;
const windowMs = 12_000;

/** Quantiles over the last minute, with the count and the sum of all: a Prometheus summary. Made at the first value. */
export class Summary {
  count = 0;
  sum = 0;
  #histograms: RecordableHistogram[] = [];
  #since = 0;

  /** Microseconds. */
  observe(value: number): void {
    this.count += 1;
    this.sum += value;
    this.#rotate();
    // The histogram knows no zero.
    for (const histogram of this.#histograms) histogram.record(value + 1);
  }

  /** NaN where nothing was seen in the last minute. */
  quantile(share: number): number {
    this.#rotate();
    const oldest = this.#histograms[0];
    return oldest && oldest.count > 0 ? oldest.percentile(share * 100) - 1 : Number.NaN;
  }

  /** All are written to, and the oldest, which holds the whole last minute, is read. */
  #rotate(): void {
    const now = performance.now();
    if (this.#histograms.length === 0 || now - this.#since > windows * windowMs) {
      this.#histograms = Array.from({ length: windows }, () => createHistogram({ figures: 3 }));
      this.#since = now;
    }
    for (; now - this.#since >= windowMs; this.#since += windowMs)
      this.#histograms = [...this.#histograms.slice(1), createHistogram({ figures: 3 })];
  }
}
