import { count } from '../../base/count.ts';
import type { Rule } from './rule.ts';

/** The configuration leaves the contract's objectives within reach. */
export const objectives: Rule = function* ({ contract, config, files }, pen) {
  const { performance, resources } = contract;
  const batching = config.dynamic_batching ?? config.sequence_batching?.oldest ?? config.sequence_batching?.direct;
  const delayMs = Number(batching?.max_queue_delay_microseconds ?? 0) / 1000;
  const largest = Math.min(performance.queueMs, performance.p99Ms);
  if (delayMs > largest) {
    const says = `requests may wait ${delayMs} ms for a batch to fill, and the contract allows ${largest} ms in the queue`;
    const fix = `write max_queue_delay_microseconds: ${Math.floor(largest * 100)} or less, or relax performance.queue`;
    yield pen.warning('agree/delay', pen.config('max_queue_delay_microseconds'), says, fix);
  }
  const timeoutMs = Number(config.dynamic_batching?.default_queue_policy?.default_timeout_microseconds ?? 0) / 1000;
  if (timeoutMs > performance.p99Ms) {
    const says = `requests may wait ${timeoutMs} ms before they are refused, and an answer after ${performance.p99Ms} ms is late`;
    yield pen.warning('agree/timeout', pen.config('default_timeout_microseconds'), says, `write ${performance.p99Ms * 1000} or less`);
  }
  const instances = (config.instance_group ?? []).reduce((sum, group) => sum + Math.max(1, group.count ?? 1), 0);
  const weights = files
    .filter(({ path }) => contract.artifact.files.some((file) => path === `${pen.folder}/${file}`))
    .reduce((sum, { size }) => sum + size, 0);
  if (instances * weights <= resources.memoryBytes) return;
  const says = `${count(instances, 'instance')} of ${Math.ceil(weights / 1e6)} MB each need more than the contract's ${Math.floor(resources.memoryBytes / 1e6)} MB`;
  yield pen.warning('agree/memory', pen.config('instance_group'), says, 'lower the count, or raise resources.memory');
};
