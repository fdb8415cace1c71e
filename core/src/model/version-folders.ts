import type { Int64Json, VersionPolicyJson } from '../pbtxt/model-config.ts';
import { asBigInt } from './int64.ts';

/** Folders beside the versions that belong to Triton. */
const ofTriton: readonly string[] = ['warmup', 'initial_state', 'configs'];

/** The number that Triton reads from a folder's name: its leading integer. Names with a leading zero, and those without a number, are passed over. */
export function versionOf(folder: string): bigint | 'leading-zero' | 'no-number' | 'of-triton' {
  if (ofTriton.includes(folder)) return 'of-triton';
  if (folder.length > 1 && folder.startsWith('0')) return 'leading-zero';
  const digits = /^\s*([+-]?\d+)/.exec(folder)?.[1];
  return digits === undefined ? 'no-number' : BigInt(digits.replace('+', ''));
}

/** The versions that Triton loads of those that are there, smallest first. A version that is asked for twice counts as there. */
export function pickVersions(there: readonly bigint[], policy: VersionPolicyJson): bigint[] {
  const found = new Set(there);
  const sorted = [...found].sort((one, other) => (one < other ? -1 : 1));
  if (policy.specific) return pickSpecific(found, policy.specific.versions ?? []);
  if (policy.latest) return policy.latest.num_versions ? sorted.slice(-policy.latest.num_versions) : [];
  return sorted;
}

function pickSpecific(there: Set<bigint>, asked: readonly Int64Json[]): bigint[] {
  const picked = new Set<bigint>();
  for (const one of asked.map(asBigInt)) {
    if (there.has(one)) picked.add(one);
    there.add(one);
  }
  return [...picked].sort((one, other) => (one < other ? -1 : 1));
}
