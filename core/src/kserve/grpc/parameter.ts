import { BinaryReader, type BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** An InferParameter: which of its choices was made matters, since some parameters take only one of them. */
export type InferParameter =
  | { readonly choice: 'bool'; readonly value: boolean }
  | { readonly choice: 'int64' | 'uint64'; readonly value: bigint }
  | { readonly choice: 'string'; readonly value: string }
  | { readonly choice: 'double'; readonly value: number }
  | { readonly choice: 'none' };

export type InferParameters = ReadonlyMap<string, InferParameter>;

/** Reads one entry of a map of parameters into it. */
export function readParameterEntry(bytes: Uint8Array, into: Map<string, InferParameter>): void {
  const reader = new BinaryReader(bytes);
  let key = '';
  let value: InferParameter = { choice: 'none' };
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number === 1 && wireType === WireType.LengthDelimited) key = reader.string(true);
    else if (number === 2 && wireType === WireType.LengthDelimited) value = readParameter(reader.bytes());
    else reader.skip(wireType, number);
  }
  into.set(key, value);
}

function readParameter(bytes: Uint8Array): InferParameter {
  const reader = new BinaryReader(bytes);
  let parameter: InferParameter = { choice: 'none' };
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    parameter = readChoice(reader, number, wireType) ?? parameter;
  }
  return parameter;
}

/** Undefined for a field that is none of the choices, which is passed over. */
function readChoice(reader: BinaryReader, number: number, wireType: WireType): InferParameter | undefined {
  if (wireType === WireType.Varint) {
    if (number === 1) return { choice: 'bool', value: reader.bool() };
    if (number === 2) return { choice: 'int64', value: BigInt(reader.int64()) };
    if (number === 5) return { choice: 'uint64', value: BigInt(reader.uint64()) };
  }
  if (number === 3 && wireType === WireType.LengthDelimited) return { choice: 'string', value: reader.string(true) };
  if (number === 4 && wireType === WireType.Bit64) return { choice: 'double', value: reader.double() };
  reader.skip(wireType, number);
  return undefined;
}

/** Parameters of an answer as they are written: a bigint is an int64, a number a double. */
export function writeParameters(
  writer: BinaryWriter,
  field: number,
  parameters: Iterable<readonly [string, string | boolean | bigint | number]>,
): void {
  for (const [key, value] of parameters) {
    writer.tag(field, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(key);
    writer.tag(2, WireType.LengthDelimited).fork();
    switch (typeof value) {
      case 'boolean':
        writer.tag(1, WireType.Varint).bool(value);
        break;
      case 'bigint':
        writer.tag(2, WireType.Varint).int64(value);
        break;
      case 'string':
        writer.tag(3, WireType.LengthDelimited).string(value);
        break;
      default:
        writer.tag(4, WireType.Bit64).double(value);
    }
    writer.join().join();
  }
}
