/** A comment in config.pbtxt that silences a warning, with its reason: `# conch: allow advice/no-warmup: the first request may be slow`. */
export type Allowance = { readonly code: string; readonly reason: string; readonly line: number };

/** The allowances of a configuration's text. Only lines that are nothing but a comment count. */
export function allowancesIn(text: string): Allowance[] {
  if (!text.includes('conch:')) return [];
  return text.split('\n').flatMap((line, index) => {
    const match = /^\s*#\s*conch:\s*allow\s+([\w-]+\/[\w-]+)\s*[:,]?\s*(.*?)\s*$/.exec(line);
    return match ? [{ code: match[1] ?? '', reason: match[2] ?? '', line: index + 1 }] : [];
  });
}
