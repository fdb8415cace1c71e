import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { closeEarly } from './close-early.ts';
import { Call } from './call.ts';
import { acceptedEncodings, encodingOf } from './compression.ts';
import { respondWhole } from './respond.ts';
import { type GrpcStatus, statusCodes, trailersOf } from './status.ts';

export type Arrival = { readonly stream: ServerHttp2Stream; readonly headers: IncomingHttpHeaders; readonly rawHeaders: readonly string[] };

/** The call that a stream brings; undefined when it brings none, and has been answered. */
export function admit({ stream, headers, rawHeaders }: Arrival): Call | undefined {
  const { ':method': method, 'content-type': contentType, te } = headers;
  const encoding = encodingOf(oneOf(headers['grpc-encoding']));
  const deadline = deadlineMsOf(oneOf(headers['grpc-timeout']));
  // Whoever sends something else speaks no gRPC and gets an answer of HTTP. A real Triton resets the stream; none at all it takes for gRPC.
  if (contentType !== undefined && !/^application\/grpc(?:[+;]|$)/.test(contentType)) {
    respondWhole(stream, { ':status': 415 });
    return dismiss(stream);
  }
  if (method !== 'POST') return refuse(stream, { code: statusCodes.unknown, says: 'Bad method header' });
  if (te !== 'trailers') return refuse(stream, { code: statusCodes.unknown, says: 'Missing :te header' });
  // A real Triton resets the stream here too; the status is what the gRPC documents ask for.
  if (encoding === undefined) {
    const says = `Compression algorithm '${String(headers['grpc-encoding'])}' is not supported`;
    return refuse(stream, { code: statusCodes.unimplemented, says }, { 'grpc-accept-encoding': acceptedEncodings });
  }
  if (deadline === 'malformed') {
    stream.on('error', () => undefined);
    stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    return undefined;
  }
  return new Call(stream, { headers, rawHeaders, encoding, deadlineMs: deadline, startedNs: process.hrtime.bigint() });
}

function refuse(stream: ServerHttp2Stream, status: GrpcStatus, more: Readonly<Record<string, string>> = {}): undefined {
  respondWhole(stream, { ':status': 200, 'content-type': 'application/grpc', ...more, ...trailersOf(status) });
  return dismiss(stream);
}

function dismiss(stream: ServerHttp2Stream): undefined {
  stream.on('error', () => undefined);
  closeEarly(stream);
  return undefined;
}

const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** `grpc-timeout` is a number and a unit, such as 200m. */
function deadlineMsOf(timeout: string | undefined): number | undefined | 'malformed' {
  if (timeout === undefined) return undefined;
  const [, amount, unit = ''] = /^(\d+)([HMSmun])$/.exec(timeout) ?? [];
  const scale = unitMs[unit];
  return amount === undefined || scale === undefined ? 'malformed' : Math.ceil(Number(amount) * scale);
}

function oneOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.at(-1) : header;
}
