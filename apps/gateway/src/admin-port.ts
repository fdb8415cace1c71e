import type { IncomingMessage, ServerResponse } from 'node:http';
import { prettifyError } from 'zod';
import { wordsOf } from '#core/base/fault.ts';
import { isModelName, type ModelName } from '#core/base/names.ts';
import type { Ms } from '#core/base/time.ts';
import { sendTrial } from '#core/traffic/flow.ts';
import type { RouteOffer } from '#core/traffic/table.ts';
import { formatClock, ownWords, parseClock, routeOffer } from '#core/traffic/wire.ts';
import { answerJson, refuse } from './answer.ts';
import { dropBody, takeBody } from './body.ts';
import type { Flows } from './flows.ts';
import { type ForwardWorld, forward } from './forward.ts';
import { parseRequest } from './parse.ts';
import type { RouteFiles } from './route-files.ts';

export type AdminPortWorld = ForwardWorld & {
  readonly flows: Flows;
  readonly routes: RouteFiles;
  readonly bodyBytesMax: number;
  readonly status: () => unknown;
  readonly log: (line: string) => void;
};

/** What control and agents see, on loopback only. */
export async function answerAdmin(request: IncomingMessage, response: ServerResponse, world: AdminPortWorld): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://admin');
  const [, version, what, name = '', ...rest] = pathname.split('/');
  const asked = `${request.method} ${version}/${what}`;
  response.setHeader('conch-clock', formatClock({ incarnation: world.flows.incarnation, ms: world.now() }));
  if (!isLocal(request)) return refuse(response, 'forbidden', 'the admin port answers to its loopback name only');
  if (version === 'v1' && what === 'trials') return answerTrial(request, response, { pool: name, path: `/${rest.join('/')}` }, world);
  if (asked === 'PUT v1/routes') return takeRoute(request, response, decodeURIComponent(name), world);
  if (asked === 'GET v1/models') return answerJson(response, 200, world.flows.report(decodeURIComponent(name), Date.now()));
  if (asked === 'GET v1/changes') return answerJson(response, 200, world.flows.changesAfter(Number(searchParams.get('after') ?? 0)));
  if (asked === 'GET v1/status') return answerJson(response, 200, world.status());
  const { gateway: id, incarnation } = world.flows;
  if (asked === 'GET v1/health') return answerJson(response, 200, { id, incarnation });
  return refuse(response, 'not-found', `no ${request.method} ${pathname} here`);
}

/** A web page that a browser on this machine shows must not reach us under a name of its own (DNS rebinding). */
function isLocal(request: IncomingMessage): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(request.headers.host ?? '') && request.headers.origin === undefined;
}

const offerBytesMax = 1024 * 1024;

async function takeRoute(request: IncomingMessage, response: ServerResponse, model: ModelName, world: AdminPortWorld): Promise<void> {
  const offer = await readOffer(request, model);
  if ('bad' in offer) return refuse(response, 'bad-request', offer.bad);
  const acceptance = world.flows.takeRoute(model, offer, meantAt(request, world));
  switch (acceptance.is) {
    case 'older':
      return answerJson(response, 409, {
        error: `generation ${offer.generation} of ${model} is older than ${acceptance.newest}`,
        newest: acceptance.newest,
      });
    case 'other':
      return answerJson(response, 409, {
        error: `generation ${offer.generation} of ${model} was accepted with another route`,
        newest: acceptance.newest,
      });
    case 'renewed':
      return answerJson(response, 200, { accepted: offer.generation, is: 'renewed' });
    case 'taken':
      // In force already: a full disk must not keep a candidate in traffic. Then only a restart would know less.
      await world.routes
        .store(model, offer)
        .catch((thrown) => world.log(`route ${offer.generation} of ${model} is in force but not kept on disk: ${wordsOf(thrown)}`));
      return answerJson(response, 200, { accepted: offer.generation, is: 'taken' });
  }
}

/** When control last heard us before it sent this: not later than that, it meant it. Without a word about it: now. */
function meantAt(request: IncomingMessage, { flows, now }: AdminPortWorld): Ms {
  const clock = parseClock(request.headers['conch-clock']);
  if (clock === 'none') return now();
  return clock.incarnation === flows.incarnation ? Math.min(now(), clock.ms) : Number.NEGATIVE_INFINITY;
}

async function readOffer(request: IncomingMessage, model: string): Promise<RouteOffer | { bad: string }> {
  if (!isModelName(model)) return { bad: `'${model}' is not a model name` };
  try {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > offerBytesMax) return { bad: `larger than ${offerBytesMax} bytes` };
      chunks.push(chunk);
    }
    const parsed = routeOffer.safeParse(JSON.parse(Buffer.concat(chunks).toString()));
    if (!parsed.success) return { bad: prettifyError(parsed.error) };
    const { route } = parsed.data;
    return route === 'none' || route.model === model ? parsed.data : { bad: `this is a route of '${route.model}'` };
  } catch (thrown) {
    return { bad: wordsOf(thrown) };
  }
}

function answerTrial(request: IncomingMessage, response: ServerResponse, to: { pool: string; path: string }, world: AdminPortWorld): void {
  const arrivedAt = world.now();
  const pool = decodeURIComponent(to.pool);
  const query = (request.url ?? '').split('?')[1];
  const asked = parseRequest({ method: request.method ?? '', target: query === undefined ? to.path : `${to.path}?${query}` });
  if (asked.kind === 'server') return refuse(response, 'not-found', `${ownWords}trials are about models`);
  if (asked.kind === 'other') return refuse(response, asked.code, `${ownWords}${asked.says}`);
  const flow = world.flows.get(asked.model);
  if (!flow) return refuse(response, 'no-server', `${ownWords}no proven server in pool '${pool}' of model '${asked.model}'`);
  takeBody(request, world.bodyBytesMax, (body) => {
    const sending = sendTrial(flow, { pool, purpose: asked.kind === 'infer' ? 'trial' : 'question' }, world.now());
    if (sending.is === 'sent') return forward({ flow, sending, path: asked.path, body, arrivedAt, request, response }, world);
    refuse(response, sending.code, `${ownWords}${sending.says}`);
    dropBody(request, body);
  });
}
