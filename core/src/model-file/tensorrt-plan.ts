import { type Asking, bytesOf, isUnseen } from '../base/asking.ts';
import { beginsWith } from './git-lfs.ts';
import { malformed, type Problem, truncated, unseen } from './problem.ts';

/**
 * What the head of a TensorRT plan says. Its layout is public only as far as trtexec's --getPlanVersionOnly reads it (TensorRT 9.0 to
 * 11.1): the tag "ftrt", the layout's own version, which must be 0, and four bytes of TensorRT's. Which GPU it was built for, and whether
 * it is version-compatible, stands at no place that is known.
 */
export type PlanFacts = {
  readonly layout: number;
  /** `undefined` where the layout is another, or the bytes are no version; plans of TensorRT 8 are among these. */
  readonly tensorRt: PlanVersion | undefined;
};

export type PlanVersion = { readonly major: number; readonly minor: number; readonly patch: number; readonly build: number };

const tag = 'ftrt';
const oldTag = 'ptrt';
const headBytes = 28;
/** Ultralytics writes its own notes before the plan: their length, then JSON. */
const notesBytesMax = 1024 * 1024;

export function* readPlan(file: string, size: number): Asking<PlanFacts | Problem> {
  const head = yield* bytesOf(file, 0, Math.min(size, headBytes));
  if (isUnseen(head)) return unseen(`its bytes could not be read: ${head.unseen}`);
  // Plans of before TensorRT 8.6 or so begin otherwise, and what follows is not known.
  if (beginsWith(head, oldTag)) return { layout: -1, tensorRt: undefined };
  if (!beginsWith(head, tag)) return yield* noPlan(file, size, head);
  if (head.length < headBytes)
    return truncated(`it is cut off: a TensorRT plan has a head of ${headBytes} bytes, and the file only ${head.length}`);
  const layout = whole32(head, 4);
  const [major = 0, minor = 0, patch = 0, build = 0] = head.subarray(24, 28);
  return { layout, tensorRt: layout === 0 && major >= 9 && major <= 20 ? { major, minor, patch, build } : undefined };
}

function* noPlan(file: string, size: number, head: Uint8Array): Asking<Problem> {
  const notes = head.length >= 5 ? whole32(head, 0) : 0;
  if (notes > 0 && notes <= notesBytesMax && notes + 8 <= size && head[4] === 0x7b) {
    const behind = yield* bytesOf(file, 4 + notes, 4);
    if (!isUnseen(behind) && beginsWith(behind, tag)) {
      return malformed(`it has ${notes} bytes of notes before the plan, as Ultralytics writes them; cut off the first ${notes + 4} bytes`);
    }
  }
  return malformed(`it is not a TensorRT plan: it does not begin with "${tag}"`);
}

function whole32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true);
}
