import type { InferRequest, Parameter } from './inference-server.ts';
import { refuse } from './refused.ts';

export const noSequence: InferRequest['sequence'] = { id: 0n, isStart: false, isEnd: false };

/** A parameter of the client's own. Throws Refused for a name that Triton keeps for itself. */
export function addParameter(parameters: Map<string, Parameter>, name: string, value: Parameter): void {
  if (name.startsWith('triton_'))
    refuse('Invalid argument', "parameter keys starting with 'triton_' are reserved for Triton usage and should not be specified.");
  parameters.set(name, value);
}
