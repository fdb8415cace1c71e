/** What runs between the runtime and an instance, over a socket: length, kind and number of the call, then its body. Little endian. */
export type Frame = { readonly kind: FrameKind; readonly call: number; readonly body: Buffer };

export const frameKinds = { load: 1, loaded: 2, failed: 3, run: 4, ran: 5 } as const;
export type FrameKind = (typeof frameKinds)[keyof typeof frameKinds];

/** A tensor without its name and datatype, which both sides know from the load. Strings are a 32-bit length and UTF-8 each, as in Triton's binary form. */
export type RawTensor = { readonly shape: readonly number[]; readonly bytes: Uint8Array };

const headBytes = 9;

/** How long the frame is that begins here, once as much of it is there that this can be told. */
export const frameLength = (start: Buffer): number => (start.length < headBytes ? headBytes : headBytes + start.readUInt32LE(0));

/** A frame as it came. Its body lies in the same memory. */
export const frameIn = (bytes: Buffer): Frame => ({
  kind: bytes.readUInt8(4) as FrameKind,
  call: bytes.readUInt32LE(5),
  body: bytes.subarray(headBytes),
});

export function encodeFrame(kind: FrameKind, call: number, body: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(headBytes + body.length);
  frame.writeUInt32LE(body.length, 0);
  frame.writeUInt8(kind, 4);
  frame.writeUInt32LE(call, 5);
  frame.set(body, headBytes);
  return frame;
}

/** Takes what comes from the socket, in whatever pieces, and gives whole frames. A body is valid during the call only. */
export function frameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  let pieces: Buffer[] = [];
  let held = 0;
  let needed = headBytes;
  return (chunk) => {
    pieces.push(chunk);
    held += chunk.length;
    // Joined only when a whole frame is there, so that a large tensor is copied once and not with every piece.
    if (held < needed) return;
    let buffer = pieces.length === 1 ? chunk : Buffer.concat(pieces, held);
    for (;;) {
      needed = frameLength(buffer);
      if (buffer.length < needed) break;
      onFrame(frameIn(buffer.subarray(0, needed)));
      buffer = buffer.subarray(needed);
    }
    pieces = buffer.length === 0 ? [] : [buffer];
    held = buffer.length;
  };
}

export type Timings = { readonly inferNs: number; readonly outputNs: number };

/** The rank of a tensor that is not there. */
const absent = 0xffff_ffff;
const nothing: RawTensor = { shape: [], bytes: new Uint8Array(0) };

/** Body of `run`, with how long it is to take at least, and of `ran`, with how long it took. */
export function encodeTensors(tensors: readonly (RawTensor | undefined)[], timings: Timings = { inferNs: 0, outputNs: 0 }): Buffer {
  const total = tensors.reduce((sum, tensor) => sum + 8 + (tensor ? 8 * tensor.shape.length + tensor.bytes.length : 0), 20);
  const body = Buffer.allocUnsafe(total);
  body.writeDoubleLE(timings.inferNs, 0);
  body.writeDoubleLE(timings.outputNs, 8);
  body.writeUInt32LE(tensors.length, 16);
  let at = 20;
  for (const tensor of tensors) {
    const { shape, bytes } = tensor ?? nothing;
    body.writeUInt32LE(tensor ? shape.length : absent, at);
    body.writeUInt32LE(bytes.length, at + 4);
    at += 8;
    for (const dim of shape) {
      body.writeDoubleLE(dim, at);
      at += 8;
    }
    body.set(bytes, at);
    at += bytes.length;
  }
  return body;
}

/** The bytes are copies with a buffer of their own, so typed arrays can be laid over them. */
export function decodeTensors(body: Buffer): { tensors: (RawTensor | undefined)[]; timings: Timings } {
  const tensors: (RawTensor | undefined)[] = [];
  let at = 20;
  for (let left = body.readUInt32LE(16); left > 0; left -= 1) {
    const rank = body.readUInt32LE(at);
    const length = body.readUInt32LE(at + 4);
    at += 8;
    if (rank === absent) {
      tensors.push(undefined);
      continue;
    }
    const shape = Array.from({ length: rank }, (_, index) => body.readDoubleLE(at + 8 * index));
    at += 8 * rank;
    tensors.push({ shape, bytes: new Uint8Array(body.subarray(at, at + length)) });
    at += length;
  }
  return { tensors, timings: { inferNs: body.readDoubleLE(0), outputNs: body.readDoubleLE(8) } };
}
