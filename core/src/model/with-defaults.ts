import type { ModelConfigJson } from '../pbtxt/model-config.ts';

/** What Triton's core fills in before it validates, and again after a backend changed the configuration. Source: NormalizeModelConfig. */
export function withDefaults(config: ModelConfigJson): ModelConfigJson {
  const { max_batch_size: largest = 0, dynamic_batching: dynamic, sequence_batching: sequence } = config;
  const preferred = (sizes: readonly number[] | undefined) => (largest > 0 && !sizes?.length ? { preferred_batch_size: [largest] } : {});
  const on = { enable: true };
  return {
    ...config,
    version_policy: config.version_policy ?? { latest: { num_versions: 1 } },
    ...(dynamic ? { dynamic_batching: { ...dynamic, ...preferred(dynamic.preferred_batch_size) } } : {}),
    ...(sequence
      ? {
          sequence_batching: {
            ...sequence,
            max_sequence_idle_microseconds: sequence.max_sequence_idle_microseconds ?? 1_000_000,
            ...(sequence.oldest ? { oldest: { ...sequence.oldest, ...preferred(sequence.oldest.preferred_batch_size) } } : {}),
          },
        }
      : {}),
    // Pinned memory is on where nothing is said about it, and off in a message that is there and empty.
    ...(config.ensemble_scheduling ? {} : { optimization: { input_pinned_memory: on, output_pinned_memory: on, ...config.optimization } }),
  };
}
