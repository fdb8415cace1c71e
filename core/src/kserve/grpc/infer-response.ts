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

/** Written by hand, as every inference passes here. */
export function encodeInferResponse(response: GrpcInferResponse): Uint8Array {
  const writer = new BinaryWriter();
  writeResponse(writer, response);
  return writer.finish();
}

/** A ModelStreamInferResponse. Triton gives the response also with an error: it says whose error it is. */
export function encodeStreamInferResponse(errorMessage: string, response: GrpcInferResponse): Uint8Array {
  const writer = new BinaryWriter();
  writeText(writer, 1, errorMessage);
  writer.tag(2, WireType.LengthDelimited).fork();
  writeResponse(writer, response);
  return writer.join().finish();
}

function writeResponse(writer: BinaryWriter, { modelName, modelVersion, id, parameters = [], outputs = [] }: GrpcInferResponse): void {
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
  // There is one for each output, also where it is empty: they are matched by their place.
  for (const { raw } of outputs) writer.tag(6, WireType.LengthDelimited).bytes(raw);
}

function writeText(writer: BinaryWriter, field: number, text: string | undefined): void {
  if (text !== undefined && text !== '') writer.tag(field, WireType.LengthDelimited).string(text);
}
