import { Client, credentials, Metadata, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import type { TestContext } from 'node:test';
import { decodeMessage } from '#core/kserve/grpc/decode-message.ts';
import { encodeMessage } from '#core/kserve/grpc/encode-message.ts';
import { choice, list, map, type MessageOf, message, type Read, type Shape, type Write } from '#core/kserve/grpc/message-schema.ts';
import type { GrpcOptions, GrpcService } from './start-grpc.ts';
import { startGrpc } from './start-grpc.ts';

const parameter = message({
  bool_param: [1, choice('bool')],
  int64_param: [2, choice('int64')],
  string_param: [3, choice('string')],
  double_param: [4, choice('double')],
  uint64_param: [5, choice('uint64')],
});
const contents = message({
  bool_contents: [1, list('bool')],
  int_contents: [2, list('int32')],
  fp32_contents: [6, list('float')],
  bytes_contents: [8, list('bytes')],
});
const input = message({
  name: [1, 'string'],
  datatype: [2, 'string'],
  shape: [3, list('int64')],
  parameters: [4, map(parameter)],
  contents: [5, contents],
});
const output = message({ name: [1, 'string'], datatype: [2, 'string'], shape: [3, list('int64')] });

/** The messages of the inference in the table's way, which knows nothing of the codecs by hand that the front end uses. */
export const inferRequest = message({
  model_name: [1, 'string'],
  model_version: [2, 'string'],
  id: [3, 'string'],
  parameters: [4, map(parameter)],
  inputs: [5, list(input)],
  outputs: [6, list(message({ name: [1, 'string'], parameters: [2, map(parameter)] }))],
  raw_input_contents: [7, list('bytes')],
});
export const inferResponse = message({
  model_name: [1, 'string'],
  model_version: [2, 'string'],
  id: [3, 'string'],
  parameters: [4, map(parameter)],
  outputs: [5, list(output)],
  raw_output_contents: [6, list('bytes')],
});
export const streamInferResponse = message({ error_message: [1, 'string'], infer_response: [2, inferResponse] });

export type AskedInfer = Write<(typeof inferRequest)['shape']>;

export const floats = (...values: number[]): Uint8Array => new Uint8Array(new Float32Array(values).buffer);

/** Of one row of floats, for a model of MadeUpServer. */
export function ask(model_name: string, more: AskedInfer = {}): AskedInfer {
  return { model_name, inputs: [{ name: 'IN', datatype: 'FP32', shape: [1, 2] }], raw_input_contents: [floats(1, 2)], ...more };
}

export const path = (method: string): string => (method.startsWith('/') ? method : `/inference.GRPCInferenceService/${method}`);

export type Answer<T> = { readonly code: number; readonly says: string; readonly value: T | undefined; readonly trailers: Metadata };

/** grpc-js, speaking to a front end. */
export class GrpcClient {
  readonly #client: Client;

  constructor(port: number, options: ConstructorParameters<typeof Client>[2] = {}) {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), { 'grpc.max_receive_message_length': -1, ...options });
  }

  async call<Q extends Shape, A extends Shape>(
    method: string,
    [asks, answers]: readonly [MessageOf<Q>, MessageOf<A>],
    request: Write<Q>,
    {
      metadata = {},
      deadlineMs,
      onCall,
    }: { metadata?: Record<string, string>; deadlineMs?: number; onCall?: (cancel: () => void) => void } = {},
  ): Promise<Answer<Read<A>>> {
    return await new Promise((resolve) => {
      const options = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
      const serialize = (value: Write<Q>) => Buffer.from(encodeMessage(asks, value));
      const deserialize = (bytes: Buffer) => decodeMessage(answers, bytes);
      const done = (error: ServiceError | null, value?: Read<A>) =>
        resolve({ code: error?.code ?? 0, says: error?.details ?? '', value, trailers: error?.metadata ?? new Metadata() });
      const call = this.#client.makeUnaryRequest(path(method), serialize, deserialize, request, metadataOf(metadata), options, done);
      onCall?.(() => call.cancel());
    });
  }

  infer(request: AskedInfer, options: Parameters<GrpcClient['call']>[3] = {}) {
    return this.call('ModelInfer', [inferRequest, inferResponse], request, options);
  }

  stream(metadata: Record<string, string> = {}) {
    const call = this.#client.makeBidiStreamRequest(
      path('ModelStreamInfer'),
      (value: AskedInfer) => Buffer.from(encodeMessage(inferRequest, value)),
      (bytes: Buffer) => decodeMessage(streamInferResponse, bytes),
      metadataOf(metadata),
    );
    const answers: Read<(typeof streamInferResponse)['shape']>[] = [];
    const takers: (() => void)[] = [];
    call.on('data', (answer: (typeof answers)[number]) => {
      answers.push(answer);
      takers.shift()?.();
    });
    call.on('error', () => undefined);
    const status = new Promise<StatusObject>((resolve) => call.on('status', resolve));
    let taken = 0;
    return {
      call,
      answers,
      status,
      ask: (request: AskedInfer): void => void call.write(request),
      async next(): Promise<(typeof answers)[number]> {
        if (answers.length <= taken) await new Promise<void>((resolve) => takers.push(resolve));
        taken += 1;
        return answers[taken - 1] ?? Promise.reject(new Error('nothing came'));
      },
    };
  }

  close(): void {
    this.#client.close();
  }
}

function metadataOf(pairs: Record<string, string>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(pairs)) metadata.set(name, value);
  return metadata;
}

/** A front end on a free port and a client of it, both gone with the test. */
export async function opened(
  t: TestContext,
  options: Omit<GrpcOptions, 'address' | 'port'>,
): Promise<{ service: GrpcService; client: GrpcClient }> {
  const service = await startGrpc({ address: '127.0.0.1', port: 0, ...options });
  const client = new GrpcClient(service.port);
  t.after(async () => {
    client.close();
    await service.stop(0);
  });
  return { service, client };
}
