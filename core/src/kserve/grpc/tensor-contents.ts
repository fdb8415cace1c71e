import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { type VarintWidth, writeVarints } from './varints.ts';

/** The typed `contents` of a tensor, as the bytes that its datatype has on the wire. */
export type TensorContents = {
  readonly bytes: Uint8Array;
  /** The datatype of a list that is filled, and is not the one for this tensor: the first one in the order of Triton's checks. */
  readonly unexpected: string | undefined;
};

type List = { readonly number: number; readonly says: string; readonly takes: readonly string[]; readonly wire: WireType };

/** Which list carries which datatypes, and under which name Triton complains of it. FP16 and BF16 have none: they come raw only. */
const lists: readonly List[] = [
  { number: 1, says: 'BOOL', takes: ['BOOL'], wire: WireType.Varint },
  { number: 2, says: 'INT32', takes: ['INT8', 'INT16', 'INT32'], wire: WireType.Varint },
  { number: 3, says: 'INT64', takes: ['INT64'], wire: WireType.Varint },
  { number: 4, says: 'UINT32', takes: ['UINT8', 'UINT16', 'UINT32'], wire: WireType.Varint },
  { number: 5, says: 'UINT64', takes: ['UINT64'], wire: WireType.Varint },
  { number: 6, says: 'FP32', takes: ['FP32'], wire: WireType.Bit32 },
  { number: 7, says: 'FP64', takes: ['FP64'], wire: WireType.Bit64 },
  { number: 8, says: 'BYTES', takes: ['BYTES'], wire: WireType.LengthDelimited },
];

/** `messages` are the encoded InferTensorContents: protobuf lets one come in several pieces, which add up. Throws for bytes that are none. */
export function readContents(messages: readonly Uint8Array[], datatype: string): TensorContents {
  const pieces = lists.map((): Uint8Array[] => []);
  for (const message of messages) readPieces(new BinaryReader(message), pieces);
  let bytes: Uint8Array = new Uint8Array();
  let unexpected: string | undefined;
  for (const [at, list] of lists.entries()) {
    const own = pieces[at] ?? [];
    if (own.length === 0) continue;
    // Every list is read, since a malformed one makes the message unreadable.
    const elements = elementsOf(list, own, datatype);
    if (list.takes.includes(datatype)) bytes = elements;
    else unexpected ??= list.says;
  }
  return { bytes, unexpected };
}

/** The elements of each list, packed or not, one behind the other: that is what a packed one looks like. */
function readPieces(reader: BinaryReader, pieces: readonly Uint8Array[][]): void {
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const wire = lists[number - 1]?.wire;
    const own = pieces[number - 1];
    if (own === undefined || (wireType !== wire && wireType !== WireType.LengthDelimited)) reader.skip(wireType, number);
    else if (wire === WireType.LengthDelimited) own.push(reader.bytes());
    else {
      const piece = wireType === WireType.LengthDelimited ? reader.bytes() : reader.skip(wireType, number);
      if (piece.length > 0) own.push(piece);
    }
  }
}

function elementsOf({ wire, number }: List, pieces: readonly Uint8Array[], datatype: string): Uint8Array {
  if (wire === WireType.LengthDelimited) return withLengths(pieces);
  const packed = joined(pieces);
  switch (wire) {
    case WireType.Bit32:
    case WireType.Bit64:
      // Packed floating-point numbers are little-endian already: no copy.
      if (packed.length % (wire === WireType.Bit32 ? 4 : 8) !== 0) throw new RangeError(`list ${number} ends within an element`);
      return packed;
    default:
      return writeVarints(packed, widthOf(datatype));
  }
}

/** Triton cuts integers to the width of the tensor: 300 in a UINT8 is 44. */
function widthOf(datatype: string): VarintWidth {
  if (datatype === 'BOOL') return 'bool';
  const bits = /\d+$/.exec(datatype)?.[0];
  return bits === '8' ? 1 : bits === '16' ? 2 : bits === '64' ? 8 : 4;
}

function withLengths(elements: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(elements.reduce((sum, { length }) => sum + 4 + length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const element of elements) {
    view.setUint32(at, element.length, true);
    bytes.set(element, at + 4);
    at += 4 + element.length;
  }
  return bytes;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  if (pieces.length === 1 && first !== undefined) return first;
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
