import { decodeInferRequest, type GrpcInferRequest } from '#core/kserve/grpc/infer-request.ts';
import { encodeStreamInferResponse } from '#core/kserve/grpc/infer-response.ts';
import type { Inference, InferResponse } from '../server/inference-server.ts';
import { Refused } from '../server/refused.ts';
import { answersInOrder, type Turn } from './answers-in-order.ts';
import type { Call } from './call.ts';
import { forwardedHeaders } from './forwarded-headers.ts';
import { type Asked, answerOf, readAsked } from './infer-asked.ts';
import { type Front, type Method, readable } from './method.ts';
import { requestedModel } from '../server/requested-model.ts';
import type { Trace } from '../tracing/trace.ts';
import { sampled, sending } from './traced.ts';
import { ok, statusOf } from './status.ts';

/** Requests under way on one stream; no more are read from it until one is done. */
const underWayMax = 1024;

/**
 * Many requests on one stream. Answers come in the order of their requests, also when a later one was computed sooner; only those of decoupled
 * models come when they are there. A request that fails is answered with an error, and the stream goes on.
 */
export function modelStreamInfer(front: Front): Method {
  return {
    protocol: 'inference',
    isStream: true,
    run(call) {
      call.compressAnswers(front.compression ?? 'none');
      const stream = new InferStream(front, call);
      call.onCancel(() => stream.cancel());
      call.receive({ message: (bytes) => stream.take(bytes), end: () => stream.end() });
    },
  };
}

/** Its inference is there once the server has taken it. */
type UnderWay = { inference: Inference | undefined };

class InferStream {
  readonly #front: Front;
  readonly #call: Call;
  readonly #forwarded: ReadonlyMap<string, string>;
  readonly #takeTurn: () => Turn;
  readonly #underWay = new Set<UnderWay>();
  #isEnded = false;

  constructor(front: Front, call: Call) {
    this.#front = front;
    this.#call = call;
    this.#forwarded = forwardedHeaders(call.head, front.forwardPattern);
    this.#takeTurn = answersInOrder((message) => call.send(message));
  }

  take(bytes: Uint8Array): void {
    if (this.#isEnded) return;
    const grpc = readable(decodeInferRequest, bytes);
    // Triton takes a message that it cannot read for the end of the stream: what was asked before is answered.
    if (grpc === undefined) this.end();
    else this.#infer(grpc.value);
  }

  end(): void {
    this.#isEnded = true;
    this.#finishWhenDone();
  }

  cancel(): void {
    for (const { inference } of this.#underWay) inference?.cancel();
  }

  #infer(grpc: GrpcInferRequest): void {
    const { server } = this.#front;
    const startedNs = process.hrtime.bigint();
    const request: UnderWay = { inference: undefined };
    let turn: Turn | undefined;
    let trace: Trace | undefined;
    try {
      const model = requestedModel(grpc.modelName, grpc.modelVersion);
      const isDecoupled = server.isDecoupled(model);
      trace = sampled(server, model, startedNs);
      const asked = readAsked(grpc, { model, forwarded: this.#forwarded, startedNs, server, trace });
      if (!isDecoupled) turn = this.#takeTurn();
      this.#begin(request);
      request.inference = server.infer(asked.request, (response) => {
        trace?.stamp('INFER_RESPONSE_COMPLETE');
        const send = (): void => this.#answer(response, asked, turn);
        if (!response.isFinal) return send();
        sending(trace, send);
        this.#settle(request, turn);
      });
    } catch (thrown) {
      trace?.leave();
      turn ??= this.#takeTurn();
      turn.send(encodeStreamInferResponse(this.#wordsOf(thrown), { id: grpc.id }));
      this.#settle(request, turn);
    }
  }

  #begin(request: UnderWay): void {
    this.#underWay.add(request);
    if (this.#underWay.size === underWayMax) this.#call.hold();
  }

  #settle(request: UnderWay, turn: Turn | undefined): void {
    turn?.done();
    if (!this.#underWay.delete(request)) return;
    if (this.#underWay.size === underWayMax - 1) this.#call.release();
    this.#finishWhenDone();
  }

  #answer(response: InferResponse, asked: Asked, turn: Turn | undefined): void {
    if (this.#call.isOver) return;
    const isEmptyFinal = 'outputs' in response && response.isFinal && response.outputs.length === 0;
    if (isEmptyFinal && !asked.wantsEmptyFinal) return;
    const send = (message: Uint8Array) => (turn === undefined ? this.#call.send(message) : turn.send(message));
    const isLast = ['triton_final_response', response.isFinal] as const;
    // Neither an empty answer nor an error names the version.
    const bare = { modelName: asked.request.model.name, id: asked.request.id, parameters: [isLast] };
    try {
      const answer = isEmptyFinal ? bare : answerOf(response, asked, this.#front.server);
      send(encodeStreamInferResponse('', { ...answer, parameters: [...(answer.parameters ?? []), ...(isEmptyFinal ? [] : [isLast])] }));
    } catch (thrown) {
      // With this metadata the first error of a model ends the stream. Errors that are found before the model do not.
      if (this.#call.header('triton_grpc_error') === 'true') {
        this.#call.finish(statusOf(thrown, this.#front.log));
        this.cancel();
      } else send(encodeStreamInferResponse(this.#wordsOf(thrown), bare));
    }
  }

  #finishWhenDone(): void {
    if (this.#isEnded && this.#underWay.size === 0) this.#call.finish(ok);
  }

  #wordsOf(thrown: unknown): string {
    return thrown instanceof Refused ? thrown.message : statusOf(thrown, this.#front.log).says;
  }
}
