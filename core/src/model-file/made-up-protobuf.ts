/** Protobuf for tests: a message from its fields. A number or bigint is written as a varint, text and bytes with their length. */
export type MadeUpField = readonly [number: number, value: number | bigint | string | Uint8Array];

const text = new TextEncoder();

export function message(...fields: readonly MadeUpField[]): Uint8Array<ArrayBuffer> {
  return joined(
    fields.flatMap(([number, value]) => {
      if (typeof value === 'number' || typeof value === 'bigint') return [varint(number * 8), varint(value)];
      const bytes = typeof value === 'string' ? text.encode(value) : value;
      return [varint(number * 8 + 2), varint(bytes.length), bytes];
    }),
  );
}

/** Negative numbers take ten bytes, as in protobuf's int64. */
export function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
