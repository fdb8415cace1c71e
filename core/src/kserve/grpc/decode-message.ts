import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import type { MessageOf, Read, Shape, WireField, WireMessage, WireScalar } from './message-schema.ts';
import { wireTypeOf } from './wire-type.ts';

/** Throws for bytes that are no such message. Unknown fields are passed over, as protobuf does. */
export function decodeMessage<S extends Shape>(type: MessageOf<S>, bytes: Uint8Array): Read<S> {
  return readMessage(new BinaryReader(bytes), type) as Read<S>;
}

function readMessage(reader: BinaryReader, type: WireMessage): Record<string, unknown> {
  const fields = [...type.fields.values()];
  const values = Object.fromEntries(fields.map((field) => [field.name, defaultOf(field)]));
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const field = fields.find((one) => one.number === number);
    if (field === undefined || !readField(reader, wireType, { field, values, fields })) reader.skip(wireType, number);
  }
  return values;
}

function defaultOf({ type, repeats, oneof }: WireField): unknown {
  if (repeats !== 'once') return repeats === 'list' ? [] : new Map();
  if (oneof !== undefined || typeof type === 'object') return undefined;
  switch (type) {
    case 'string':
      return '';
    case 'bytes':
      return new Uint8Array();
    case 'bool':
      return false;
    case 'int64':
    case 'uint64':
      return 0n;
    default:
      return 0;
  }
}

type Into = { readonly field: WireField; readonly values: Record<string, unknown>; readonly fields: readonly WireField[] };

/** False when the wire type is not the field's: protobuf takes such a field for an unknown one. */
function readField(reader: BinaryReader, wireType: WireType, { field, values, fields }: Into): boolean {
  const { type, repeats } = field;
  if (typeof type === 'object') {
    if (wireType !== WireType.LengthDelimited || type.kind === 'enum') return false;
    const item = readMessage(new BinaryReader(reader.bytes()), type);
    if (repeats === 'once') values[field.name] = item;
    else if (repeats === 'list') (values[field.name] as unknown[]).push(item);
    // An entry without a value has the default one: an empty message.
    else (values[field.name] as Map<unknown, unknown>).set(item['key'], item['value'] ?? emptyValue(type));
    return true;
  }
  const own = wireTypeOf(type);
  if (repeats === 'list' && wireType === WireType.LengthDelimited && own !== WireType.LengthDelimited) {
    const packed = new BinaryReader(reader.bytes());
    while (packed.pos < packed.len) (values[field.name] as unknown[]).push(readScalar(packed, type));
    return true;
  }
  if (wireType !== own) return false;
  const scalar = readScalar(reader, type);
  if (repeats === 'list') (values[field.name] as unknown[]).push(scalar);
  else {
    // Of a oneof the last one that came is the one.
    if (field.oneof !== undefined) for (const other of fields) if (other.oneof === field.oneof) values[other.name] = undefined;
    values[field.name] = scalar;
  }
  return true;
}

function emptyValue(entry: WireMessage): unknown {
  const type = entry.fields.get('value')?.type;
  return typeof type === 'object' && type.kind === 'message' ? readMessage(new BinaryReader(new Uint8Array()), type) : undefined;
}

function readScalar(reader: BinaryReader, type: WireScalar): unknown {
  switch (type) {
    case 'string':
      // protobuf refuses a message whose text is not UTF-8.
      return reader.string(true);
    case 'int64':
    case 'uint64':
      return BigInt(reader[type]());
    default:
      return reader[type]();
  }
}
