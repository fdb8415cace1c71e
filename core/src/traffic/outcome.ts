/** How a request ended: `error` is what the server or the way to it spoiled, `mistake` is the caller's own. */
export type Outcome = 'ok' | 'error' | 'mistake';

/**
 * Judges an answer that arrived whole, by its status and the beginning of its body: Triton answers some of a caller's own mistakes
 * with 500 (seen on a running 2.51.0). Broken answers, failed connections and timeouts never get here: they are errors.
 */
export function outcomeOf(status: number, bodyStart: string): Outcome {
  if (status < 400) return 'ok';
  if (status < 500) return 'mistake';
  return status === 500 && callersOwn.some((words) => bodyStart.includes(words)) ? 'mistake' : 'error';
}

/** All of them are said by Triton's HTTP front end while it reads a request, before any model has seen it. */
const callersOwn = [
  'failed to parse the request JSON buffer',
  'failed to get request params',
  "Unable to parse '",
  'Unable to parse JSON bytes array',
  "Shape does not match true shape of 'data' field",
];
