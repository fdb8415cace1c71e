import type { InferRequest } from './inference-server.ts';
import { refuse } from './refused.ts';

export const noSequence: InferRequest['sequence'] = { id: 0n, isStart: false, isEnd: false };

/** Throws Refused for a name that Triton keeps for itself. */
export function requireOwn(name: string): void {
  if (name.startsWith('triton_'))
    refuse('Invalid argument', "parameter keys starting with 'triton_' are reserved for Triton usage and should not be specified.");
}
