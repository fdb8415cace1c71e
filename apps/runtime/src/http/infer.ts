import type { InferenceServer, InferResponse, ModelRef } from '../server/inference-server.ts';
import { Refused, refuse } from '../server/refused.ts';
import type { HttpRequest } from './connection.ts';
import type { Answer } from './answer.ts';
import type { HttpTrace } from './http-trace.ts';
import { RefusedPlainly } from './refused-plainly.ts';
import { readInfer } from './read-infer.ts';
import { writeInfer } from './write-infer.ts';

type Call = {
  readonly model: ModelRef;
  readonly request: HttpRequest;
  /** Decompressed. */
  readonly body: Buffer;
  readonly forwards: RegExp | undefined;
};

/** One inference over HTTP. Throws Refused. */
export async function answerInfer(server: InferenceServer, call: Call, way: HttpTrace): Promise<Answer> {
  const { model, request, body } = call;
  const startedNs = process.hrtime.bigint();
  requireModel(server, model);
  way.begin(server.traces.sample(model.name));
  const headLength = headLengthOf(request, body.length);
  request.taken();
  requireWhole(request);
  const read = readInfer({ model, body, headLength, forwarded: forwardedOf(request, call.forwards), startedNs }, server.sharedMemory);
  const asked = way.trace ? { ...read.request, trace: way.trace.request } : read.request;
  const answer = await new Promise<InferResponse>((resolve) => {
    server.infer(asked, (response) => {
      way.trace?.stamp('INFER_RESPONSE_COMPLETE');
      resolve(response);
    });
  });
  // What fails after it was taken is told as plain text.
  if ('refused' in answer) throw new RefusedPlainly(answer.refused.code, answer.refused.message);
  return writeInfer(read, answer, server.sharedMemory);
}

/** Before anything of the body is looked at. */
function requireModel(server: InferenceServer, model: ModelRef): void {
  try {
    if (!server.isDecoupled(model)) return;
  } catch (thrown) {
    throw thrown instanceof Refused ? new RefusedPlainly(thrown.code, thrown.message) : thrown;
  }
  throw new RefusedPlainly('Unsupported', "HTTP end point doesn't support models with decoupled transaction policy");
}

/** As C reads a number: what is none is 0, and then the body is one raw tensor. */
function headLengthOf({ headers, body }: HttpRequest, bodyLength: number): number {
  const header = headers.get('inference-header-content-length');
  const promised = headers.has('content-encoding') ? bodyLength : promisedOf({ headers, body });
  if (header === undefined) return Math.min(promised, bodyLength);
  const length = asInt(header);
  if (length < 0 || length > promised)
    throw new RefusedPlainly('Invalid argument', `inference header size should be in range (0, ${promised}), got: ${header}`);
  return length;
}

/** C's `atoi`: what is beyond 64 bits is the largest of those, and of these the lowest 32 are taken. */
function asInt(text: string): number {
  const written = BigInt(/^\s*\+?(-?\d+)/.exec(text)?.[1] ?? 0);
  const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n];
  return Number(BigInt.asIntN(32, written < least ? least : written > most ? most : written));
}

function requireWhole(request: HttpRequest): void {
  if (request.headers.has('inference-header-content-length')) return;
  const missing = promisedOf(request) - request.body.length;
  if (missing > 0) refuse('Invalid argument', `unexpected size for request JSON, expecting ${missing} more bytes`);
}

/** Of two lengths the body has the last, and what is said of it the first. */
const promisedOf = ({ headers, body }: Pick<HttpRequest, 'headers' | 'body'>): number =>
  Number(headers.get('content-length') ?? body.length);

function forwardedOf({ headers }: HttpRequest, pattern: RegExp | undefined): ReadonlyMap<string, string> {
  return pattern ? new Map([...headers].filter(([name]) => pattern.test(name))) : new Map();
}
