import { WireType } from '@bufbuild/protobuf/wire';
import type { WireField } from './message-schema.ts';

/** How one value of a type stands on the wire. */
export function wireTypeOf(type: WireField['type']): WireType {
  if (typeof type === 'object') return type.kind === 'enum' ? WireType.Varint : WireType.LengthDelimited;
  switch (type) {
    case 'string':
    case 'bytes':
      return WireType.LengthDelimited;
    case 'float':
      return WireType.Bit32;
    case 'double':
      return WireType.Bit64;
    default:
      return WireType.Varint;
  }
}
