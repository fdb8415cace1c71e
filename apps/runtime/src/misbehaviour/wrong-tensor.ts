import type { OutputTensor } from '../server/inference-server.ts';

/** The same name, datatype and shape, and other values: numbers in another order of size, so that the best class is another one. */
export function wrongTensor(tensor: OutputTensor): OutputTensor {
  const { datatype, bytes } = tensor;
  if (datatype === 'BYTES') return { ...tensor, bytes: wrongTexts(bytes) };
  const wrong = bytes.slice();
  const view = new DataView(wrong.buffer, wrong.byteOffset, wrong.byteLength);
  switch (datatype) {
    case 'FP64':
      for (let at = 0; at < wrong.length; at += 8) view.setFloat64(at, wrongNumber(view.getFloat64(at, true)), true);
      break;
    case 'FP32':
      for (let at = 0; at < wrong.length; at += 4) view.setFloat32(at, wrongNumber(view.getFloat32(at, true)), true);
      break;
    case 'FP16':
    case 'BF16':
      // Without its sign a zero has no bit at all; one has those of its exponent.
      for (let at = 0; at < wrong.length; at += 2) {
        const bits = view.getUint16(at, true);
        view.setUint16(at, (bits & 0x7fff) === 0 ? (datatype === 'FP16' ? 0x3c00 : 0x3f80) : bits ^ 0x8000, true);
      }
      break;
    case 'BOOL':
      return { ...tensor, bytes: bytes.map((byte) => byte ^ 1) };
    case 'INT8':
    case 'INT16':
    case 'INT32':
    case 'INT64':
    case 'UINT8':
    case 'UINT16':
    case 'UINT32':
    case 'UINT64':
      // Of each number its lowest byte, one more.
      for (let at = 0; at < wrong.length; at += integerBytes[datatype]) wrong[at] = (wrong[at] ?? 0) + 1;
      break;
  }
  return { ...tensor, bytes: wrong };
}

const integerBytes = { INT8: 1, INT16: 2, INT32: 4, INT64: 8, UINT8: 1, UINT16: 2, UINT32: 4, UINT64: 8 } as const;

const wrongNumber = (value: number): number => (value === 0 || !Number.isFinite(value) ? 1 : -value);

function wrongTexts(bytes: Uint8Array): Uint8Array {
  const texts = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pieces: Buffer[] = [];
  for (let at = 0; at < texts.length; ) {
    const end = at + 4 + texts.readUInt32LE(at);
    const text = Buffer.from(texts.toString('utf8', at + 4, end) === 'wrong' ? 'wronger' : 'wrong');
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    pieces.push(length, text);
    at = end;
  }
  return Buffer.concat(pieces);
}
