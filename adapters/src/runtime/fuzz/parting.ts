import { isDeepStrictEqual } from 'node:util';

/** The smallest parts in which two values differ, so that a person need not search for them. */
export function partings(mine: unknown, real: unknown, path = ''): string[] {
  if (isDeepStrictEqual(mine, real)) return [];
  if (isHolder(mine) && isHolder(real)) {
    const names = [...new Set([...Object.keys(mine), ...Object.keys(real)])];
    return names.flatMap((name) => partings(mine[name], real[name], path === '' ? name : `${path}.${name}`));
  }
  return [`${path || 'all'}:\n    ours   ${short(mine)}\n    theirs ${short(real)}`];
}

const isHolder = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const short = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 600));
