/**
 * Why a file gave no facts. `malformed` and `truncated` are certain: no program reads such a file. `unseen` means that its bytes did not
 * come, and `limit` that we stopped before we knew; both leave the verdict open.
 */
export type Problem = { readonly problem: string; readonly why: 'malformed' | 'truncated' | 'unseen' | 'limit' };

export function isProblem(value: object): value is Problem {
  return 'problem' in value;
}

export const malformed = (problem: string): Problem => ({ problem, why: 'malformed' });
export const truncated = (problem: string): Problem => ({ problem, why: 'truncated' });
export const unseen = (problem: string): Problem => ({ problem, why: 'unseen' });
export const tooMuch = (problem: string): Problem => ({ problem, why: 'limit' });
