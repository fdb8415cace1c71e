/** Below 0, 0 or above 0, as numbers: 1.9 comes before 1.10. Parts that only one of them has count when the rest is equal. */
export function compareVersions(one: string, other: string): number {
  const [left, right] = [partsOf(one), partsOf(other)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? -1) - (right[index] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a version is another one, or is it written with fewer parts: 10.4.0 is 10.4.0.26. */
export function isSameVersion(one: string, other: string): boolean {
  const [left, right] = [partsOf(one), partsOf(other)];
  const parts = Math.min(left.length, right.length);
  return left.slice(0, parts).join('.') === right.slice(0, parts).join('.');
}

export const majorOf = (version: string): number => partsOf(version)[0] ?? 0;

/** What follows a plus sign, such as a commit, has no order. */
const partsOf = (version: string): number[] => (version.split('+')[0] ?? '').split('.').map(Number);
