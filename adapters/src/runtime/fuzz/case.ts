/** What both servers are asked, as it goes over the wire. Text that is only one server's own is written with `serverMark`. */
export type Step =
  | { readonly kind: 'http'; readonly request: Buffer }
  /** Each piece is a packet of its own. */
  | { readonly kind: 'raw'; readonly pieces: readonly Buffer[]; readonly isHalfClosed: boolean }
  | { readonly kind: 'grpc'; readonly path: string; readonly headers: Readonly<Record<string, string>>; readonly body: Buffer };

/** One seeded case: steps in order, and what is left to look at when they are done. */
export type Case = { readonly says: string; readonly steps: readonly Step[] };

export const kinds = ['http', 'raw', 'grpc', 'control'] as const;
export type Kind = (typeof kinds)[number];

/** Stands in a request where each server has a file of shared memory of its own; as long as what replaces it, so that lengths stay true. */
export const serverMark = 'conch-fuzz-@';

export const forServer = (bytes: Buffer, letter: string): Buffer =>
  bytes.includes(serverMark) ? Buffer.from(bytes.toString('latin1').replaceAll(serverMark, sharedFile(letter)), 'latin1') : bytes;

/** Below /dev/shm. */
export const sharedFile = (letter: string): string => serverMark.replace('@', letter);
