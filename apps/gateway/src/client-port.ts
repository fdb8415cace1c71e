import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Ms } from '#core/base/time.ts';
import { send } from '#core/traffic/flow.ts';
import { answerJson, type RefusalCode, refuse } from './answer.ts';
import { dropBody, statedLength, takeBody } from './body.ts';
import type { Flows } from './flows.ts';
import { type ForwardWorld, forward } from './forward.ts';
import { type Asked, parseRequest } from './parse.ts';

export type ClientPortWorld = ForwardWorld & {
  readonly flows: Flows;
  readonly bodyBytesMax: number;
  /** Client requests that may be under way at once; more get a clear 503. */
  readonly requestsMax: number;
  readonly underWay: () => number;
  readonly isDraining: () => boolean;
  /** Counts what the gateway itself refused. */
  readonly refused: (code: RefusalCode) => void;
};

/** What clients see: parse, route, pick, forward. */
export function answerClient(request: IncomingMessage, response: ServerResponse, world: ClientPortWorld): void {
  const arrivedAt = world.now();
  const asked = parseRequest({ method: request.method ?? '', target: request.url ?? '' });
  switch (asked.kind) {
    case 'server':
      return answerOwn(asked.what, response, world);
    case 'other':
      return no(response, world, asked.code, asked.says);
    case 'infer':
    case 'model':
      return handOn(asked, { request, response, arrivedAt }, world);
  }
}

function handOn(
  { kind, model, path }: Extract<Asked, { kind: 'infer' | 'model' }>,
  { request, response, arrivedAt }: { request: IncomingMessage; response: ServerResponse; arrivedAt: Ms },
  world: ClientPortWorld,
): void {
  const { flows, now, bodyBytesMax, requestsMax } = world;
  const flow = flows.get(model);
  if (!flow) return no(response, world, 'unknown-model', `Request for unknown model: '${model}' is not found`);
  if (world.underWay() > requestsMax)
    return no(response, world, 'too-many', `the gateway has ${requestsMax} requests under way, its limit`);
  const length = statedLength(request);
  if (length !== 'unknown' && length > bodyBytesMax)
    return no(response, world, 'too-large', `the body is larger than ${bodyBytesMax} bytes`);
  takeBody(request, bodyBytesMax, (body) => {
    const sending = send(flow, kind === 'infer' ? 'client' : 'question', now());
    if (sending.is === 'sent') return forward({ flow, sending, path, body, arrivedAt, request, response }, world);
    no(response, world, sending.code, sending.says);
    dropBody(request, body);
  });
}

function answerOwn(what: 'live' | 'ready' | 'metadata', response: ServerResponse, world: ClientPortWorld): void {
  if (what === 'metadata') return answerJson(response, 200, { name: 'conch', version: '0.1.0', extensions });
  if (what === 'ready' && world.isDraining()) return no(response, world, 'closed', 'the gateway is about to end');
  response.writeHead(200, { 'content-length': 0 }).end();
}

const extensions = ['binary_tensor_data', 'classification', 'parameters', 'model_configuration', 'statistics'];

function no(response: ServerResponse, world: ClientPortWorld, code: RefusalCode, says: string): void {
  world.refused(code);
  refuse(response, code, says);
}
