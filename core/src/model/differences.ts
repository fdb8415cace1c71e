import type { ModelConfigJson } from '../pbtxt/model-config.ts';
import { isObject } from '../pbtxt/plain-config.ts';

/** One place where two configurations are not the same. A side that has nothing there is 'absent'. */
export type Difference = { readonly path: string; readonly expected: unknown; readonly got: unknown };

/** A difference that a right server may show, and why. Everything else un-proves it. */
export type AllowedDifference = { readonly path: string; readonly reason: string; readonly allows: (difference: Difference) => boolean };

export const allowedDifferences: readonly AllowedDifference[] = [
  {
    path: 'runtime',
    reason: 'Triton writes down which library of the backend it chose: libtriton_<backend>.so, or model.py for a backend written in Python',
    allows: ({ expected, got }) => expected === 'absent' && (got === 'model.py' || /^libtriton_\w+\.so$/.test(String(got))),
  },
];

/** What differs between two normal forms, apart from the allowed differences. Empty: the server runs what was packed. */
export function differences(expected: ModelConfigJson, got: ModelConfigJson, allowed = allowedDifferences): Difference[] {
  return differencesAt('', expected, got).filter((one) => !allowed.some(({ path, allows }) => path === one.path && allows(one)));
}

function differencesAt(path: string, expected: unknown, got: unknown): Difference[] {
  if (Object.is(expected, got)) return [];
  if (Array.isArray(expected) && Array.isArray(got) && expected.length === got.length) {
    return expected.flatMap((item: unknown, index) => differencesAt(`${path}[${index}]`, item, got[index]));
  }
  if (isObject(expected) && isObject(got)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(got)])];
    return keys.flatMap((key) => differencesAt(path ? `${path}.${key}` : key, expected[key], got[key]));
  }
  return [{ path, expected: expected ?? 'absent', got: got ?? 'absent' }];
}
