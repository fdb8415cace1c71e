import type { ModelConfigJson } from '../pbtxt/model-config.ts';
import { isObject, plainConfig } from '../pbtxt/plain-config.ts';

/** A tensor as clients write it: FP32, [64]. */
export type ShownTensor = { readonly name: string; readonly datatype: string; readonly shape: readonly (number | string)[] };

/** What people ask first about a model that serves, out of its effective configuration. */
export type ShownConfig = {
  /** The platform where it is set, else the backend. */
  readonly platform: string;
  /** 0: it does not batch. */
  readonly maxBatchSize: number;
  readonly batching: 'none' | 'dynamic' | 'sequence' | 'ensemble';
  readonly preferredBatchSizes: readonly number[];
  readonly queueDelayUs: number;
  readonly isDecoupled: boolean;
  readonly instances: readonly { readonly count: number; readonly on: string }[];
  readonly inputs: readonly ShownTensor[];
  readonly outputs: readonly ShownTensor[];
};

/** Whatever a server says: what does not fit is left out, never trusted. */
export function showConfig(json: unknown): ShownConfig {
  const config = plainConfig(json);
  const dynamic = isObject(config.dynamic_batching) ? config.dynamic_batching : undefined;
  return {
    platform: textOf(config.platform) || textOf(config.backend),
    maxBatchSize: numberOf(config.max_batch_size),
    batching: batchingOf(config),
    preferredBatchSizes: listOf(dynamic?.preferred_batch_size).filter((size) => typeof size === 'number'),
    queueDelayUs: numberOf(dynamic?.max_queue_delay_microseconds),
    isDecoupled: isObject(config.model_transaction_policy) && config.model_transaction_policy.decoupled === true,
    instances: listOf(config.instance_group).filter(isObject).map(instancesOf),
    inputs: listOf(config.input).filter(isObject).map(tensorOf),
    outputs: listOf(config.output).filter(isObject).map(tensorOf),
  };
}

function batchingOf(config: ModelConfigJson): ShownConfig['batching'] {
  if (config.platform === 'ensemble') return 'ensemble';
  if (isObject(config.sequence_batching)) return 'sequence';
  return isObject(config.dynamic_batching) ? 'dynamic' : 'none';
}

/** The count is for each GPU of the group. */
function instancesOf(group: Readonly<Record<string, unknown>>): ShownConfig['instances'][number] {
  const gpus = listOf(group['gpus']).filter((gpu) => typeof gpu === 'number');
  const kind = textOf(group['kind']).replace('KIND_', '') || 'AUTO';
  const count = Math.max(1, numberOf(group['count']));
  return gpus.length === 0 ? { count, on: kind } : { count: count * gpus.length, on: `${kind} ${gpus.join(', ')}` };
}

function tensorOf(tensor: Readonly<Record<string, unknown>>): ShownTensor {
  const type = textOf(tensor['data_type']).replace('TYPE_', '');
  return {
    name: textOf(tensor['name']),
    datatype: type === 'STRING' ? 'BYTES' : type,
    shape: listOf(tensor['dims']).filter((dim) => typeof dim === 'number' || typeof dim === 'string'),
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numberOf = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
