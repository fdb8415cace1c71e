import type { InferParameter, InferParameters } from '#core/kserve/grpc/parameter.ts';
import { refuse } from '../server/refused.ts';

/** Where in shared memory a tensor lies. Offset and size are as the client gives them: the one who reads says whether they make sense. */
export type Region = { readonly name: string; readonly offset: number; readonly size: number };

/** Undefined for a tensor that travels in the message. */
export function regionOf(parameters: InferParameters, tensor: string): Region | undefined {
  if (parameters.size === 0) return undefined;
  const region = parameters.get('shared_memory_region');
  if (region === undefined) {
    for (const name of ['shared_memory_offset', 'shared_memory_byte_size'])
      if (parameters.has(name))
        refuse('Invalid argument', `'${name}' can not be specified without 'shared_memory_region' parameter for tensor '${tensor}'`);
    return undefined;
  }
  if (region.choice !== 'string') wrongType('shared_memory_region', tensor, 'string_param');
  const offset = integer('shared_memory_offset', parameters.get('shared_memory_offset'), tensor);
  const size = integer('shared_memory_byte_size', parameters.get('shared_memory_byte_size'), tensor);
  if (size === undefined) {
    const says = "'shared_memory_byte_size' must be specified along with 'shared_memory_region' parameter";
    refuse('Invalid argument', `${says} for tensor '${tensor}'`);
  }
  return { name: region.value, offset: offset ?? 0, size };
}

function integer(name: string, parameter: InferParameter | undefined, tensor: string): number | undefined {
  if (parameter === undefined) return undefined;
  // Negative integers wrap around, as they do in Triton.
  return parameter.choice === 'int64' ? Number(BigInt.asUintN(64, parameter.value)) : wrongType(name, tensor, 'int64_param');
}

function wrongType(name: string, tensor: string, expected: string): never {
  return refuse('Invalid argument', `invalid value type for '${name}' parameter for tensor '${tensor}', expected ${expected}.`);
}
