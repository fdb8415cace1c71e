import { decodeMessage } from '#core/kserve/grpc/decode-message.ts';
import { list, map, type MessageOf, message, type Shape } from '#core/kserve/grpc/message-schema.ts';
import * as messages from '#core/kserve/grpc/service-messages.ts';
import type { GrpcHeard } from './send-grpc.ts';
import { withoutTimes } from './told.ts';

const parameter = message({
  bool_param: [1, 'bool'],
  int64_param: [2, 'int64'],
  string_param: [3, 'string'],
  double_param: [4, 'double'],
  uint64_param: [5, 'uint64'],
});
const output = message({ name: [1, 'string'], datatype: [2, 'string'], shape: [3, list('int64')], parameters: [4, map(parameter)] });
const inferResponse = message({
  model_name: [1, 'string'],
  model_version: [2, 'string'],
  id: [3, 'string'],
  parameters: [4, map(parameter)],
  outputs: [5, list(output)],
  raw_output_contents: [6, list('bytes')],
});

const answers: Readonly<Record<string, MessageOf<Shape>>> = {
  ModelInfer: inferResponse,
  ModelStreamInfer: message({ error_message: [1, 'string'], infer_response: [2, inferResponse] }),
  ModelStatistics: messages.modelStatisticsResponse,
  ModelMetadata: messages.modelMetadataResponse,
  ServerMetadata: messages.serverMetadataResponse,
  RepositoryIndex: messages.repositoryIndexResponse,
  SystemSharedMemoryStatus: messages.systemSharedMemoryStatusResponse,
};

/** What a call came to: its status, and the meaning of each message. */
export function toldByGrpc(path: string, { head, trailers, bytes, end }: GrpcHeard): unknown {
  const both = { ...head, ...trailers };
  const method = path.split('/').at(-1) ?? '';
  const [whole, rest] = framesIn(bytes);
  const read = answers[method];
  return {
    end,
    http: head[':status'],
    type: head['content-type'],
    code: both['grpc-status'],
    // Node gives the words of a header as they came, percent signs and all.
    says: both['grpc-message'],
    // The configuration has fields that only one of them fills, and its own suite; what matters here is that there is one.
    messages:
      method === 'ModelConfig' ? whole.length : whole.map((one) => (read ? withoutTimes(decodeMessage(read, one)) : one.toString('hex'))),
    rest: rest.toString('hex'),
  };
}

function framesIn(bytes: Buffer): readonly [Buffer[], Buffer] {
  const frames: Buffer[] = [];
  let rest = bytes;
  while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
    const end = 5 + rest.readUInt32BE(1);
    frames.push(rest.subarray(5, end));
    rest = rest.subarray(end);
  }
  return [frames, rest];
}
