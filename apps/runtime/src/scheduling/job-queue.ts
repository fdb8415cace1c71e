import { Refused } from '../server/refused.ts';
import { idOf, type Job } from './job.ts';
import { levelOf, type QueuePolicies, type QueuePolicy } from './queue-policy.ts';

type Waiting = { readonly job: Job; readonly deadlineMs: number };

/** Whoever waited too long where the policy says DELAY waits on behind the others of its level, without a deadline. */
type Level = { live: Waiting[]; delayed: Waiting[] };

/** What ended while it waited, and why. */
export type Dropped = { readonly job: Job; readonly refused: Refused; readonly reason: 'REJECTED' | 'CANCELED' };

/** Jobs by priority level, in the order of their coming, under the level's queue policy: Triton's PriorityQueue. */
export class JobQueue {
  readonly #policies: QueuePolicies;
  /** By level, the most urgent first. */
  readonly #levels: ReadonlyMap<number, Level>;
  #size = 0;

  constructor(policies: QueuePolicies) {
    this.#policies = policies;
    const numbers = policies.levels === 0 ? [0] : Array.from({ length: policies.levels }, (_, index) => index + 1);
    this.#levels = new Map(numbers.map((number) => [number, { live: [], delayed: [] }]));
  }

  get size(): number {
    return this.#size;
  }

  /** Throws Refused when the level's queue is full. */
  add(job: Job): void {
    const number = levelOf(this.#policies, job.request.priority);
    const level = this.#levels.get(number);
    if (!level) throw new Error(`there is no priority level ${number}`);
    const policy = this.#policyOf(number);
    if (policy.sizeMax > 0 && level.live.length + level.delayed.length >= policy.sizeMax)
      throw new Refused('Unavailable', `${idOf(job.request)}Exceeds maximum queue size`);
    const asked = Number(job.request.timeoutUs) / 1000;
    const allowedMs = policy.allowsShorter && asked > 0 && asked < policy.timeoutMs ? asked : policy.timeoutMs;
    level.live.push({ job, deadlineMs: allowedMs > 0 ? job.sinceMs + allowedMs : Number.POSITIVE_INFINITY });
    this.#size += 1;
  }

  /** In the order in which they are to be served. */
  *jobs(): Iterable<Job> {
    for (const { live, delayed } of this.#levels.values()) {
      for (const { job } of live) yield job;
      for (const { job } of delayed) yield job;
    }
  }

  /** The first `count` of them, which are then here no more. */
  take(count: number): Job[] {
    const taken: Job[] = [];
    for (const level of this.#levels.values()) {
      for (const list of [level.live, level.delayed]) {
        if (taken.length === count) break;
        taken.push(...list.splice(0, count - taken.length).map(({ job }) => job));
      }
    }
    this.#size -= taken.length;
    return taken;
  }

  /** Takes out whose caller went, among the first so many. */
  dropGone(count: number): Dropped[] {
    const dropped: Dropped[] = [];
    let left = count;
    for (const level of this.#levels.values()) {
      for (const list of [level.live, level.delayed]) {
        const first = list.slice(0, left);
        left -= first.length;
        if (!first.some(isGone)) continue;
        list.splice(0, first.length, ...first.filter((one) => !isGone(one)));
        dropped.push(...first.filter(isGone).map(({ job }) => cancelled(job)));
      }
    }
    this.#size -= dropped.length;
    return dropped;
  }

  /** Takes out who is late or gone, and moves to the back who is late and may wait on. */
  applyPolicies(nowMs: number): Dropped[] {
    const dropped: Dropped[] = [];
    for (const [number, level] of this.#levels) {
      const { whenLate } = this.#policyOf(number);
      const stay = (waiting: Waiting): boolean => {
        if (waiting.job.isCancelled()) {
          dropped.push(cancelled(waiting.job));
          return false;
        }
        if (waiting.deadlineMs > nowMs) return true;
        if (whenLate === 'DELAY') level.delayed.push({ job: waiting.job, deadlineMs: Number.POSITIVE_INFINITY });
        else dropped.push({ job: waiting.job, refused: new Refused('Unavailable', 'Request timeout expired'), reason: 'REJECTED' });
        return false;
      };
      if (level.live.some((waiting) => waiting.deadlineMs <= nowMs || waiting.job.isCancelled())) level.live = level.live.filter(stay);
      if (level.delayed.some(({ job }) => job.isCancelled())) level.delayed = level.delayed.filter(stay);
    }
    this.#size -= dropped.length;
    return dropped;
  }

  nextDeadlineMs(): number {
    if (!this.#policies.isAnySet) return Number.POSITIVE_INFINITY;
    let soonest = Number.POSITIVE_INFINITY;
    for (const { live } of this.#levels.values()) for (const { deadlineMs } of live) soonest = Math.min(soonest, deadlineMs);
    return soonest;
  }

  #policyOf(level: number): QueuePolicy {
    return this.#policies.ofLevel.get(level) ?? this.#policies.otherwise;
  }
}

const isGone = ({ job }: Waiting): boolean => job.isCancelled();
const cancelled = (job: Job): Dropped => ({ job, refused: new Refused('Cancelled', 'request has been cancelled'), reason: 'CANCELED' });
