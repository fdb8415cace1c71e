import { asBigInt } from '../../int64.ts';
import type { Rule } from '../rule.ts';

/** Batching that Triton takes and that does not do what was meant. */
export const batchingAdvice: Rule = {
  explains: [
    {
      code: 'advice/queue-unbounded',
      severity: 'warning',
      means:
        'Requests wait without a limit: when more come than are served, all of them wait longer and longer, and none is refused in time.',
      example: 'dynamic_batching { }',
      fix: 'write default_queue_policy { max_queue_size: … }, or default_timeout_microseconds with timeout_action: REJECT',
    },
    {
      code: 'advice/batching-without-batch',
      severity: 'warning',
      means: 'With max_batch_size 0 the dynamic batcher never makes a batch.',
      example: 'max_batch_size: 0\ndynamic_batching { }',
      fix: 'write max_batch_size, or take dynamic_batching out',
    },
    {
      code: 'advice/preferred-size-never-waits',
      severity: 'warning',
      means: 'Without max_queue_delay_microseconds the batcher never waits for a preferred size to form.',
      example: 'max_batch_size: 8\ndynamic_batching { preferred_batch_size: [ 4 ] }',
      fix: 'write max_queue_delay_microseconds, or take preferred_batch_size out',
    },
    {
      code: 'advice/delay-without-timeout',
      severity: 'warning',
      means: 'timeout_action: DELAY without a timeout never delays anything.',
      example: 'dynamic_batching { default_queue_policy { timeout_action: DELAY max_queue_size: 8 } }',
      fix: 'write default_timeout_microseconds, or take timeout_action out',
    },
    {
      code: 'advice/priority-ignored',
      severity: 'warning',
      means: 'Priorities are named, and priority_levels is 0: Triton ignores them.',
      example: 'dynamic_batching { default_priority_level: 1 }',
      fix: 'write priority_levels',
    },
    {
      code: 'advice/ragged-without-batching',
      severity: 'warning',
      means: 'allow_ragged_batch without batching does nothing.',
      example: 'input { name: "x" data_type: TYPE_FP32 dims: [ -1 ] allow_ragged_batch: true }',
      fix: 'write max_batch_size, or take allow_ragged_batch out',
    },
    {
      code: 'advice/open-dims-not-ragged',
      severity: 'warning',
      means: 'An input has an open dimension: requests of different shapes never share a batch.',
      example: 'max_batch_size: 8\ninput { name: "x" data_type: TYPE_INT64 dims: [ -1 ] }\ndynamic_batching { }',
      fix: 'pad requests to a few shapes, or write allow_ragged_batch where the model takes it',
    },
    {
      code: 'advice/batch-dimension-written',
      severity: 'warning',
      means: 'The first of several dims is 1 although the model batches: the batch dimension may have been written by mistake.',
      example: 'max_batch_size: 8\ninput { name: "x" data_type: TYPE_FP32 dims: [ 1, 3, 224, 224 ] }',
      fix: 'leave the batch dimension out of dims',
    },
  ],
  *judge({ config, written }, pen) {
    const { max_batch_size: largest = 0, dynamic_batching: batching, input: inputs = [] } = config;
    for (const [index, { dims = [], allow_ragged_batch: isRagged }] of inputs.entries()) {
      const path = ['input', index];
      const isOpen = dims.some((dim) => asBigInt(dim) === -1n);
      if (isRagged && largest === 0)
        yield pen.at([...path, 'allow_ragged_batch'], 'advice/ragged-without-batching', 'a ragged input without batching');
      if (isOpen && !isRagged && batching && largest > 1) {
        yield pen.at([...path, 'dims'], 'advice/open-dims-not-ragged', 'requests of different shapes never share a batch');
      }
      if (largest > 0 && dims.length > 1 && asBigInt(dims[0] ?? 0) === 1n && dims.length > 3) {
        yield pen.at(
          [...path, 'dims', 0],
          'advice/batch-dimension-written',
          'dims begins with 1, and the batch dimension is not written in dims',
        );
      }
    }
    if (!batching) return;
    if (largest === 0)
      yield pen.at(['dynamic_batching'], 'advice/batching-without-batch', 'dynamic_batching without max_batch_size does nothing');
    const policy = batching.default_queue_policy ?? {};
    const timeout = asBigInt(policy.default_timeout_microseconds ?? 0);
    const delays = policy.timeout_action === 'DELAY';
    if (largest > 0 && !policy.max_queue_size && (timeout === 0n || delays)) {
      yield pen.at(['dynamic_batching', 'default_queue_policy'], 'advice/queue-unbounded', 'requests wait in a queue without a bound');
    }
    if (delays && timeout === 0n) {
      yield pen.at(
        ['dynamic_batching', 'default_queue_policy', 'timeout_action'],
        'advice/delay-without-timeout',
        'DELAY without a timeout never delays',
      );
    }
    if (
      asBigInt(batching.priority_levels ?? 0) === 0n &&
      (batching.default_priority_level || Object.keys(batching.priority_queue_policy ?? {}).length > 0)
    ) {
      yield pen.at(['dynamic_batching'], 'advice/priority-ignored', 'priorities are named, and priority_levels is 0');
    }
    const preferred = written.dynamic_batching?.preferred_batch_size ?? [];
    const isDefault = preferred.length === 1 && preferred[0] === largest;
    if (preferred.length === 0 || isDefault || asBigInt(batching.max_queue_delay_microseconds ?? 0) !== 0n) return;
    const says = 'without max_queue_delay_microseconds a preferred size is never waited for';
    yield pen.at(['dynamic_batching', 'preferred_batch_size'], 'advice/preferred-size-never-waits', says);
  },
};
