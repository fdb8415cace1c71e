import {
  empty,
  healthCheckResponse,
  readyResponse,
  serverLiveResponse,
  serverMetadataResponse,
} from '#core/kserve/grpc/service-messages.ts';
import { decodeMessage } from '#core/kserve/grpc/decode-message.ts';
import { encodeMessage } from '#core/kserve/grpc/encode-message.ts';
import type { InferenceServer } from '../server/inference-server.ts';
import { refuse } from '../server/refused.ts';
import { modelInfer } from './model-infer.ts';
import { modelMethods } from './model-methods.ts';
import { modelStreamInfer } from './model-stream-infer.ts';
import { type Front, type Method, unary } from './method.ts';
import { repositoryMethods } from './repository-methods.ts';
import { settingMethods } from './setting-methods.ts';
import { sharedMemoryMethods } from './shared-memory-methods.ts';

/** All methods by path. What is not here is UNIMPLEMENTED: Watch of the health service and reflection, as with a real Triton. */
export function methodsOf(front: Front): ReadonlyMap<string, Method> {
  const methods: Readonly<Record<string, Method>> = {
    ...serverMethods(front),
    ...modelMethods(front),
    ...repositoryMethods(front),
    ...sharedMemoryMethods(front),
    ...settingMethods(front),
    ModelInfer: modelInfer(front),
    ModelStreamInfer: modelStreamInfer(front),
  };
  const paths = Object.entries(methods).map(([name, method]) => [`/inference.GRPCInferenceService/${name}`, method] as const);
  return new Map([...paths, ['/grpc.health.v1.Health/Check', healthCheck(front)]]);
}

function serverMethods({ server, log }: Front): Record<string, Method> {
  const decode = (bytes: Uint8Array) => decodeMessage(empty, bytes);
  return {
    ServerLive: unary('health', log, {
      decode,
      answer: async () => encodeMessage(serverLiveResponse, { live: await running(server).isLive() }),
    }),
    ServerReady: unary('health', log, {
      decode,
      answer: async () => encodeMessage(readyResponse, { ready: await running(server).isReady() }),
    }),
    ServerMetadata: unary('metadata', log, { decode, answer: () => encodeMessage(serverMetadataResponse, server.metadata) }),
  };
}

/** Follows the readiness of the server, whichever service is asked about: 1 is SERVING, 2 is NOT_SERVING. */
function healthCheck({ server, log }: Front): Method {
  return unary('health', log, {
    decode: (bytes) => decodeMessage(empty, bytes),
    answer: async () => encodeMessage(healthCheckResponse, { status: (await running(server).isReady()) ? 1 : 2 }),
  });
}

function running(server: InferenceServer): InferenceServer {
  return server.isStopping() ? refuse('Unavailable', 'Server exiting') : server;
}
