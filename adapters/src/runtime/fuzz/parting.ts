import { isDeepStrictEqual } from 'node:util';

/** One smallest part in which two values differ, so that a person need not search for it. */
export type Parting = { readonly path: string; readonly mine: unknown; readonly real: unknown };

export function partings(mine: unknown, real: unknown, path = ''): Parting[] {
  if (isDeepStrictEqual(mine, real)) return [];
  if (isHolder(mine) && isHolder(real)) {
    const names = [...new Set([...Object.keys(mine), ...Object.keys(real)])];
    return names.flatMap((name) => partings(mine[name], real[name], path === '' ? name : `${path}.${name}`));
  }
  return [{ path, mine, real }];
}

const isHolder = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

export const shownParting = ({ path, mine, real }: Parting): string =>
  `${path || 'all'}:\n    ours   ${short(mine)}\n    theirs ${short(real)}`;

const short = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 600));
