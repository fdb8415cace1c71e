import { Fault } from '#core/base/fault.ts';
import type { Answer, TrialSender } from '#core/ports/agent.ts';
import { type GatewayAnnounced, ownWords } from '#core/traffic/wire.ts';
import { announcedGateways, isRunning } from '../traffic/announced.ts';
import { httpTriton } from '../triton/client.ts';

/** Sends trials through the admin port of a gateway of this home; of another one when nobody listens there. */
export function trialSender({ home }: { home: string }): TrialSender {
  const triton = httpTriton();
  let known: { readonly gateways: readonly GatewayAnnounced[]; readonly at: number } = { gateways: [], at: Number.NEGATIVE_INFINITY };

  const gateways = async (): Promise<readonly GatewayAnnounced[]> => {
    if (known.gateways.length === 0 || performance.now() - known.at > freshMs) {
      known = { gateways: (await announcedGateways(home)).filter(({ pid }) => isRunning(pid)), at: performance.now() };
    }
    return known.gateways;
  };

  return {
    async infer(model, pool, request, patienceMs) {
      let refused: unknown;
      for (const { admin } of await gateways()) {
        try {
          return ofServer(await triton.infer(`${admin}/v1/trials/${encodeURIComponent(pool)}`, model, request, patienceMs));
        } catch (thrown) {
          if (!(thrown instanceof Fault && thrown.code === 'triton/refused')) throw thrown;
          refused = thrown;
          known = { gateways: [], at: Number.NEGATIVE_INFINITY };
        }
      }
      throw new Fault('triton/no-gateway', `no gateway of ${home} takes trials`, { isRetryable: true, cause: refused });
    },
  };
}

/** How long a list of gateways is used. */
const freshMs = 1000;

/** What the gateway says for itself means that there was no answer. */
function ofServer(answer: Answer): Answer {
  if (!('error' in answer) || !answer.error.startsWith(ownWords)) return answer;
  const code = ({ 503: 'triton/no-server', 504: 'triton/timeout' } as const)[answer.status] ?? 'triton/broken';
  throw new Fault(code, answer.error, { isRetryable: answer.status >= 500 });
}
