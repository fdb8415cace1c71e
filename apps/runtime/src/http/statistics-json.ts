import type { ModelStatistics } from '../server/model-statistics.ts';

/** As `GET …/stats` writes it. */
export function statisticsJson({
  name,
  version,
  lastInferenceMs,
  inferences,
  executions,
  inference,
  responses,
  batches,
}: ModelStatistics): object {
  return {
    name,
    version,
    last_inference: lastInferenceMs,
    inference_count: inferences,
    execution_count: executions,
    inference_stats: {
      success: inference.success,
      fail: inference.fail,
      queue: inference.queue,
      compute_input: inference.computeInput,
      compute_infer: inference.computeInfer,
      compute_output: inference.computeOutput,
      cache_hit: inference.cacheHit,
      cache_miss: inference.cacheMiss,
    },
    response_stats: Object.fromEntries(
      Object.entries(responses).map(([index, of]) => [
        index,
        {
          compute_infer: of.computeInfer,
          compute_output: of.computeOutput,
          success: of.success,
          fail: of.fail,
          empty_response: of.emptyResponse,
          cancel: of.cancel,
        },
      ]),
    ),
    batch_stats: batches.map(({ size, computeInput, computeInfer, computeOutput }) => ({
      batch_size: size,
      compute_input: computeInput,
      compute_infer: computeInfer,
      compute_output: computeOutput,
    })),
    memory_usage: [],
  };
}
