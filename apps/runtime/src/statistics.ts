/** Where the time of one request went, in nanoseconds. Its queue time is its own, the compute times are those of its whole batch. */
export type RequestTimes = { readonly totalNs: number; readonly queueNs: number } & ComputeTimes;
export type ComputeTimes = { readonly inputNs: number; readonly inferNs: number; readonly outputNs: number };

export const failureReasons = ['OTHER', 'BACKEND', 'CANCELED', 'REJECTED'] as const;
export type FailureReason = (typeof failureReasons)[number];

type Duration = { count: number; ns: number };
const none = (): Duration => ({ count: 0, ns: 0 });

/** What Triton counts for one version of a model since it was loaded. Microseconds are cut off per request, as Triton cuts them. */
export class Statistics {
  lastInferenceMs = 0;
  inferences = 0;
  executions = 0;
  /** Accepted and not yet at an instance. */
  pending = 0;
  readonly success = none();
  readonly fail = none();
  readonly queue = none();
  readonly computeInput = none();
  readonly computeInfer = none();
  readonly computeOutput = none();
  readonly microseconds = { request: 0, queue: 0, computeInput: 0, computeInfer: 0, computeOutput: 0 };
  readonly failures: Record<FailureReason, number> = { OTHER: 0, BACKEND: 0, CANCELED: 0, REJECTED: 0 };
  readonly batches = new Map<number, { input: Duration; infer: Duration; output: Duration }>();

  succeeded(times: RequestTimes): void {
    add(this.success, times.totalNs);
    add(this.queue, times.queueNs);
    add(this.computeInput, times.inputNs);
    add(this.computeInfer, times.inferNs);
    add(this.computeOutput, times.outputNs);
    this.microseconds.request += Math.floor(times.totalNs / 1000);
    this.microseconds.queue += Math.floor(times.queueNs / 1000);
    this.microseconds.computeInput += Math.floor(times.inputNs / 1000);
    this.microseconds.computeInfer += Math.floor(times.inferNs / 1000);
    this.microseconds.computeOutput += Math.floor(times.outputNs / 1000);
  }

  failed(reason: FailureReason, totalNs: number): void {
    add(this.fail, totalNs);
    this.failures[reason] += 1;
  }

  executed(batchSize: number, times: ComputeTimes, nowMs: number): void {
    this.lastInferenceMs = nowMs;
    this.inferences += batchSize;
    this.executions += 1;
    const batch = this.batches.get(batchSize) ?? { input: none(), infer: none(), output: none() };
    add(batch.input, times.inputNs);
    add(batch.infer, times.inferNs);
    add(batch.output, times.outputNs);
    this.batches.set(batchSize, batch);
  }

  toJson(name: string, version: string): object {
    return {
      name,
      version,
      last_inference: this.lastInferenceMs,
      inference_count: this.inferences,
      execution_count: this.executions,
      inference_stats: {
        success: this.success,
        fail: this.fail,
        queue: this.queue,
        compute_input: this.computeInput,
        compute_infer: this.computeInfer,
        compute_output: this.computeOutput,
        cache_hit: none(),
        cache_miss: none(),
      },
      response_stats: {},
      batch_stats: [...this.batches]
        .sort(([a], [b]) => a - b)
        .map(([batch_size, { input, infer, output }]) => ({
          batch_size,
          compute_input: input,
          compute_infer: infer,
          compute_output: output,
        })),
      memory_usage: [],
    };
  }
}

function add(duration: Duration, ns: number): void {
  duration.count += 1;
  duration.ns += Math.round(ns);
}
