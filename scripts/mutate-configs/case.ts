/** A case as scripts/referee.ts reads it; `notes` tells people what was done to the seed. */
export type CaseLine = {
  readonly id: string;
  readonly model: string;
  readonly files: Readonly<Record<string, string | { readonly base64: string }>>;
  readonly notes: readonly string[];
};

export type Files = Record<string, string>;

/** A character that stands for one raw byte from 0x80 to 0xff, for texts that are not UTF-8. */
export const rawByte = (byte: number): string => String.fromCharCode(0xf700 + byte);

export function caseLine(id: string, model: string, files: Files, notes: readonly string[]): CaseLine {
  return { id, model, files: Object.fromEntries(Object.entries(files).map(([path, text]) => [path, written(text)])), notes };
}

/** As a string where it is one, otherwise its bytes. */
function written(text: string): string | { base64: string } {
  if (text.isWellFormed() && !/[\uf780-\uf7ff]/.test(text)) return text;
  const bytes = Array.from(text, (char) => {
    const code = char.charCodeAt(0);
    return code >= 0xf780 && code <= 0xf7ff ? Buffer.from([code - 0xf700]) : Buffer.from(char);
  });
  return { base64: Buffer.concat(bytes).toString('base64') };
}
