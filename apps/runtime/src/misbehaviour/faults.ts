import { Refused } from '../server/refused.ts';

/** What goes wrong on purpose: for tests, drills and benchmarks. Fractions are of the inference requests, from 0 to 1. */
export type Faults = {
  readonly errors?: { readonly fraction: number };
  readonly delay?: { readonly fraction: number; readonly ms: number };
  /** Seeds the dice, so that a run can be repeated. */
  readonly seed?: number;
};

/** Reads the body of `PUT /faults`. Throws Refused, and says what it takes. */
export function readFaults(text: string): Faults {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw new Refused('Invalid argument', `not JSON; ${takes}`);
  }
  const { errors, delay, seed, ...rest } = asObject(given, 'the body');
  if (Object.keys(rest).length > 0) throw new Refused('Invalid argument', `unknown: ${Object.keys(rest).join(', ')}; ${takes}`);
  return {
    ...(errors === undefined ? {} : { errors: { fraction: asFraction(asObject(errors, 'errors').fraction, 'errors.fraction') } }),
    ...(delay === undefined ? {} : { delay: readDelay(asObject(delay, 'delay')) }),
    ...(seed === undefined ? {} : { seed: asNumber(seed, 'seed', Number.MAX_SAFE_INTEGER) }),
  };
}

const takes = 'it takes {"errors":{"fraction":0.3},"delay":{"fraction":1,"ms":200},"seed":7}, each of them optional';

const readDelay = ({ fraction, ms }: Readonly<Record<string, unknown>>) => ({
  fraction: asFraction(fraction, 'delay.fraction'),
  ms: asNumber(ms, 'delay.ms', 600_000),
});

function asObject(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Refused('Invalid argument', `${name} is not an object; ${takes}`);
  return value as Readonly<Record<string, unknown>>;
}

const asFraction = (value: unknown, name: string): number => asNumber(value, name, 1);

function asNumber(value: unknown, name: string, most: number): number {
  if (typeof value === 'number' && value >= 0 && value <= most) return value;
  throw new Refused('Invalid argument', `${name} is not a number from 0 to ${most}; ${takes}`);
}

/** Numbers from 0 to 1 that look like chance; with a seed, always the same ones (mulberry32). */
export function seededDice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
