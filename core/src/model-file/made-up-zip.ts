import { joined } from './made-up-protobuf.ts';

export type MadeUpZip = {
  readonly isEncrypted?: boolean;
  readonly isPacked?: boolean;
  readonly comment?: string;
  readonly isWide?: boolean;
};

const text = new TextEncoder();

/** A zip for tests. What is said to be packed is not: nothing here reads it. `isWide` writes it as one of more than 4 GiB is written. */
export function zip(files: Readonly<Record<string, string | Uint8Array>>, made: MadeUpZip = {}): Uint8Array {
  const parts: Uint8Array[] = [];
  const table: Uint8Array[] = [];
  let at = 0;
  for (const [name, held] of Object.entries(files)) {
    const bytes = typeof held === 'string' ? text.encode(held) : held;
    const common = numbers([2, 20], [2, made.isEncrypted ? 1 : 0], [2, made.isPacked ? 8 : 0], [2, 0], [2, 0], [4, 0]);
    const spare = made.isWide ? 0xffffffff : undefined;
    // As PyTorch does, the head has a field more than the table says, so that the bytes lie well.
    const head = joined([
      numbers([4, 0x04034b50]),
      common,
      numbers([4, bytes.length], [4, bytes.length], [2, text.encode(name).length], [2, 8]),
    ]);
    parts.push(head, text.encode(name), numbers([2, 0x4246], [2, 4], [4, 0]), bytes);
    const extra = made.isWide ? numbers([2, 1], [2, 24], [8, bytes.length], [8, bytes.length], [8, at]) : new Uint8Array(0);
    const sizes = numbers([4, spare ?? bytes.length], [4, spare ?? bytes.length], [2, text.encode(name).length], [2, extra.length]);
    const rest = numbers([2, 0], [2, 0], [2, 0], [4, 0], [4, spare ?? at]);
    table.push(joined([numbers([4, 0x02014b50], [2, 20]), common, sizes, rest, text.encode(name), extra]));
    at += head.length + text.encode(name).length + 8 + bytes.length;
  }
  const directory = joined(table);
  const count = Object.keys(files).length;
  const wide = numbers([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, count], [8, count], [8, directory.length], [8, at]);
  const locator = numbers([4, 0x07064b50], [4, 0], [8, at + directory.length], [4, 1]);
  const comment = text.encode(made.comment ?? '');
  const end = made.isWide
    ? numbers([4, 0x06054b50], [4, 0], [2, 0xffff], [2, 0xffff], [4, 0xffffffff], [4, 0xffffffff], [2, comment.length])
    : numbers([4, 0x06054b50], [4, 0], [2, count], [2, count], [4, directory.length], [4, at], [2, comment.length]);
  return joined([...parts, directory, ...(made.isWide ? [wide, locator] : []), end, comment]);
}

function numbers(...all: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]): Uint8Array {
  return joined(
    all.map(([bytes, value]) => {
      const view = new DataView(new ArrayBuffer(8));
      view.setBigUint64(0, BigInt(value), true);
      return new Uint8Array(view.buffer, 0, bytes);
    }),
  );
}
