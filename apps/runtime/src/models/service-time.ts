import type { ModelConfigJson } from '#core/pbtxt/model-config.ts';
import { LoadFailure } from './load-failure.ts';

/** How long a batch takes at least, in microseconds: as long as it would on the machine that is rehearsed for. */
export type ServiceTime = { readonly baseUs: number; readonly perRowUs: number };

/** The same of one batch, in nanoseconds. */
export function leastNs({ baseUs, perRowUs }: ServiceTime, rows: number): number {
  return (baseUs + perRowUs * rows) * 1000;
}

/** The parameter of a configuration that asks for it, and its form. Triton's own backends do not know it. */
const name = 'rehearse_service_time_us';

/** Reads `parameters { key: "rehearse_service_time_us" value { string_value: "2000+50" } }`: 2 ms, and 50 µs a row. Throws a LoadFailure. */
export function serviceTimeOf({ parameters = {} }: ModelConfigJson): ServiceTime {
  const text = parameters[name]?.string_value;
  if (text === undefined) return { baseUs: 0, perRowUs: 0 };
  const [, base, perRow = '0'] = /^(\d{1,9})(?:\+(\d{1,9}))?$/.exec(text) ?? [];
  if (base === undefined)
    throw new LoadFailure('Invalid argument', `parameter '${name}' has the form <base>[+<per row>], in microseconds, not '${text}'`);
  return { baseUs: Number(base), perRowUs: Number(perRow) };
}
