import { Refused } from '../server/refused.ts';
import type { TraceLevel } from './trace.ts';
import type { TraceValues } from './trace-setting.ts';

export type TraceName = keyof TraceValues;

const names: Readonly<Record<string, TraceName | undefined>> = {
  trace_level: 'levels',
  trace_rate: 'rate',
  trace_count: 'count',
  log_frequency: 'frequency',
};

/** One change as a client asks for it; null lets the setting fall back. Undefined for what Triton passes over. Throws Refused. */
export function readTraceChange(
  name: string,
  values: readonly string[] | null,
): Partial<TraceValues> | { readonly cleared: TraceName } | undefined {
  if (name === 'trace_file') throw new Refused('Unsupported', 'trace file location can not be updated through network protocol');
  const known = names[name];
  if (known === undefined) return undefined;
  if (values === null) return { cleared: known };
  return known === 'levels' ? { levels: levelsIn(values) } : { [known]: wholeIn(name, values) };
}

/** Whatever is no level that Triton knows leaves the tracing off. */
function levelsIn(values: readonly string[]): readonly TraceLevel[] {
  if (values.length > 1 && values.includes('OFF')) throw new Refused('Invalid argument', "Expect only one trace level 'OFF' is specified");
  return (['TIMESTAMPS', 'TENSORS'] as const).filter((level) => values.includes(level));
}

function wholeIn(name: string, [value = '']: readonly string[]): number {
  // As C reads a number: what stands behind it is passed over.
  const digits = /^\s*([+-]?\d+)/.exec(value)?.[1];
  if (digits === undefined) throw new Refused('Invalid argument', `Unable to parse '${name}', got: ${value}`);
  const number = Number(digits);
  if (name === 'trace_count' && number < -1 && number >= -longMax)
    throw new Refused('Invalid argument', `Unable to parse 'trace_count'. Expecting value >= -1, got: ${value}`);
  const [low, high] = name === 'trace_count' ? [-1, intMax] : [0, unsignedMax];
  // The highest of one of them is refused, and what is negative wraps around. Seen on 2.51.0.
  const isBeyond = number > high || number < -longMax || (name === 'log_frequency' && number === high);
  if (isBeyond)
    throw new Refused('Invalid argument', `Unable to parse '${name}', value is out of range [ ${low}, ${high} ], got: ${value}`);
  return name === 'trace_count' ? number : number >>> 0;
}

const longMax = 2 ** 63;
const intMax = 2_147_483_647;
const unsignedMax = 4_294_967_295;
