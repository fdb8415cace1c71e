import type { Wanted } from './changed-since.ts';
import { fixConfig } from './fix-config.ts';
import { namesFor } from './path-names.ts';
import { modelFolders, type Place } from './places.ts';
import type { Mended, Unlooked } from './reporter.ts';

/** Mends configurations before anything is judged, since an ensemble is judged by those of its models too. */
export function fixAll(
  places: readonly Place[],
  { configName, isWanted }: { configName: string; isWanted: Wanted },
): { mended: Mended[]; unmended: Unlooked[] } {
  const [mended, unmended]: [Mended[], Unlooked[]] = [[], []];
  for (const place of places) {
    const { shown } = namesFor(place.typed);
    for (const path of modelFolders(place)) {
      if (!isWanted({ path, runs: [] })) continue;
      const files = [`${path}/config.pbtxt`, ...(configName === '' ? [] : [`${path}/configs/${configName}.pbtxt`])];
      for (const fixed of files.map((file) => fixConfig(file, place.folder))) {
        if (fixed === 'nothing') continue;
        if ('changes' in fixed) mended.push({ ...fixed, file: shown(fixed.file) });
        else unmended.push({ ...fixed, path: shown(fixed.path) });
      }
    }
  }
  return { mended, unmended };
}
