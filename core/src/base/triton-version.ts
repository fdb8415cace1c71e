/**
 * The server version of a Triton container, such as 2.51 of 24.10: one minor version a month since 2.30 of 23.01, but for 25.07, which was a
 * patch. The tests hold it against the table of versions. What is no container's version counts as the newest that can be.
 */
export function tritonMinor(container: string): { major: number; minor: number } {
  const match = /^(\d\d)\.(\d\d)$/.exec(container);
  if (!match) return { major: 2, minor: Number.MAX_SAFE_INTEGER };
  const months = (Number(match[1]) - 23) * 12 + Number(match[2]) - 1;
  return { major: 2, minor: 30 + months - (months >= patched ? 1 : 0) };
}

/** 25.07, in months since 23.01. */
const patched = 30;
