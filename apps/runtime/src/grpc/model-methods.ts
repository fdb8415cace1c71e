import { decodeMessage } from '#core/kserve/grpc/decode-message.ts';
import { encodeMessage } from '#core/kserve/grpc/encode-message.ts';
import { message } from '#core/kserve/grpc/message-schema.ts';
import { modelMetadataResponse, modelRequest, modelStatisticsResponse, readyResponse } from '#core/kserve/grpc/service-messages.ts';
import { configSchema } from '#core/pbtxt/schema.ts';
import type { ModelRef } from '../server/inference-server.ts';
import { refuse } from '../server/refused.ts';
import type { Duration, ModelStatistics, ResponseDuration } from '../server/model-statistics.ts';
import { type Front, type Method, unary } from './method.ts';
import { requestedModel } from '../server/requested-model.ts';
import type { Protocol } from './restriction.ts';

/** With the schema of config.pbtxt, which is that of ModelConfig. */
export const modelConfigResponse = message({ config: [1, configSchema] });

/** What is asked about one model. */
export function modelMethods({ server, log }: Front): Record<string, Method> {
  const method = (protocol: Protocol, answer: (model: ModelRef) => Uint8Array | Promise<Uint8Array>) =>
    unary(protocol, log, {
      decode: (bytes) => decodeMessage(modelRequest, bytes),
      answer: ({ name, version }) => answer(requestedModel(name, version)),
    });
  return {
    ModelReady: method('health', async (model) => {
      if (server.isStopping()) refuse('Unavailable', 'Server not ready');
      return encodeMessage(readyResponse, { ready: await server.isModelReady(model) });
    }),
    ModelMetadata: method('metadata', (model) => encodeMessage(modelMetadataResponse, server.modelMetadata(model))),
    ModelConfig: method('model-config', (model) => encodeMessage(modelConfigResponse, { config: server.modelConfig(model) })),
    ModelStatistics: method('statistics', (model) =>
      encodeMessage(modelStatisticsResponse, { model_stats: server.statistics(model.name === '' ? 'all' : model).map(written) }),
    ),
  };
}

function written(model: ModelStatistics) {
  const { inference } = model;
  return {
    name: model.name,
    version: model.version,
    last_inference: model.lastInferenceMs,
    inference_count: model.inferences,
    execution_count: model.executions,
    inference_stats: {
      success: inference.success,
      fail: inference.fail,
      queue: inference.queue,
      compute_input: inference.computeInput,
      compute_infer: inference.computeInfer,
      compute_output: inference.computeOutput,
      cache_hit: inference.cacheHit,
      cache_miss: inference.cacheMiss,
    },
    batch_stats: model.batches.map((batch) => ({
      batch_size: batch.size,
      compute_input: batch.computeInput,
      compute_infer: batch.computeInfer,
      compute_output: batch.computeOutput,
    })),
    response_stats: new Map(Object.entries(model.responses).map(([index, response]) => [index, writtenResponse(response)])),
  };
}

function writtenResponse(response: Readonly<Record<ResponseDuration, Duration>>) {
  return {
    compute_infer: response.computeInfer,
    compute_output: response.computeOutput,
    success: response.success,
    fail: response.fail,
    empty_response: response.emptyResponse,
    cancel: response.cancel,
  };
}
