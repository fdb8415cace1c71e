import type { FailureReason } from './statistics.ts';

/** How many requests failed, by reason. */
export type Failures = Record<FailureReason, number>;

export const noFailures = (): Failures => ({ OTHER: 0, BACKEND: 0, CANCELED: 0, REJECTED: 0 });

/**
 * The failures of all versions that there were, each known by the labels of its metrics. With Triton these outlive a version, alone of all its
 * metrics, and whatever comes under the same labels counts on.
 */
export class FailureCounts {
  readonly #byLabels = new Map<string, { readonly labels: Labels; readonly failures: Failures }>();

  of(labels: Labels): Failures {
    const key = JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    const known = this.#byLabels.get(key) ?? { labels, failures: noFailures() };
    this.#byLabels.set(key, known);
    return known.failures;
  }

  all(): Iterable<{ readonly labels: Labels; readonly failures: Failures }> {
    return this.#byLabels.values();
  }
}

type Labels = Readonly<Record<string, string>>;
