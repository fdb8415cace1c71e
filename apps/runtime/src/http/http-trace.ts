import type { Trace } from '../tracing/trace.ts';
import type { Answer } from './answer.ts';
import type { HttpRequest } from './connection.ts';

/** The way of one inference over HTTP, in its trace where it has one. */
export class HttpTrace {
  readonly #startedNs: bigint;
  trace: Trace | undefined;

  constructor({ startedNs }: Pick<HttpRequest, 'startedNs'>) {
    this.#startedNs = startedNs;
  }

  begin(trace: Trace | undefined): void {
    this.trace = trace;
    trace?.stamp('HTTP_RECV_START', this.#startedNs);
    trace?.stamp('HTTP_RECV_END');
  }

  /** The same answer; when it has been sent the trace is over. */
  end(answer: Answer): Answer {
    const { trace } = this;
    if (!trace) return answer;
    const sent = (startedNs: bigint): void => {
      trace.stamp('HTTP_SEND_START', startedNs);
      trace.stamp('HTTP_SEND_END');
      trace.leave();
    };
    return { ...answer, sent };
  }
}
