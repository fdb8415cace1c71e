/**
 * A check opens nothing itself: it asks for listings and for bytes, and whoever runs it answers, from a disk, a registry, a browser or a
 * made-up tree. So it is pure, asks only for what it needs (never for weights), and reads the same everywhere.
 */
export type Ask = { readonly list: string } | { readonly read: string; readonly from: number; readonly size: number };

export type Answer = readonly Entry[] | Uint8Array | Unseen;

/** What could not be listed or read, and why: `absent`, or the words of whoever tried. Never taken for an empty folder or file. */
export type Unseen = { readonly unseen: string };

/** What stands in a folder. Links are followed; a link that leads nowhere is `broken`. */
export type Entry = {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'broken' | 'other';
  /** Bytes of a file; 0 for anything else. */
  readonly size: number;
  /** Permission bits, where they are known. */
  readonly mode?: number;
  /** Where a symbolic link points, as it is written. */
  readonly link?: string;
  /** The link leads out of the folder that is checked. */
  readonly leadsOut?: boolean;
};

/** A computation that asks as it goes. */
export type Asking<T> = Generator<Ask, T, Answer>;

/** What a folder holds, in the order of its names' bytes. */
export function* listed(folder: string): Asking<readonly Entry[] | Unseen> {
  const answer = yield { list: folder };
  return answer instanceof Uint8Array ? { unseen: 'bytes came where a listing was asked for' } : answer;
}

/** `size` bytes from `from` on, fewer where the file ends. */
export function* bytesOf(file: string, from: number, size: number): Asking<Uint8Array | Unseen> {
  const answer = yield { read: file, from, size };
  return answer instanceof Uint8Array || 'unseen' in answer ? answer : { unseen: 'a listing came where bytes were asked for' };
}

export function isUnseen(value: object): value is Unseen {
  return 'unseen' in value;
}

/** Answers all that is asked, without waiting. */
export function answered<T>(asking: Asking<T>, answer: (ask: Ask) => Answer): T {
  let step = asking.next();
  while (!step.done) step = asking.next(answer(step.value));
  return step.value;
}
