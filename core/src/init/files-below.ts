import { type Asking, isUnseen, listed } from '../base/asking.ts';
import { isRefused, type Refused } from './told.ts';

/** A file to be copied: from a whole path, to one below a folder that is not said yet. */
export type Copy = { readonly from: string; readonly to: string };

/** More than a model has: whoever names a home folder by mistake does not wait for all of it. */
const filesMax = 5000;
const depthMax = 16;

/** Every file below a folder. Links are followed; what is no file is not copied in silence. */
export function* filesBelow(folder: string, to: string): Asking<Copy[] | Refused> {
  const copies: Copy[] = [];
  const refused = yield* walk({ from: folder, to }, copies, 0);
  return refused ?? copies;
}

function* walk({ from, to }: Copy, copies: Copy[], depth: number): Asking<Refused | undefined> {
  const entries = yield* listed(from);
  if (isUnseen(entries)) return { says: `${from} cannot be listed: ${entries.unseen}`, fix: 'make it readable' };
  if (depth > depthMax) return { says: `${from} lies ${depth} folders deep: its links may lead in a circle`, fix: 'take the link out' };
  for (const { name, kind } of entries) {
    const next: Copy = { from: `${from}/${name}`, to: to === '' ? name : `${to}/${name}` };
    if (kind === 'folder') {
      const refused = yield* walk(next, copies, depth + 1);
      if (refused !== undefined && isRefused(refused)) return refused;
    } else if (kind === 'file') {
      copies.push(next);
    } else {
      return {
        says: `${next.from} is ${kind === 'broken' ? 'a link that leads nowhere' : 'neither a file nor a folder'}`,
        fix: 'take it out',
      };
    }
    if (copies.length > filesMax) return { says: `it holds more than ${filesMax} files`, fix: 'name the folder of the model alone' };
  }
  return undefined;
}
