import { type ErrorCode, Refused } from '../server/refused.ts';

/** How a call ended: one of gRPC's codes, and words for a person. */
export type GrpcStatus = { readonly code: number; readonly says: string };

export const statusCodes = {
  ok: 0,
  unknown: 2,
  deadlineExceeded: 4,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const;

export const ok: GrpcStatus = { code: statusCodes.ok, says: '' };

/** Triton's words for whatever is no message of the method, a missing one too. */
export const unreadable: GrpcStatus = { code: statusCodes.internal, says: 'Unable to parse request' };

export type ErrorLog = { error(where: string, says: string): void };

/** What is refused ends a call with Triton's code for it. Anything else is a mistake of ours: the log has it, the client is told no more. */
export function statusOf(thrown: unknown, log: ErrorLog | undefined): GrpcStatus {
  if (thrown instanceof Refused) return { code: codes[thrown.code], says: thrown.message };
  log?.error('grpc', `a call failed through a mistake of ours: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
  return { code: statusCodes.internal, says: 'internal error, see the log' };
}

const codes: Readonly<Record<ErrorCode, number>> = {
  Cancelled: 1,
  Unknown: 2,
  'Invalid argument': 3,
  'Not found': 5,
  'Already exists': 6,
  Unsupported: 12,
  Internal: 13,
  Unavailable: 14,
};

/** The trailers that say it. Everything but printable ASCII is percent-encoded, as a header cannot carry it. */
export function trailersOf({ code, says }: GrpcStatus): Record<string, string> {
  return says === '' ? { 'grpc-status': String(code) } : { 'grpc-status': String(code), 'grpc-message': percentEncoded(says) };
}

function percentEncoded(says: string): string {
  if (/^[ -$&-~]*$/.test(says)) return says;
  return [...Buffer.from(says)]
    .map((byte) =>
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25 ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
}
