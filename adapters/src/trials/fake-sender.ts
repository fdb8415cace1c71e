import { Fault } from '#core/base/fault.ts';
import type { Endpoint, TrialSender, Triton } from '#core/ports/agent.ts';
import type { PoolId } from '#core/signals/sample.ts';

/** Sends trials to the published servers of a pool in turn, as a gateway would, and counts them as a gateway does. */
export function fakeSender(
  endpoints: { readonly list: readonly Endpoint[] },
  triton: Triton,
): TrialSender & { readonly sent: Map<PoolId, number> } {
  const sent = new Map<PoolId, number>();
  return {
    sent,
    async infer(model, pool, request, patienceMs) {
      const servers = endpoints.list.filter((endpoint) => endpoint.pool === pool && endpoint.model === model);
      const count = sent.get(pool) ?? 0;
      const server = servers[count % servers.length];
      if (!server) throw new Fault('triton/no-server', `no proven server in pool '${pool}' of model '${model}'`, { isRetryable: true });
      sent.set(pool, count + 1);
      return triton.infer(server.http, model, request, patienceMs);
    },
  };
}
