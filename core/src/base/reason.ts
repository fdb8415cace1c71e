/** Why something was decided or is not known: a stable code to search for, and the words that people read. */
export type Reason = { readonly code: `${string}/${string}`; readonly says: string };

export function reason(code: Reason['code'], says: string): Reason {
  return { code, says };
}
