import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { writeParameters } from './parameter.ts';

/** A ModelInferResponse; the data of an output stands in `raw`, and is empty when it went into shared memory. */
export type GrpcInferResponse = {
  readonly modelName?: string;
  readonly modelVersion?: string;
  readonly id: string;
  readonly parameters?: Iterable<readonly [string, string | boolean | bigint | number]>;
  readonly outputs?: readonly GrpcOutput[];
};

export type GrpcOutput = {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly raw: Uint8Array;
};

/** Written by hand, as every inference passes here: the data of the outputs is copied once, to where it goes. */
export function encodeInferResponse(response: GrpcInferResponse): Uint8Array {
  return joined(new Uint8Array(), encodeHead(response), response.outputs ?? []);
}

/** A ModelStreamInferResponse. Triton gives the response also with an error: it says whose error it is. */
export function encodeStreamInferResponse(errorMessage: string, response: GrpcInferResponse): Uint8Array {
  const { outputs = [] } = response;
  const head = encodeHead(response);
  const writer = emptied();
  writeText(writer, 1, errorMessage);
  writer.tag(2, WireType.LengthDelimited).uint32(head.length + rawLength(outputs));
  return joined(writer.finish(), head, outputs);
}

/** One for all messages, as making its room anew would take longer than writing. */
const shared = new BinaryWriter();

/** What was left by a message that could not be written goes. */
function emptied(): BinaryWriter {
  shared.finish();
  return shared;
}

/** All but the data of the outputs, which comes last. */
function encodeHead({ modelName, modelVersion, id, parameters = [], outputs = [] }: GrpcInferResponse): Uint8Array {
  const writer = emptied();
  writeText(writer, 1, modelName);
  writeText(writer, 2, modelVersion);
  writeText(writer, 3, id);
  writeParameters(writer, 4, parameters);
  for (const { name, datatype, shape } of outputs) {
    writer.tag(5, WireType.LengthDelimited).fork();
    writeText(writer, 1, name);
    writeText(writer, 2, datatype);
    if (shape.length > 0) {
      writer.tag(3, WireType.LengthDelimited).fork();
      for (const size of shape) writer.int64(size);
      writer.join();
    }
    writer.join();
  }
  return writer.finish();
}

function writeText(writer: BinaryWriter, field: number, text: string | undefined): void {
  if (text !== undefined && text !== '') writer.tag(field, WireType.LengthDelimited).string(text);
}

/** Field 6 with bytes. */
const rawTag = 0x32;

function rawLength(outputs: readonly GrpcOutput[]): number {
  return outputs.reduce((sum, { raw }) => sum + 1 + varintLength(raw.length) + raw.length, 0);
}

function varintLength(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;
}

/** There is a raw entry for each output, also where it is empty: they are matched by their place. */
function joined(prefix: Uint8Array, head: Uint8Array, outputs: readonly GrpcOutput[]): Uint8Array {
  const bytes = new Uint8Array(prefix.length + head.length + rawLength(outputs));
  bytes.set(prefix);
  bytes.set(head, prefix.length);
  let at = prefix.length + head.length;
  for (const { raw } of outputs) {
    bytes[at] = rawTag;
    at += 1;
    for (let left = raw.length, more = varintLength(left) - 1; more >= 0; more -= 1, at += 1) {
      bytes[at] = more > 0 ? (left & 0x7f) | 0x80 : left;
      left >>>= 7;
    }
    bytes.set(raw, at);
    at += raw.length;
  }
  return bytes;
}
