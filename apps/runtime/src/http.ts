import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Json, parseJson } from '#core/kserve/json.ts';
import { readInferCall, writeInferAnswer } from './infer-json.ts';
import { isReady, type ModelVersion, type Serving } from './model-version.ts';
import { Refused } from './refused.ts';
import { fullShape, type TensorSpec } from './served-model.ts';
import type { State } from './state.ts';

type Answer = { readonly status: number; readonly body: string; readonly type?: 'text/plain' };
type Match = { readonly model: string; readonly version: string | undefined; readonly body: string; isGone(): boolean };
type Route = {
  readonly path: RegExp;
  readonly method: 'GET' | 'POST';
  /** Errors of some routes carry another content type than those of others; so they do with Triton. */
  readonly errorType: 'text/plain' | 'application/json';
  answer(state: State, match: Match, startedMs: number): Answer | Promise<Answer>;
};

const bodyBytesMax = 64 * 1024 * 1024;

/** Answers one request of the inference protocol. */
export async function handle(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const startedMs = performance.now();
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  for (const route of routes) {
    const match = route.path.exec(path);
    if (!match) continue;
    const { m: model = '', v: version } = match.groups ?? {};
    if (request.method !== route.method) return send(state, response, failure(405, 'Method Not Allowed', route.errorType));
    try {
      if (route.method === 'POST') requirePlain(request);
      const body = route.method === 'POST' ? await readBody(request) : '';
      return send(state, response, await route.answer(state, { model, version, body, isGone: () => response.destroyed }, startedMs));
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      // Errors found before a handler looked at the body are of the route's own type, all others are JSON.
      const isEarly = thrown.status === 404 || thrown.status === 501;
      return send(state, response, failure(thrown.status, thrown.message, isEarly ? route.errorType : 'application/json'));
    }
  }
  send(state, response, failure(404, 'Not Found', 'text/plain'));
}

const failure = (status: number, says: string, type: Route['errorType']): Answer => ({
  status,
  body: JSON.stringify({ error: says }),
  ...(type === 'text/plain' ? { type } : {}),
});

function send(state: State, response: ServerResponse, { status, body, type }: Answer): void {
  response.statusCode = status;
  // Triton sends neither this header nor a date, and clients must not learn to expect them; but one that stops says so.
  if (state.isStopping()) response.setHeader('Connection', 'close');
  else response.removeHeader('Connection');
  response.sendDate = false;
  response.setHeader('Content-Type', type ?? 'application/json');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}

function requirePlain({ headers }: IncomingMessage): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== '' && encoding !== 'identity') throw new Refused(501, 'Unsupported compression type');
  if (headers['inference-header-content-length'] !== undefined) {
    throw new Refused(400, 'conch-embedded takes and gives tensors as JSON only; not supported: Inference-Header-Content-Length');
  }
}

/** By events: the async iterator of a request costs more than the rest of a small inference. */
function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    request.on('data', (piece: Buffer) => {
      length += piece.length;
      if (length <= bodyBytesMax) pieces.push(piece);
      else reject(new Refused(400, `the request body is larger than ${bodyBytesMax} bytes`));
    });
    request.on('end', () => resolve((pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)).toString()));
    request.on('close', () => reject(new Refused(400, 'the connection closed before the whole request had come')));
  });
}

const empty = (status: number): Answer => ({ status, body: '', type: 'text/plain' });
const json = (value: unknown): Answer => ({ status: 200, body: JSON.stringify(value) });

const model = String.raw`/v2/models/(?<m>[^/]+)(?:/versions/(?<v>[0-9]+))?`;
const route = (path: string): RegExp => new RegExp(`^${path}$`);

const routes: readonly Route[] = [
  { path: route(`${model}/infer`), method: 'POST', errorType: 'text/plain', answer: infer },
  { path: route('/v2/health/live'), method: 'GET', errorType: 'text/plain', answer: (state) => empty(state.isLive() ? 200 : 400) },
  { path: route('/v2/health/ready'), method: 'GET', errorType: 'text/plain', answer: (state) => empty(state.isReady() ? 200 : 400) },
  { path: route(`${model}/ready`), method: 'GET', errorType: 'text/plain', answer: modelReady },
  { path: route('/v2'), method: 'GET', errorType: 'application/json', answer: (state) => json(state.metadata) },
  {
    path: route('/v2/models/stats'),
    method: 'GET',
    errorType: 'application/json',
    answer: (state) => json({ model_stats: state.versions.filter(isLoaded).map(statsOf) }),
  },
  { path: route(`${model}/stats`), method: 'GET', errorType: 'application/json', answer: modelStats },
  {
    path: route(`${model}/config`),
    method: 'GET',
    errorType: 'application/json',
    answer: (state, match) => ({ status: 200, body: find(state, match).serving.config }),
  },
  { path: route(model), method: 'GET', errorType: 'application/json', answer: modelMetadata },
  { path: route('/v2/repository/index'), method: 'POST', errorType: 'application/json', answer: repositoryIndex },
  {
    path: route('/v2/repository/models/[^/]+/(?:load|unload)'),
    method: 'POST',
    errorType: 'application/json',
    answer: () => failure(503, 'explicit model load / unload is not allowed if polling is enabled', 'application/json'),
  },
];

async function infer(state: State, match: Match, startedMs: number): Promise<Answer> {
  const { version, serving, statistics } = find(state, match);
  if (match.body === '') throw new Refused(400, 'conch-embedded takes and gives tensors as JSON only; not supported: raw binary requests');
  const call = readInferCall(match.body, serving.model);
  const fault = state.faultOf();
  if (fault.delayMs > 0) await sleep(fault.delayMs);
  if (fault.isError) {
    statistics.failed('OTHER', (performance.now() - startedMs) * 1e6);
    throw new Refused(500, 'an error on purpose, as asked for at the admin port');
  }
  const outputs = await serving.scheduler.infer(call, startedMs, match.isGone);
  return { status: 200, body: writeInferAnswer(call, serving.model, version, outputs) };
}

function modelReady(state: State, { model: name, version }: Match): Answer {
  const ready = state.versions.some((one) => one.name === name && (version === undefined || one.version === version) && isReady(one));
  return ready ? empty(200) : failure(400, 'Model version not ready', 'text/plain');
}

function modelMetadata(state: State, match: Match): Answer {
  const { serving } = find(state, match);
  const tensor = (spec: TensorSpec) => ({ name: spec.name, datatype: spec.datatype, shape: fullShape(serving.model, spec) });
  const { name, platform, inputs, outputs } = serving.model;
  const versions = state.versions.filter((one) => one.name === name && isLoaded(one)).map(({ version }) => version);
  return json({ name, versions, platform, inputs: inputs.map(tensor), outputs: outputs.map(tensor) });
}

function modelStats(state: State, { model: name, version }: Match): Answer {
  const loaded = state.versions.filter((one) => one.name === name && isLoaded(one));
  if (loaded.length === 0) throw new Refused(400, `requested model '${name}' is not available`);
  const wanted = loaded.filter((one) => version === undefined || one.version === version);
  if (wanted.length === 0) throw new Refused(400, `requested model version is not available for model '${name}'`);
  return json({ model_stats: wanted.map(statsOf) });
}

const statsOf = ({ name, version, statistics }: ModelVersion): object => statistics.toJson(name, version);

function repositoryIndex(state: State, { body }: Match): Answer {
  const onlyReady = readReady(body);
  const listed = state.versions.map((one) => ({
    name: one.name,
    version: one.version,
    state: one.state,
    ...(one.state === 'UNAVAILABLE' ? { reason: one.reason } : {}),
  }));
  return json(onlyReady ? listed.filter((one) => one.state === 'READY') : [...listed, ...state.unpolled.map((name) => ({ name }))]);
}

function readReady(body: string): boolean {
  if (body === '') return false;
  const parsed = parseJson(body);
  if ('says' in parsed) throw new Refused(500, `failed to parse the request JSON buffer: ${parsed.says} at ${parsed.at}`);
  const ready = (parsed.value as { readonly ready?: Json } | null)?.ready ?? false;
  if (typeof ready !== 'boolean') throw new Refused(500, 'attempt to access JSON non-boolean as boolean');
  return ready;
}

const isLoaded = (version: ModelVersion): version is ModelVersion & { state: 'READY' } => version.state === 'READY';

/** The version asked for, or the highest that is there. Throws Refused in Triton's words. */
function find(state: State, { model: name, version }: Match): ModelVersion & { serving: Serving } {
  const known = state.versions.filter((one) => one.name === name);
  if (known.length === 0) throw new Refused(404, `Request for unknown model: '${name}' is not found`);
  if (version === undefined) {
    const loaded = known.find(isLoaded);
    if (!loaded) throw new Refused(404, `Request for unknown model: '${name}' has no available versions`);
    return loaded;
  }
  const one = known.find((candidate) => candidate.version === version);
  if (!one) throw new Refused(404, `Request for unknown model: '${name}' version ${version} is not found`);
  if (!isLoaded(one)) throw new Refused(503, `Request for unknown model: '${name}' version ${version} is not at ready state`);
  return one;
}
