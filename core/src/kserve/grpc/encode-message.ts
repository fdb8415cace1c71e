import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { assert } from '../../base/fault.ts';
import type { MessageOf, Shape, WireField, WireMessage, WireScalar, Write } from './message-schema.ts';
import { wireTypeOf } from './wire-type.ts';

/** Enums are given by symbol, 64-bit integers as bigint, number or text, maps as Map or as an object. */
export function encodeMessage<S extends Shape>(type: MessageOf<S>, value: Write<S>): Uint8Array {
  const writer = new BinaryWriter();
  writeFields(writer, type, value);
  return writer.finish();
}

function writeFields(writer: BinaryWriter, { fields }: WireMessage, value: object): void {
  const given = value as Readonly<Record<string, unknown>>;
  for (const field of fields.values()) {
    const one = given[field.name];
    if (one !== undefined) writeField(writer, field, one);
  }
}

function writeField(writer: BinaryWriter, field: WireField, value: unknown): void {
  switch (field.repeats) {
    case 'once':
      // proto3 leaves a default out, but for one that was chosen of several.
      if (field.oneof !== undefined || typeof field.type === 'object' || !isDefault(field.type, value)) writeItem(writer, field, value);
      break;
    case 'list':
      if (isPacked(field)) writePacked(writer, field, value as readonly unknown[]);
      else for (const item of value as readonly unknown[]) writeItem(writer, field, item);
      break;
    case 'map':
      for (const [key, item] of value instanceof Map ? value : Object.entries(value as object))
        writeItem(writer, field, { key, value: item });
      break;
  }
}

function isDefault(type: WireScalar, value: unknown): boolean {
  if (type === 'string') return value === '';
  if (type === 'bytes') return (value as Uint8Array).length === 0;
  return Number(value) === 0;
}

function isPacked({ type }: WireField): boolean {
  return typeof type === 'string' ? type !== 'string' && type !== 'bytes' : type.kind === 'enum';
}

function writePacked(writer: BinaryWriter, field: WireField, items: readonly unknown[]): void {
  if (items.length === 0) return;
  writer.tag(field.number, WireType.LengthDelimited).fork();
  for (const item of items) writeValue(writer, field.type, item);
  writer.join();
}

function writeItem(writer: BinaryWriter, { number, type }: WireField, value: unknown): void {
  writer.tag(number, wireTypeOf(type));
  writeValue(writer, type, value);
}

function writeValue(writer: BinaryWriter, type: WireField['type'], value: unknown): void {
  if (typeof type === 'object') {
    if (type.kind === 'enum') {
      const number = type.numbers.get(value as string);
      assert(number !== undefined, `${String(value)} is no symbol of ${type.name}`);
      writer.int32(number);
    } else {
      writer.fork();
      writeFields(writer, type, value as object);
      writer.join();
    }
    return;
  }
  switch (type) {
    case 'string':
      writer.string(value as string);
      break;
    case 'bytes':
      writer.bytes(value as Uint8Array);
      break;
    case 'bool':
      // The key of a map may be a bool, and comes as text then.
      writer.bool(value === true || value === 'true');
      break;
    case 'int64':
    case 'uint64':
      writer[type](value as bigint | number | string);
      break;
    default:
      writer[type](Number(value));
  }
}
