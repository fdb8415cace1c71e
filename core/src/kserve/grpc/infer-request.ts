import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { type InferParameter, type InferParameters, readParameterEntry } from './parameter.ts';
import { readContents, type TensorContents } from './tensor-contents.ts';

/** A ModelInferRequest. The bytes of `raw` are views into the message, not copies. */
export type GrpcInferRequest = {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly id: string;
  readonly parameters: InferParameters;
  readonly inputs: readonly GrpcInput[];
  readonly outputs: readonly GrpcRequestedOutput[];
  /** The `raw_input_contents`: one for each input that has its data there. */
  readonly raw: readonly Uint8Array[];
};

export type GrpcInput = {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly parameters: InferParameters;
  /** Undefined when the field is not there at all: an empty one is another thing to Triton. */
  readonly contents: TensorContents | undefined;
};

export type GrpcRequestedOutput = { readonly name: string; readonly parameters: InferParameters };

/** Read by hand, as every inference passes here. Throws for bytes that are no such message. */
export function decodeInferRequest(bytes: Uint8Array): GrpcInferRequest {
  const reader = new BinaryReader(bytes);
  let modelName = '';
  let modelVersion = '';
  let id = '';
  const parameters = new Map<string, InferParameter>();
  const inputs: GrpcInput[] = [];
  const outputs: GrpcRequestedOutput[] = [];
  const raw: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    switch (wireType === WireType.LengthDelimited ? number : 0) {
      case 1:
        modelName = reader.string(true);
        break;
      case 2:
        modelVersion = reader.string(true);
        break;
      case 3:
        id = reader.string(true);
        break;
      case 4:
        readParameterEntry(reader.bytes(), parameters);
        break;
      case 5:
        inputs.push(readInput(reader.bytes()));
        break;
      case 6:
        outputs.push(readRequestedOutput(reader.bytes()));
        break;
      case 7:
        raw.push(reader.bytes());
        break;
      default:
        reader.skip(wireType, number);
    }
  }
  return { modelName, modelVersion, id, parameters, inputs, outputs, raw };
}

function readInput(bytes: Uint8Array): GrpcInput {
  const reader = new BinaryReader(bytes);
  let name = '';
  let datatype = '';
  const shape: number[] = [];
  const parameters = new Map<string, InferParameter>();
  const contents: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const isDelimited = wireType === WireType.LengthDelimited;
    if (number === 1 && isDelimited) name = reader.string(true);
    else if (number === 2 && isDelimited) datatype = reader.string(true);
    else if (number === 3 && isDelimited) readPackedShape(reader.bytes(), shape);
    else if (number === 3 && wireType === WireType.Varint) shape.push(Number(reader.int64()));
    else if (number === 4 && isDelimited) readParameterEntry(reader.bytes(), parameters);
    else if (number === 5 && isDelimited) contents.push(reader.bytes());
    else reader.skip(wireType, number);
  }
  // The datatype may stand behind the contents, so they are read last.
  return { name, datatype, shape, parameters, contents: contents.length === 0 ? undefined : readContents(contents, datatype) };
}

function readPackedShape(bytes: Uint8Array, shape: number[]): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) shape.push(Number(reader.int64()));
}

function readRequestedOutput(bytes: Uint8Array): GrpcRequestedOutput {
  const reader = new BinaryReader(bytes);
  let name = '';
  const parameters = new Map<string, InferParameter>();
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number === 1 && wireType === WireType.LengthDelimited) name = reader.string(true);
    else if (number === 2 && wireType === WireType.LengthDelimited) readParameterEntry(reader.bytes(), parameters);
    else reader.skip(wireType, number);
  }
  return { name, parameters };
}
