const units: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** A size as people write it: 512MiB, 2GB, or a number of bytes. Undefined when it is not one. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text.trim());
  const unit = match ? units[match[2] ?? ''] : undefined;
  return match && unit !== undefined ? Math.round(Number(match[1]) * unit) : undefined;
}

/** A share as people write it: 0.5%, or 0.005. Undefined when it is not one, or not within 0 and 1. */
export function parseShare(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text.trim());
  if (!match) return undefined;
  // 0.5 / 100 and 0.7 / 100 have digits that nobody wrote.
  const share = match[2] ? Number((Number(match[1]) / 100).toPrecision(12)) : Number(match[1]);
  return share <= 1 ? share : undefined;
}
