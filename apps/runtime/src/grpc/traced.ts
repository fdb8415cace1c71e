import type { InferenceServer, ModelRef } from '../server/inference-server.ts';
import type { Trace } from '../tracing/trace.ts';

/** A trace for a request that was waited for from then on, where it is its turn. */
export function sampled(server: InferenceServer, { name }: ModelRef, waitedFromNs: bigint): Trace | undefined {
  const trace = server.traces.sample(name);
  trace?.stamp('GRPC_WAITREAD_START', waitedFromNs);
  trace?.stamp('GRPC_WAITREAD_END');
  return trace;
}

/** Sends the last answer, with its events in the trace, which ends with it. */
export function sending(trace: Trace | undefined, send: () => void): void {
  trace?.stamp('GRPC_SEND_START');
  send();
  trace?.stamp('GRPC_SEND_END');
  trace?.leave();
}
