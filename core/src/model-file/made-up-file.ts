import { answered, type Ask, type Asking } from '../base/asking.ts';

/** Answers from bytes that a test made, and counts what was asked for. */
export function readMadeUp<T>(
  reading: Asking<T>,
  bytes: Uint8Array,
): { readonly read: T; readonly asks: number; readonly askedBytes: number } {
  let asks = 0;
  let askedBytes = 0;
  const read = answered(reading, (ask: Ask) => {
    if ('list' in ask) return { unseen: 'absent' };
    asks += 1;
    const answer = bytes.subarray(ask.from, ask.from + ask.size);
    askedBytes += answer.length;
    return answer;
  });
  return { read, asks, askedBytes };
}
