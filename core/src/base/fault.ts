/** The world failed (a timeout, a full disk, a refused connection). Thrown at the edge, caught once by the loop. */
export class Fault extends Error {
  readonly code: `${string}/${string}`;
  readonly isRetryable: boolean;

  constructor(code: `${string}/${string}`, says: string, options: { isRetryable: boolean; cause?: unknown }) {
    super(says, { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.isRetryable = options.isRetryable;
  }
}

/** We were wrong. The loop parks the model it happened in and pages; other models and all traffic go on. */
export class Bug extends Error {
  override readonly name = 'Bug';
}

export function assert(holds: unknown, says: string): asserts holds {
  if (!holds) throw new Bug(says);
}

/** The words of anything thrown, for logs and reasons. */
export function wordsOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause instanceof Error && !thrown.message.includes(thrown.cause.message)
    ? `${thrown.message}: ${thrown.cause.message}`
    : thrown.message;
}
