export type VarintWidth = 'bool' | 1 | 2 | 4 | 8;

/**
 * Packed varints as little-endian integers of `width` bytes; higher bits are cut off. A `bool` is a byte, and whatever is not 0 is 1.
 * Throws when the last one is not whole, or when one is longer than a varint can be.
 */
export function writeVarints(packed: Uint8Array, width: VarintWidth): Uint8Array {
  let count = 0;
  for (const byte of packed) if (byte < 0x80) count += 1;
  if (packed.length > 0 && (packed[packed.length - 1] ?? 0) >= 0x80) throw new RangeError('a varint is cut short');
  const step = width === 'bool' ? 1 : width;
  const bytes = new Uint8Array(count * step);
  const view = new DataView(bytes.buffer);
  let from = 0;
  for (let to = 0; to < bytes.length; to += step) {
    let low = 0;
    let high = 0;
    let shift = 0;
    for (;;) {
      const byte = packed[from] ?? 0;
      from += 1;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) break;
      shift += 7;
      if (shift >= 70) throw new RangeError('a varint is too long');
    }
    if (width === 'bool') view.setUint8(to, low !== 0 || high !== 0 ? 1 : 0);
    else if (width === 1) view.setUint8(to, low & 0xff);
    else if (width === 2) view.setUint16(to, low & 0xffff, true);
    else {
      view.setUint32(to, low >>> 0, true);
      if (width === 8) view.setUint32(to + 4, high >>> 0, true);
    }
  }
  return bytes;
}
