import { shareGate } from './share.ts';

/** p99 is within its limit exactly when at most 1 % of requests are later than it: a share, which can be counted and compared. */
export const p99 = shareGate({
  name: 'p99',
  bad: ({ late }) => late,
  rule: ({ p99: rule }) => rule,
  words: ({ p99: { limitMs } }) => `later than ${limitMs} ms`,
});
