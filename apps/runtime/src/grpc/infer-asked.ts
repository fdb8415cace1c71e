import type { GrpcInferRequest } from '#core/kserve/grpc/infer-request.ts';
import type { GrpcInferResponse } from '#core/kserve/grpc/infer-response.ts';
import { cText } from '../server/c-text.ts';
import type { InferenceServer, InferRequest, InferResponse, ModelRef } from '../server/inference-server.ts';
import type { Trace } from '../tracing/trace.ts';
import { readInputs } from './infer-inputs.ts';
import { deliverOutputs, type OutputPlans, readOutputPlans } from './infer-outputs.ts';
import { readParameters } from './infer-parameters.ts';

/** A request as the server takes it, and what was asked of its answers. */
export type Asked = { readonly request: InferRequest; readonly plans: OutputPlans; readonly wantsEmptyFinal: boolean };

type From = {
  readonly model: ModelRef;
  readonly forwarded: ReadonlyMap<string, string>;
  readonly startedNs: bigint;
  readonly server: InferenceServer;
  readonly trace: Trace | undefined;
};

/** Throws Refused, in the order of Triton's checks: parameters, data, outputs. */
export function readAsked(given: GrpcInferRequest, { model, forwarded, startedNs, server, trace }: From): Asked {
  const grpc = { ...given, id: cText(given.id) };
  const { wantsEmptyFinal, ...parameters } = readParameters(grpc.parameters, forwarded);
  const inputs = readInputs(grpc, server);
  const plans = readOutputPlans(grpc.outputs, server);
  const outputs = [...new Set(grpc.outputs.map(({ name }) => name))];
  return { request: { model, id: grpc.id, ...parameters, inputs, outputs, startedNs, trace: trace?.request }, plans, wantsEmptyFinal };
}

/** The answer as it goes on the wire. Throws Refused for one that is an error, and for one that cannot be given as it was asked. */
export function answerOf(response: InferResponse, { plans }: Asked, server: InferenceServer): GrpcInferResponse {
  if ('refused' in response) throw response.refused;
  const outputs = deliverOutputs(response, { plans, server });
  return { modelName: response.model, modelVersion: response.version, id: response.id, parameters: response.parameters, outputs };
}
