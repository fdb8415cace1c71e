import type { Ms } from '#core/base/time.ts';
import { Latencies } from './latencies.ts';
import type { LoadResult } from './open-loop.ts';

export type Figures = {
  readonly sent: number;
  /** Answered with less than 400. */
  readonly ok: number;
  readonly failed: number;
  readonly underWay: number;
  readonly right: number;
  readonly wrong: number;
  readonly seconds: number;
  readonly p50Ms: Ms;
  readonly p90Ms: Ms;
  readonly p99Ms: Ms;
  readonly maxMs: Ms;
  /** How late we were ourselves in sending, at most. Latencies contain it. */
  readonly lateMaxMs: Ms;
  readonly byArm: Readonly<Record<string, number>>;
  readonly byRelease: Readonly<Record<string, number>>;
  /** By reason, each with the first words seen for it. */
  readonly failures: readonly { readonly reason: string; readonly count: number; readonly example: string }[];
};

/** Counts what a load sees, all of it and by the second, so that the last few seconds can be told at any time. */
export class Tally {
  readonly #startedAt: Ms;
  readonly #all = new Counts();
  readonly #seconds: { second: number; counts: Counts }[] = Array.from({ length: secondsKept }, () => ({
    second: -1,
    counts: new Counts(),
  }));
  underWay = 0;

  constructor(startedAt: Ms) {
    this.#startedAt = startedAt;
  }

  began(now: Ms, meantAt: Ms): void {
    this.underWay += 1;
    for (const counts of [this.#all, this.#at(now)]) {
      counts.sent += 1;
      counts.lateMaxMs = Math.max(counts.lateMaxMs, now - meantAt);
    }
  }

  ended(now: Ms, result: LoadResult): void {
    this.underWay -= 1;
    this.#all.add(result);
    this.#at(now).add(result);
  }

  figures(now: Ms): Figures {
    return figuresOf(this.#all, { underWay: this.underWay, seconds: (now - this.#startedAt) / 1000 });
  }

  /** To whole seconds: the one that runs counts as far as it has come. */
  recent(now: Ms, ms: Ms): Figures {
    const current = this.#secondOf(now);
    const whole = Math.min(secondsKept - 1, Math.max(1, Math.round(ms / 1000)));
    const sum = new Counts();
    for (const { second, counts } of this.#seconds) if (second >= 0 && second > current - whole && second <= current) sum.addAll(counts);
    const began = Math.max(0, current - whole + 1);
    return figuresOf(sum, { underWay: this.underWay, seconds: Math.max(0.001, (now - this.#startedAt) / 1000 - began) });
  }

  #secondOf(now: Ms): number {
    return Math.floor((now - this.#startedAt) / 1000);
  }

  #at(now: Ms): Counts {
    const second = this.#secondOf(now);
    const slot = this.#seconds[second % secondsKept];
    if (slot === undefined) return this.#all;
    if (slot.second !== second) {
      slot.second = second;
      slot.counts.clear();
    }
    return slot.counts;
  }
}

const secondsKept = 61;
/** Different reasons, arms and releases that are told apart; the rest is `other`. */
const namesMax = 50;

class Counts {
  sent = 0;
  ok = 0;
  failed = 0;
  right = 0;
  wrong = 0;
  lateMaxMs = 0;
  readonly latencies = new Latencies();
  readonly arms = new Map<string, number>();
  readonly releases = new Map<string, number>();
  readonly failures = new Map<string, { count: number; example: string }>();

  add({ ms, reason, says, arm, release, is }: LoadResult): void {
    this.latencies.add(ms);
    if (reason === 'none') this.ok += 1;
    else this.#fail(reason, says, 1);
    if (is === 'right') this.right += 1;
    if (is === 'wrong') this.wrong += 1;
    if (arm !== 'none') bump(this.arms, arm, 1);
    if (release !== 'none') bump(this.releases, release, 1);
  }

  addAll(other: Counts): void {
    this.sent += other.sent;
    this.ok += other.ok;
    this.right += other.right;
    this.wrong += other.wrong;
    this.lateMaxMs = Math.max(this.lateMaxMs, other.lateMaxMs);
    this.latencies.addAll(other.latencies);
    for (const [arm, count] of other.arms) bump(this.arms, arm, count);
    for (const [release, count] of other.releases) bump(this.releases, release, count);
    for (const [reason, { count, example }] of other.failures) this.#fail(reason, example, count);
  }

  clear(): void {
    this.sent = this.ok = this.failed = this.right = this.wrong = this.lateMaxMs = 0;
    this.latencies.clear();
    for (const map of [this.arms, this.releases, this.failures]) map.clear();
  }

  #fail(reason: string, example: string, count: number): void {
    this.failed += count;
    const name = nameIn(this.failures, reason);
    const known = this.failures.get(name);
    if (known) known.count += count;
    else this.failures.set(name, { count, example });
  }
}

const nameIn = (map: ReadonlyMap<string, unknown>, name: string): string => (map.has(name) || map.size < namesMax ? name : 'other');

function bump(map: Map<string, number>, name: string, count: number): void {
  const key = nameIn(map, name);
  map.set(key, (map.get(key) ?? 0) + count);
}

function figuresOf(counts: Counts, { underWay, seconds }: { underWay: number; seconds: number }): Figures {
  const { sent, ok, failed, right, wrong, lateMaxMs, latencies, arms, releases, failures } = counts;
  return {
    sent,
    ok,
    failed,
    underWay,
    right,
    wrong,
    seconds,
    p50Ms: latencies.quantileMs(0.5),
    p90Ms: latencies.quantileMs(0.9),
    p99Ms: latencies.quantileMs(0.99),
    maxMs: latencies.maxMs,
    lateMaxMs,
    byArm: Object.fromEntries(arms),
    byRelease: Object.fromEntries(releases),
    failures: [...failures].map(([reason, { count, example }]) => ({ reason, count, example })).sort((a, b) => b.count - a.count),
  };
}
