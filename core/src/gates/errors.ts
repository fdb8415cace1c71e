import { shareGate } from './share.ts';

/** 5xx, broken answers and failed connections, as the gateway saw them: most of them are in no metric of Triton's. */
export const errors = shareGate({
  name: 'errors',
  bad: ({ errors: bad }) => bad,
  rule: ({ errors: rule }) => rule,
  words: () => 'answered with an error',
});
