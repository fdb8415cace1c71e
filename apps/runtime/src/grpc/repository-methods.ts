import { decodeMessage } from '#core/kserve/grpc/decode-message.ts';
import { encodeMessage } from '#core/kserve/grpc/encode-message.ts';
import type { Read } from '#core/kserve/grpc/message-schema.ts';
import { empty, repositoryIndexRequest, repositoryIndexResponse, repositoryModelRequest } from '#core/kserve/grpc/service-messages.ts';
import type { LoadParameters } from '../server/inference-server.ts';
import { refuse } from '../server/refused.ts';
import { type Front, type Method, unary } from './method.ts';

type Parameters = Read<(typeof repositoryModelRequest)['shape']>['parameters'];

export function repositoryMethods({ server, log }: Front): Record<string, Method> {
  const decode = (bytes: Uint8Array) => decodeMessage(repositoryModelRequest, bytes);
  return {
    RepositoryIndex: unary('model-repository', log, {
      decode: (bytes) => decodeMessage(repositoryIndexRequest, bytes),
      answer: ({ repository_name, ready }) => {
        refuseRepository(repository_name);
        return encodeMessage(repositoryIndexResponse, { models: server.index({ onlyReady: ready }) });
      },
    }),
    RepositoryModelLoad: unary('model-repository', log, {
      decode,
      answer: async ({ repository_name, model_name, parameters }) => {
        refuseRepository(repository_name);
        await server.load(model_name, loadParameters(parameters));
        return encodeMessage(empty, {});
      },
    }),
    RepositoryModelUnload: unary('model-repository', log, {
      decode,
      answer: async ({ repository_name, model_name, parameters }) => {
        refuseRepository(repository_name);
        await server.unload(model_name, { dependents: dependentsToo(parameters) });
        return encodeMessage(empty, {});
      },
    }),
  };
}

function refuseRepository(name: string): void {
  if (name !== '') refuse('Unsupported', "'repository_name' specification is not supported");
}

function loadParameters(parameters: Parameters): LoadParameters {
  let config: string | undefined;
  const files = new Map<string, Uint8Array>();
  for (const [key, { string_param, bytes_param }] of parameters) {
    if (key === 'config') config = string_param ?? wrongType(key, 'string_param');
    else if (key.startsWith('file:')) files.set(key.slice('file:'.length), bytes_param ?? wrongType(key, 'bytes_param'));
    else refuse('Invalid argument', `unrecognized load parameter '${key}'.`);
  }
  return { ...(config === undefined ? {} : { config }), ...(files.size === 0 ? {} : { files }) };
}

function wrongType(key: string, expected: string): never {
  return refuse('Invalid argument', `invalid value type for load parameter '${key}', expected ${expected}.`);
}

/** Other parameters of an unload are passed over. */
function dependentsToo(parameters: Parameters): boolean {
  const parameter = parameters.get('unload_dependents');
  if (parameter === undefined) return false;
  return parameter.bool_param ?? refuse('Invalid argument', "invalid value type for 'unload_dependents' parameter, expected bool_param.");
}
