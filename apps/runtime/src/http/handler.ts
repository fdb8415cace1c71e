import { isUtf8 } from 'node:buffer';
import type { InferenceServer } from '../server/inference-server.ts';
import { type ErrorCode, Refused } from '../server/refused.ts';
import { requestedModel } from '../server/requested-model.ts';
import { type Answer, failure } from './answer.ts';
import { chosenEncoding, compressed, decompressed, unsupportedCompression } from './compression.ts';
import type { HttpHandler, HttpRequest } from './connection.ts';
import { answerGenerate } from './generate.ts';
import { HttpTrace } from './http-trace.ts';
import { answerInfer } from './infer.ts';
import type { Log } from '../log.ts';
import { RefusedPlainly } from './refused-plainly.ts';
import { type Category, generatePath, inferPath, type Route, routes } from './routes.ts';

export type HttpOptions = {
  readonly bytesMax: number;
  /** Headers whose names match become parameters of an inference. */
  readonly forwards: RegExp | undefined;
  /** The header that a category asks for, and its value. */
  readonly restricted: ReadonlyMap<Category, { readonly header: string; readonly value: string }>;
};

/** The inference protocol over HTTP. A mistake of ours costs that request, and stands in the log. */
export function httpHandler(server: InferenceServer, options: HttpOptions, log: Log): HttpHandler {
  return {
    bytesMax: options.bytesMax,
    tooLarge: failure(400, `the request body is larger than ${options.bytesMax} bytes; --http-max-input-size raises the limit`),
    isStopping: () => server.isStopping(),
    async answer(request) {
      try {
        return await answerOf(server, request, options);
      } catch (thrown) {
        log.error('handler.ts', `a request failed through a mistake of ours: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
        return failure(500, 'internal error, see the log');
      }
    },
  };
}

async function answerOf(server: InferenceServer, request: HttpRequest, options: HttpOptions): Promise<Answer> {
  // Triton's patterns know no other letters than those of UTF-8.
  if (!isUtf8(Buffer.from(request.path, 'latin1'))) return failure(404, 'Not Found', 'text/plain');
  const infer = inferPath.exec(request.path);
  if (infer) {
    const route = { category: 'inference', methods: ['POST'], errorType: 'text/plain' } as const;
    const way = new HttpTrace(request);
    const answer = way.end(
      await guarded(request, route, options, (body) =>
        answerInfer(server, { request, body, model: refIn(infer), forwards: options.forwards }, way),
      ),
    );
    return answer.status === 200 ? inEncoding(answer, request.headers.get('accept-encoding')) : answer;
  }
  const generate = generatePath.exec(request.path);
  if (generate) {
    const route = { category: 'inference', methods: ['POST'], errorType: 'application/json', takesEncodings: true } as const;
    const way = new HttpTrace(request);
    const call = { model: refIn(generate), request, isStream: generate.groups?.s !== undefined };
    return way.end(await guarded(request, route, options, () => answerGenerate(server, call, way)));
  }
  for (const route of routes) {
    const match = route.path.exec(request.path);
    if (!match) continue;
    return guarded(request, route, options, (body) =>
      route.answer(server, { model: refIn(match), name: match.groups?.r ?? '', body }, request.method),
    );
  }
  return failure(404, 'Not Found', 'text/plain');
}

const refIn = ({ groups }: RegExpExecArray) => requestedModel(groups?.m ?? '', groups?.v ?? '');

/** What holds for every route: who may, by which method, and how errors are written. */
async function guarded(
  request: HttpRequest,
  { category, methods, errorType, takesEncodings }: Pick<Route, 'category' | 'methods' | 'errorType'> & { readonly takesEncodings?: true },
  { restricted, bytesMax }: HttpOptions,
  answer: (body: Buffer) => Answer | Promise<Answer>,
): Promise<Answer> {
  const key = restricted.get(category);
  if (key && request.headers.get(key.header) !== key.value)
    return failure(403, `This API is restricted, expecting header '${key.header}'`, 'text/plain');
  if (!methods.includes(request.method as 'GET' | 'POST')) return failure(405, 'Method Not Allowed', errorType);
  try {
    const encoding = request.headers.get('content-encoding');
    // Only inferences are looked at for an encoding, and some look at it themselves.
    const isPlain = encoding === undefined || category !== 'inference' || takesEncodings;
    return await answer(isPlain ? request.body : await decompressed(request.body, encoding, bytesMax));
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown;
    const type = thrown instanceof RefusedPlainly ? errorType : 'application/json';
    const refused = failure(statusOf[thrown.code], thrown.message, type);
    return thrown.message === unsupportedCompression ? { ...refused, headers: { 'Accept-Encoding': 'gzip, deflate' } } : refused;
  }
}

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

async function inEncoding(answer: Answer, accepted: string | undefined): Promise<Answer> {
  const encoding = chosenEncoding(accepted);
  if (!encoding) return answer;
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
  return { ...answer, body: await compressed(body, encoding), headers: { ...answer.headers, 'Content-Encoding': encoding } };
}
