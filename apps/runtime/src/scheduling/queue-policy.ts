import type { DynamicBatchingJson, QueuePolicyJson } from '#core/pbtxt/model-config.ts';

/** `timeoutMs` 0: a request waits as long as it takes, and asks for no less. */
export type QueuePolicy = {
  /** 0: no bound of Triton's. */
  readonly sizeMax: number;
  readonly timeoutMs: number;
  readonly allowsShorter: boolean;
  /** What happens to a request that has waited too long. */
  readonly whenLate: 'REJECT' | 'DELAY';
};

export type QueuePolicies = {
  /** Level 1 is served first. A model without levels has one, 0. */
  readonly levels: number;
  readonly defaultLevel: number;
  readonly ofLevel: ReadonlyMap<number, QueuePolicy>;
  readonly otherwise: QueuePolicy;
  /** Whether anything at all is written about queues; without, nobody ever waits too long. */
  readonly isAnySet: boolean;
};

export function queuePolicies(dynamic: DynamicBatchingJson | undefined): QueuePolicies {
  const levels = Number(dynamic?.priority_levels ?? 0);
  const own = Object.entries(dynamic?.priority_queue_policy ?? {}).map(([level, policy]) => [Number(level), policyOf(policy)] as const);
  const otherwise = policyOf(dynamic?.default_queue_policy);
  const says = ({ sizeMax, timeoutMs, allowsShorter }: QueuePolicy): boolean => sizeMax > 0 || timeoutMs > 0 || allowsShorter;
  return {
    levels,
    defaultLevel: levels === 0 ? 0 : Number(dynamic?.default_priority_level ?? 0),
    ofLevel: new Map(own),
    otherwise,
    isAnySet: levels > 0 || says(otherwise) || own.some(([, policy]) => says(policy)),
  };
}

function policyOf(json: QueuePolicyJson | undefined): QueuePolicy {
  return {
    sizeMax: Number(json?.max_queue_size ?? 0),
    timeoutMs: Number(json?.default_timeout_microseconds ?? 0) / 1000,
    allowsShorter: json?.allow_timeout_override ?? false,
    whenLate: json?.timeout_action === 'DELAY' ? 'DELAY' : 'REJECT',
  };
}

/** 0, and whatever is above the lowest level, are the default one. */
export function levelOf({ levels, defaultLevel }: QueuePolicies, priority: bigint): number {
  return levels === 0 ? 0 : priority === 0n || priority > BigInt(levels) ? defaultLevel : Number(priority);
}
