import type { Job } from './job.ts';

/** Lets answers out in the order in which their requests came: `preserve_ordering`. One that is ready early waits for those before it. */
export class InOrder {
  /** In the order of their coming; what is to be called is there once the answer is. */
  readonly #places: { ready: (() => void) | undefined }[] = [];

  /** The job as it is to be queued: it ends as before, and not before its turn. */
  placed(job: Job): Job {
    const place: { ready: (() => void) | undefined } = { ready: undefined };
    this.#places.push(place);
    const settle = (ready: () => void): void => {
      place.ready = ready;
      while (this.#places[0]?.ready) this.#places.shift()?.ready?.();
    };
    return {
      ...job,
      succeed: (outputs, spent) => settle(() => job.succeed(outputs, spent)),
      fail: (refused, reason, spent) => settle(() => job.fail(refused, reason, spent)),
    };
  }

  /** A job that was placed and then not taken has no answer that anybody waits for. */
  giveUpLast(): void {
    this.#places.pop();
  }
}
