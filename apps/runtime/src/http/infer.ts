import type { IncomingMessage, ServerResponse } from 'node:http';
import type { InferenceServer, InferResponse, ModelRef } from '../server/inference-server.ts';
import { Refused } from '../server/refused.ts';
import type { Answer } from './answer.ts';
import { RefusedPlainly } from './refused-plainly.ts';
import { readInfer } from './read-infer.ts';
import { writeInfer } from './write-infer.ts';

type Call = {
  readonly model: ModelRef;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Buffer;
  readonly startedNs: bigint;
  readonly forwards: RegExp | undefined;
};

/** One inference over HTTP. Throws Refused. */
export async function answerInfer(server: InferenceServer, call: Call): Promise<Answer> {
  const { model, request, response, body, startedNs } = call;
  requireModel(server, model);
  const headLength = headLengthOf(request, body.length);
  const read = readInfer({ model, body, headLength, forwarded: forwardedOf(request, call.forwards), startedNs }, server.sharedMemory);
  const answer = await new Promise<InferResponse>((resolve) => {
    const inference = server.infer(read.request, resolve);
    response.once('close', () => {
      if (!response.writableEnded) inference.cancel();
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
function headLengthOf({ headers }: IncomingMessage, bodyLength: number): number | undefined {
  const header = headers['inference-header-content-length'];
  if (header === undefined) return bodyLength === 0 ? 0 : undefined;
  const length = Number(/^\s*([+-]?\d+)/.exec(String(header))?.[1] ?? 0);
  if (length < 0 || length > bodyLength)
    throw new RefusedPlainly('Invalid argument', `inference header size should be in range (0, ${bodyLength}), got: ${length}`);
  return length;
}

function forwardedOf({ headers }: IncomingMessage, pattern: RegExp | undefined): ReadonlyMap<string, string> {
  if (!pattern) return new Map();
  const matching = Object.entries(headers).filter(([name]) => pattern.test(name));
  return new Map(matching.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]));
}
