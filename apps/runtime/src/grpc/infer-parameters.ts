import type { InferParameter, InferParameters } from '#core/kserve/grpc/parameter.ts';
import type { InferRequest, Parameter } from '../server/inference-server.ts';
import { refuse } from '../server/refused.ts';

export type ReadParameters = Pick<InferRequest, 'priority' | 'timeoutUs' | 'sequence' | 'parameters'> & {
  /** The answer that ends a decoupled request is sent also when nothing is in it. */
  readonly wantsEmptyFinal: boolean;
};

/** Tells the parameters that Triton knows, each with the types that it takes, from those that it hands on to the model. */
export function readParameters(given: InferParameters, forwarded: ReadonlyMap<string, string>): ReadParameters {
  const parameters = new Map<string, Parameter>();
  for (const [name, parameter] of given) {
    if (name.startsWith('triton_') && name !== emptyFinal) {
      const says =
        "parameter keys starting with 'triton_' are reserved for Triton usage. Only the following keys starting with 'triton_' are allowed";
      refuse('Invalid argument', `${says}: ${emptyFinal}`);
    }
    if (!known.has(name)) parameters.set(name, custom(name, parameter));
  }
  // Headers come last: one of the same name wins over a parameter.
  for (const [name, value] of forwarded) parameters.set(name, value);
  return {
    sequence: {
      id: sequenceId(given.get('sequence_id')),
      isStart: flag('sequence_start', given),
      isEnd: flag('sequence_end', given),
    },
    priority: priority(given.get('priority')),
    timeoutUs: timeoutUs(given.get('timeout')),
    wantsEmptyFinal: flag(emptyFinal, given),
    parameters,
  };
}

const emptyFinal = 'triton_enable_empty_final_response';
const known: ReadonlySet<string> = new Set(['sequence_id', 'sequence_start', 'sequence_end', 'priority', 'timeout', emptyFinal]);

function wrongType(name: string, expected: string): never {
  return refuse('Invalid argument', `invalid value type for '${name}' parameter, expected ${expected}.`);
}

/** An uint64 is refused here, though the message can carry it; the words leave out the double, which is taken. */
function custom(name: string, parameter: InferParameter): Parameter {
  if (parameter.choice === 'none' || parameter.choice === 'uint64') wrongType(name, 'int64_param, bool_param, or string_param');
  return parameter.value;
}

function flag(name: string, given: InferParameters): boolean {
  const parameter = given.get(name);
  if (parameter === undefined) return false;
  return parameter.choice === 'bool' ? parameter.value : wrongType(name, 'bool_param');
}

/** Negative integers wrap around, as they do in Triton. */
function sequenceId(parameter: InferParameter | undefined): bigint | string {
  if (parameter === undefined) return 0n;
  if (parameter.choice === 'string') return parameter.value;
  return parameter.choice === 'int64' ? BigInt.asUintN(64, parameter.value) : wrongType('sequence_id', 'int64_param or string_param');
}

function priority(parameter: InferParameter | undefined): bigint {
  if (parameter === undefined) return 0n;
  if (parameter.choice !== 'int64' && parameter.choice !== 'uint64') wrongType('priority', 'int64_param or uint64_param');
  return parameter.value < 0n ? refuse('Invalid argument', "invalid value for 'priority', expected value >= 0.") : parameter.value;
}

function timeoutUs(parameter: InferParameter | undefined): bigint {
  if (parameter === undefined) return 0n;
  return parameter.choice === 'int64' ? BigInt.asUintN(64, parameter.value) : wrongType('timeout', 'int64_param');
}
