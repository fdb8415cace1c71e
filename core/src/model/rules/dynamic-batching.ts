import type { QueuePolicyJson } from '../../pbtxt/model-config.ts';
import { asBigInt } from '../int64.ts';
import type { Rule } from './rule.ts';

/** Batches are no larger than the model takes, and preferred sizes, priorities and order do not contradict each other. */
export const dynamicBatching: Rule = {
  explains: [
    {
      code: 'config/max-batch-size-negative',
      severity: 'error',
      means: 'max_batch_size counts the requests of a batch; 0 means that the model does not batch.',
      triton: "'max_batch_size' must be non-negative value for …",
      example: 'max_batch_size: -1',
      fix: 'write 0 for a model without a batch dimension, or the largest batch that it takes',
    },
    {
      code: 'config/preferred-size-not-positive',
      severity: 'error',
      means: 'A preferred batch size is a number of requests, at least 1.',
      triton: 'dynamic batching preferred size must be positive for …',
      example: 'max_batch_size: 8\ndynamic_batching { preferred_batch_size: [ 0 ] }',
      fix: 'take it out, or write a size from 1 to max_batch_size',
    },
    {
      code: 'config/preferred-size-too-large',
      severity: 'error',
      means:
        'A preferred size above max_batch_size can never form. With max_batch_size 0 (or none) every preferred size is too large, also where a backend would raise it later.',
      triton: 'dynamic batching preferred size must be <= max batch size for …',
      example: 'max_batch_size: 8\ndynamic_batching { preferred_batch_size: [ 16 ] }',
      fix: 'lower it, or raise max_batch_size',
    },
    {
      code: 'config/priority-default-out-of-range',
      severity: 'error',
      means: 'With priority_levels there must be a default level from 1 to priority_levels: requests that name none get it.',
      triton: 'default priority level must be in range [1, …] for …',
      example: 'dynamic_batching { priority_levels: 2 }',
      fix: 'write default_priority_level, from 1 to priority_levels',
    },
    {
      code: 'config/priority-policy-out-of-range',
      severity: 'error',
      means: 'A priority_queue_policy is for a level that does not exist.',
      triton: 'priority queue policy must have priority level in range [1, …] for …',
      example:
        'dynamic_batching {\n  priority_levels: 2\n  default_priority_level: 1\n  priority_queue_policy { key: 3 value { max_queue_size: 10 } }\n}',
      fix: 'give it to a level from 1 to priority_levels',
    },
    {
      code: 'config/preserve-ordering-priorities',
      severity: 'error',
      means: 'Priorities let requests overtake each other, and preserve_ordering forbids it.',
      triton: "Only one priority level is allowed when 'preserve_ordering' is true for …",
      example: 'dynamic_batching { preserve_ordering: true priority_levels: 2 default_priority_level: 1 }',
      fix: 'take out preserve_ordering or the priorities',
    },
    {
      code: 'config/preserve-ordering-delay',
      severity: 'error',
      means:
        'DELAY puts a request that timed out behind others, and preserve_ordering forbids it. It counts for every policy, also for those of levels that do not exist.',
      triton: "Queue policy can not have DELAY as timeout action when 'preserve_ordering' is true for …",
      example:
        'dynamic_batching {\n  preserve_ordering: true\n  default_queue_policy { timeout_action: DELAY default_timeout_microseconds: 1000 }\n}',
      fix: 'write timeout_action: REJECT, or take out preserve_ordering',
    },
  ],
  *judge({ config }, pen) {
    const { name = '', max_batch_size: largest = 0, dynamic_batching: batching } = config;
    if (largest < 0) {
      const says = `'max_batch_size' must be non-negative value for ${name}`;
      yield pen.at(['max_batch_size'], 'config/max-batch-size-negative', says);
    }
    if (!batching) return;
    for (const [index, size] of (batching.preferred_batch_size ?? []).entries()) {
      const path = ['dynamic_batching', 'preferred_batch_size', index];
      if (size <= 0) {
        yield pen.at(path, 'config/preferred-size-not-positive', `dynamic batching preferred size must be positive for ${name}`);
      } else if (size > largest) {
        const says = `dynamic batching preferred size must be <= max batch size for ${name}`;
        yield pen.at(
          path,
          'config/preferred-size-too-large',
          says,
          `write at most ${Math.max(0, largest)}, or raise max_batch_size to ${size}`,
        );
      }
    }
    const { priority_levels: levels = 0, default_priority_level: ofNoName = 0, priority_queue_policy: policies = {} } = batching;
    const count = asBigInt(levels);
    if (count !== 0n) {
      if (asBigInt(ofNoName) === 0n || asBigInt(ofNoName) > count) {
        const says = `default priority level must be in range [1, ${count}] for ${name}`;
        yield pen.at(['dynamic_batching', 'default_priority_level'], 'config/priority-default-out-of-range', says);
      }
      for (const level of Object.keys(policies)) {
        if (BigInt(level) !== 0n && BigInt(level) <= count) continue;
        const says = `priority queue policy must have priority level in range [1, ${count}] for ${name}`;
        yield pen.at(['dynamic_batching', 'priority_queue_policy', level], 'config/priority-policy-out-of-range', says);
      }
    }
    if (!batching.preserve_ordering) return;
    if (count > 1n) {
      const says = `Only one priority level is allowed when 'preserve_ordering' is true for ${name}`;
      yield pen.at(['dynamic_batching', 'priority_levels'], 'config/preserve-ordering-priorities', says);
    }
    const says = `Queue policy can not have DELAY as timeout action when 'preserve_ordering' is true for ${name}`;
    if (delays(batching.default_queue_policy)) {
      yield pen.at(['dynamic_batching', 'default_queue_policy', 'timeout_action'], 'config/preserve-ordering-delay', says);
    }
    for (const [level, policy] of Object.entries(policies)) {
      if (!delays(policy)) continue;
      yield pen.at(['dynamic_batching', 'priority_queue_policy', level, 'timeout_action'], 'config/preserve-ordering-delay', says);
    }
  },
};

const delays = (policy: QueuePolicyJson = {}): boolean =>
  policy.timeout_action === 'DELAY' && asBigInt(policy.default_timeout_microseconds ?? 0) !== 0n;
