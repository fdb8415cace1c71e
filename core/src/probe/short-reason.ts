/** A reason in one line: of Python's stack it keeps the innermost place, which is the first. */
export function shortReason(reason: string): string {
  const [words = '', stack = ''] = reason.split(/\n+At:\n/);
  const place = stack.trim().split('\n')[0]?.trim();
  return `${words.trim().replace(/\s+/g, ' ')}${place ? ` (at ${place})` : ''}`;
}
