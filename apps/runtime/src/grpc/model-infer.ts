import { decodeInferRequest } from '#core/kserve/grpc/infer-request.ts';
import { encodeInferResponse } from '#core/kserve/grpc/infer-response.ts';
import { refuse } from '../server/refused.ts';
import { forwardedHeaders } from './forwarded-headers.ts';
import { answerOf, readAsked } from './infer-asked.ts';
import { type Front, type Method, receiveOne } from './method.ts';
import { requestedModel } from '../server/requested-model.ts';
import type { Trace } from '../tracing/trace.ts';
import { sampled, sending } from './traced.ts';
import { ok, statusOf } from './status.ts';

/** One request, one answer. */
export function modelInfer({ server, forwardPattern, compression = 'none', log }: Front): Method {
  return {
    protocol: 'inference',
    run(call) {
      call.compressAnswers(compression);
      receiveOne(call, decodeInferRequest, (grpc) => {
        const finishing = (act: () => void) => {
          try {
            act();
          } catch (thrown) {
            call.finish(statusOf(thrown, log));
          }
        };
        let trace: Trace | undefined;
        try {
          const model = requestedModel(grpc.modelName, grpc.modelVersion);
          if (server.isDecoupled(model)) refuse('Unsupported', "ModelInfer RPC doesn't support models with decoupled transaction policy");
          const forwarded = forwardedHeaders(call.head, forwardPattern);
          trace = sampled(server, model, call.head.startedNs);
          const asked = readAsked(grpc, { model, forwarded, startedNs: call.head.startedNs, server, trace });
          const inference = server.infer(asked.request, (response) => {
            trace?.stamp('INFER_RESPONSE_COMPLETE');
            sending(trace, () =>
              finishing(() => {
                // The first answer is the answer; nobody waits for another.
                if (call.isOver) return;
                call.send(encodeInferResponse(answerOf(response, asked, server)));
                call.finish(ok);
              }),
            );
          });
          call.onCancel(() => inference.cancel());
        } catch (thrown) {
          trace?.leave();
          call.finish(statusOf(thrown, log));
        }
      });
    },
  };
}
