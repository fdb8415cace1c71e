import type { ModelRef } from './inference-server.ts';
import { cText } from './c-text.ts';
import { refuse } from './refused.ts';

/** The model that a request names. Triton reads its version as C's strtol does: spaces before it and anything behind it are passed over. */
export function requestedModel(named: string, version: string): ModelRef {
  const name = cText(named);
  if (version === '') return { name, version };
  const digits = /^\s*([+-]?\d+)/.exec(version)?.[1];
  const number = digits === undefined ? undefined : BigInt(digits.replace('+', ''));
  if (number === undefined || BigInt.asIntN(64, number) !== number) {
    const says = `failed to get model version from specified version string '${version}' (details: stol)`;
    refuse('Invalid argument', `${says}, version should be an integral value > 0`);
  }
  if (number < 0n) refuse('Invalid argument', `invalid model version specified '${version}' , version should be an integral value > 0`);
  return { name, version: String(number) };
}
