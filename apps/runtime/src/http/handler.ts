import type { IncomingMessage, ServerResponse } from 'node:http';
import type { InferenceServer } from '../server/inference-server.ts';
import { type ErrorCode, Refused } from '../server/refused.ts';
import { type Answer, failure } from './answer.ts';
import { chosenEncoding, compressed, decompressed, unsupportedCompression } from './compression.ts';
import { RefusedPlainly } from './refused-plainly.ts';
import { answerInfer } from './infer.ts';
import { type Asked, type Category, inferPath, routes } from './routes.ts';

export type HttpOptions = {
  readonly bytesMax: number;
  /** Headers whose names match become parameters of an inference. */
  readonly forwards: RegExp | undefined;
  /** The header that a category asks for, and its value. */
  readonly restricted: ReadonlyMap<Category, { readonly header: string; readonly value: string }>;
};

/** Answers one request of the inference protocol. Never throws for what a client sends. */
export function httpHandler(server: InferenceServer, options: HttpOptions) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const infer = inferPath.exec(path);
    const answer = infer
      ? await answerOf(request, 'text/plain', ['POST'], 'inference', options, (body, startedNs) =>
          answerInfer(server, { request, response, body, startedNs, forwards: options.forwards, model: refIn(infer) }),
        )
      : await otherAnswer(server, path, request, options);
    await send(server, request, response, answer);
  };
}

async function otherAnswer(server: InferenceServer, path: string, request: IncomingMessage, options: HttpOptions): Promise<Answer> {
  for (const route of routes) {
    const match = route.path.exec(path);
    if (!match) continue;
    return answerOf(request, route.errorType, route.methods, route.category, options, (body) => {
      const asked: Asked = { model: refIn(match), name: match.groups?.r ?? '', body };
      return route.answer(server, asked, request.method ?? '');
    });
  }
  return failure(404, 'Not Found', 'text/plain');
}

const refIn = ({ groups }: RegExpExecArray) => ({ name: groups?.m ?? '', version: groups?.v ?? '' });

async function answerOf(
  request: IncomingMessage,
  errorType: 'text/plain' | 'application/json',
  methods: readonly string[],
  category: Category,
  { restricted, bytesMax }: HttpOptions,
  answer: (body: Buffer, startedNs: bigint) => Answer | Promise<Answer>,
): Promise<Answer> {
  const key = restricted.get(category);
  if (key && request.headers[key.header] !== key.value)
    return failure(403, `This API is restricted, expecting header '${key.header}'`, errorType);
  if (!methods.includes(request.method ?? '')) return failure(405, 'Method Not Allowed', errorType);
  try {
    const startedNs = process.hrtime.bigint();
    const body = request.method === 'POST' ? await readBody(request, bytesMax) : nothing;
    return await answer(body, startedNs);
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown;
    const type = thrown instanceof RefusedPlainly ? errorType : 'application/json';
    const answer = failure(statusOf[thrown.code], thrown.message, type);
    return thrown.message === unsupportedCompression ? { ...answer, headers: { 'Accept-Encoding': 'gzip, deflate' } } : answer;
  }
}

const nothing = Buffer.alloc(0);

/** Since 24.01. */
export const statusOf: Readonly<Record<ErrorCode, number>> = {
  Unknown: 400,
  Internal: 500,
  'Not found': 404,
  'Invalid argument': 400,
  Unavailable: 503,
  Unsupported: 501,
  'Already exists': 400,
  Cancelled: 499,
};

async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  return decompressed(await collected(request, bytesMax), request.headers['content-encoding'], bytesMax);
}

/** By events: the async iterator of a request costs more than the rest of a small inference. */
function collected(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    request.on('data', (piece: Buffer) => {
      length += piece.length;
      if (length <= bytesMax) pieces.push(piece);
      else
        reject(
          new Refused('Invalid argument', `the request body is larger than ${bytesMax} bytes; --http-max-input-size raises the limit`),
        );
    });
    request.on('end', () => resolve(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)));
    request.on('close', () => reject(new Refused('Invalid argument', 'the connection closed before the whole request had come')));
  });
}

async function send(server: InferenceServer, request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  let body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
  response.statusCode = answer.status;
  // Triton sends neither this header nor a date, and clients must not learn to expect them; but one that stops, or is asked to close, says so.
  if (server.isStopping() || /close/i.test(request.headers.connection ?? '')) response.setHeader('Connection', 'close');
  else response.removeHeader('Connection');
  response.sendDate = false;
  response.setHeader('Content-Type', answer.type ?? 'application/json');
  if (answer.headLength !== undefined) response.setHeader('Inference-Header-Content-Length', answer.headLength);
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  const encoding = answer.status === 200 && inferPath.test(request.url ?? '') ? chosenEncoding(acceptOf(request)) : undefined;
  if (encoding) {
    body = await compressed(body, encoding);
    response.setHeader('Content-Encoding', encoding);
  }
  response.setHeader('Content-Length', body.length);
  response.end(body);
}

const acceptOf = ({ headers }: IncomingMessage): string | undefined => {
  const accepted = headers['accept-encoding'];
  return Array.isArray(accepted) ? accepted.join() : accepted;
};
