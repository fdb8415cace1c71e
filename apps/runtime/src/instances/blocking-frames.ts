import { readSync } from 'node:fs';
import { type Frame, frameIn, frameLength } from './frames.ts';

/**
 * Whole frames from a descriptor, until its other end closes. Waits in the call, for a process that has nothing else to do meanwhile: so it is
 * woken sooner than by its event loop. A frame is valid until the next one is asked for.
 */
export function* framesFrom(fd: number): Generator<Frame, void> {
  let buffer = Buffer.allocUnsafe(roomBytes);
  for (let held = 0; ; ) {
    const needed = frameLength(buffer.subarray(0, held));
    if (held >= needed) {
      yield frameIn(buffer.subarray(0, needed));
      buffer.copyWithin(0, needed, held);
      held -= needed;
      // The memory of a large one is not kept.
      if (held === 0 && buffer.length > roomBytes) buffer = Buffer.allocUnsafe(roomBytes);
    } else {
      if (needed > buffer.length) buffer = Buffer.concat([buffer.subarray(0, held)], needed);
      const count = readSync(fd, buffer, held, buffer.length - held, null);
      if (count === 0) return;
      held += count;
    }
  }
}

const roomBytes = 64 * 1024;
