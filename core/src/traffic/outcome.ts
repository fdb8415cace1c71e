/** How a request ended: `error` is what the server or the way to it spoiled, `mistake` is the caller's own. */
export type Outcome = 'ok' | 'error' | 'mistake';

/**
 * Judges an answer that arrived whole, by its status and the beginning of its body: Triton answers some of a caller's own mistakes
 * with 500 (protocol reference 2.5). Broken answers, failed connections and timeouts never get here: they are errors.
 */
export function outcomeOf(status: number, bodyStart: string): Outcome {
  if (status < 400) return 'ok';
  if (status < 500) return 'mistake';
  return status === 500 && callersOwn.some((words) => bodyStart.includes(words)) ? 'mistake' : 'error';
}

const callersOwn = ["Unable to parse 'data'", "Shape does not match true shape of 'data' field"];
