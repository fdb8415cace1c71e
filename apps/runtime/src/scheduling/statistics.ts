import type { ModelStatistics } from '../server/model-statistics.ts';
import { type Failures, noFailures } from './failure-counts.ts';
import { Summary } from './summary.ts';

/** Where the time of one request went, in nanoseconds. Its queue time is its own, the compute times are those of its whole batch. */
export type RequestTimes = { readonly totalNs: number; readonly queueNs: number } & ComputeTimes;
export type ComputeTimes = { readonly inputNs: number; readonly inferNs: number; readonly outputNs: number };

export const failureReasons = ['OTHER', 'BACKEND', 'CANCELED', 'REJECTED'] as const;
export type FailureReason = (typeof failureReasons)[number];

const timed = ['request', 'queue', 'computeInput', 'computeInfer', 'computeOutput', 'cacheHit', 'cacheMiss'] as const;
/** What is told in microseconds too. */
type Timed = (typeof timed)[number];

type Counting = { count: number; ns: number };
const none = (): Counting => ({ count: 0, ns: 0 });

/** What the metrics count for one version of a model. They go on where it is loaded anew while it serves. Microseconds are cut off per request, as Triton cuts them. */
export class Counters {
  success = 0;
  inferences = 0;
  executions = 0;
  cacheHits = 0;
  cacheMisses = 0;
  readonly failures: Failures;
  readonly microseconds: Record<Timed, number> = {
    request: 0,
    queue: 0,
    computeInput: 0,
    computeInfer: 0,
    computeOutput: 0,
    cacheHit: 0,
    cacheMiss: 0,
  };
  /** None unless they are asked for: each value costs more to keep than to count. */
  readonly summaries: Readonly<Record<Timed, Summary>> | undefined;

  constructor({ hasSummaries, failures = noFailures() }: { readonly hasSummaries: boolean; readonly failures?: Failures }) {
    this.failures = failures;
    const all = timed.map((name) => [name, new Summary()] as const);
    this.summaries = hasSummaries ? (Object.fromEntries(all) as Record<Timed, Summary>) : undefined;
  }

  took(name: Timed, ns: number): void {
    const whole = Math.floor(ns / 1000);
    this.microseconds[name] += whole;
    this.summaries?.[name].observe(whole);
  }
}

/** What Triton counts for one version of a model since it was loaded. */
export class Statistics {
  readonly counters: Counters;
  lastInferenceMs = 0;
  inferences = 0;
  executions = 0;
  /** How long instances computed, each batch once. */
  computedNs = 0;
  /** Accepted and not yet at an instance. */
  pending = 0;
  readonly success = none();
  readonly fail = none();
  readonly queue = none();
  readonly computeInput = none();
  readonly computeInfer = none();
  readonly computeOutput = none();
  readonly cacheHit = none();
  readonly cacheMiss = none();
  readonly batches = new Map<number, { input: Counting; infer: Counting; output: Counting }>();

  constructor(counters: Counters) {
    this.counters = counters;
  }

  succeeded(times: RequestTimes): void {
    this.counters.success += 1;
    add(this.success, times.totalNs);
    add(this.queue, times.queueNs);
    add(this.computeInput, times.inputNs);
    add(this.computeInfer, times.inferNs);
    add(this.computeOutput, times.outputNs);
    this.counters.took('request', times.totalNs);
    this.counters.took('queue', times.queueNs);
    this.counters.took('computeInput', times.inputNs);
    this.counters.took('computeInfer', times.inferNs);
    this.counters.took('computeOutput', times.outputNs);
  }

  /** Answered from the cache: nothing was computed. */
  hit({ totalNs, lookupNs }: { readonly totalNs: number; readonly lookupNs: number }): void {
    this.counters.success += 1;
    this.counters.cacheHits += 1;
    add(this.success, totalNs);
    add(this.queue, 0);
    add(this.cacheHit, lookupNs);
    this.counters.took('request', totalNs);
    this.counters.took('queue', 0);
    this.counters.took('cacheHit', lookupNs);
  }

  /** Looked for in the cache, computed, and put there. */
  missed(ns: number): void {
    this.counters.cacheMisses += 1;
    add(this.cacheMiss, ns);
    this.counters.took('cacheMiss', ns);
  }

  failed(reason: FailureReason, totalNs: number): void {
    add(this.fail, totalNs);
    this.counters.failures[reason] += 1;
  }

  executed({ rows, inferences }: { readonly rows: number; readonly inferences: number }, times: ComputeTimes, nowMs: number): void {
    this.lastInferenceMs = nowMs;
    this.inferences += inferences;
    this.executions += 1;
    this.counters.inferences += inferences;
    this.counters.executions += 1;
    this.computedNs += times.inputNs + times.inferNs + times.outputNs;
    const batch = this.batches.get(rows) ?? { input: none(), infer: none(), output: none() };
    add(batch.input, times.inputNs);
    add(batch.infer, times.inferNs);
    add(batch.output, times.outputNs);
    this.batches.set(rows, batch);
  }

  /** The counts as they are now, as both protocols tell them. */
  told(name: string, version: string): ModelStatistics {
    const { success, fail, queue, computeInput, computeInfer, computeOutput, cacheHit, cacheMiss } = this;
    return {
      name,
      version,
      lastInferenceMs: this.lastInferenceMs,
      inferences: this.inferences,
      executions: this.executions,
      inference: { success, fail, queue, computeInput, computeInfer, computeOutput, cacheHit, cacheMiss },
      responses: {},
      batches: [...this.batches]
        .sort(([a], [b]) => a - b)
        .map(([size, { input, infer, output }]) => ({ size, computeInput: input, computeInfer: infer, computeOutput: output })),
    };
  }
}

function add(duration: Counting, ns: number): void {
  duration.count += 1;
  duration.ns += Math.round(ns);
}
