import { type ExactJson, parseExactJson } from '#core/kserve/exact-json.ts';
import { printedConfig } from '../models/printed-config.ts';
import type { InferenceServer, LogSettings, ModelRef } from '../server/inference-server.ts';
import { refuse, Refused } from '../server/refused.ts';
import { type Answer, done, empty, failure, json } from './answer.ts';
import { asArray, asBoolean, asString, asUnsigned, asUnsignedBig, isMembers, type Members, membersOf } from './json-words.ts';
import { RefusedPlainly } from './refused-plainly.ts';
import { statisticsJson } from './statistics-json.ts';

/** What of a request a route looks at. The model's version is '' where the path has none. */
export type Asked = { readonly model: ModelRef; readonly name: string; readonly body: Buffer };

export type Category =
  | 'health'
  | 'metadata'
  | 'inference'
  | 'shared-memory'
  | 'model-config'
  | 'model-repository'
  | 'statistics'
  | 'trace'
  | 'logging';

export type Route = {
  readonly path: RegExp;
  readonly category: Category;
  readonly methods: readonly ('GET' | 'POST')[];
  /** Errors of some routes carry another content type than those of others; so they do with Triton. */
  readonly errorType: 'text/plain' | 'application/json';
  answer(server: InferenceServer, asked: Asked, method: string): Answer | Promise<Answer>;
};

const modelPath = String.raw`/v2/models/(?<m>[^/]+)(?:/versions/(?<v>[0-9]+))?`;
const whole = (path: string): RegExp => new RegExp(`^${path}$`);

function route(
  category: Category,
  path: string,
  answer: Route['answer'],
  { methods = ['GET'], errorType = 'application/json' }: Partial<Pick<Route, 'methods' | 'errorType'>> = {},
): Route {
  return { path: whole(path), category, methods, errorType, answer };
}

const plain = { errorType: 'text/plain' } as const;
const post = { methods: ['POST'] } as const;

export const inferPath = whole(`${modelPath}/infer`);
export const generatePath = whole(`${modelPath}/generate(?<s>_stream)?`);

/** All but inference, in the order in which they are tried. */
export const routes: readonly Route[] = [
  route('health', '/v2/health/live', async (server) => healthOf(server, await server.isLive()), plain),
  route('health', '/v2/health/ready', async (server) => healthOf(server, await server.isReady()), plain),
  route('statistics', '/v2/models/stats', (server) => json({ model_stats: server.statistics('all').map(statisticsJson) })),
  route('logging', '/v2/logging', logging, { methods: ['GET', 'POST'] }),
  route('trace', '/v2/trace/setting', trace, { methods: ['GET', 'POST'] }),
  route('trace', '/v2/models/(?<m>[^/]+)/trace/setting', trace, { methods: ['GET', 'POST'] }),
  route('health', `${modelPath}/ready`, modelReady, plain),
  route('metadata', '/v2', (server) => json(server.metadata)),
  route('statistics', `${modelPath}/stats`, (server, { model }) => json({ model_stats: server.statistics(model).map(statisticsJson) })),
  route('model-config', `${modelPath}/config`, (server, { model }) => json(printedConfig(server.modelConfig(model)))),
  route('metadata', modelPath, (server, { model }) => json(server.modelMetadata(model))),
  route('model-repository', '/v2/repository(?:/(?<r>[^/]+))?/index', repositoryIndex, post),
  route('model-repository', '/v2/repository(?:/(?<r>[^/]+))?/models/(?<m>[^/]+)/load', load, post),
  route('model-repository', '/v2/repository(?:/(?<r>[^/]+))?/models/(?<m>[^/]+)/unload', unload, post),
  route('shared-memory', '/v2/systemsharedmemory(?:/region/(?<r>[^/]+))?/status', (server, { name }) =>
    json(server.sharedMemory.status(name).map(regionJson)),
  ),
  route('shared-memory', '/v2/systemsharedmemory/region/(?<r>[^/]+)/register', registerSystem, post),
  route(
    'shared-memory',
    '/v2/systemsharedmemory(?:/region/(?<r>[^/]+))?/unregister',
    (server, { name }) => (server.sharedMemory.unregister(name), done),
    post,
  ),
  route('shared-memory', '/v2/cudasharedmemory(?:/region/(?<r>[^/]+))?/status', (server, { name }) =>
    json(server.sharedMemory.cudaStatus(name)),
  ),
  route('shared-memory', '/v2/cudasharedmemory/region/(?<r>[^/]+)/register', registerCuda, post),
  route(
    'shared-memory',
    '/v2/cudasharedmemory(?:/region/(?<r>[^/]+))?/unregister',
    (server, { name }) => (server.sharedMemory.unregisterCuda(name), done),
    post,
  ),
];

const healthOf = (server: InferenceServer, isGood: boolean): Answer =>
  server.isStopping() ? failure(503, 'Server exiting') : empty(isGood ? 200 : 400);

/** Whichever repository the path names, the answer is of all. */
function repositoryIndex(server: InferenceServer, { body }: Asked): Answer {
  const { ready } = body.length === 0 ? {} : rootOf(body);
  return json(server.index({ onlyReady: ready !== undefined && asBoolean(ready) }));
}

async function modelReady(server: InferenceServer, { model }: Asked): Promise<Answer> {
  try {
    return (await server.isModelReady(model)) ? empty(200) : failure(400, 'Model version not ready', 'text/plain');
  } catch (thrown) {
    throw thrown instanceof Refused ? new RefusedPlainly(thrown.code, thrown.message) : thrown;
  }
}

async function load(server: InferenceServer, { model, name, body }: Asked): Promise<Answer> {
  requireNoRepository(name);
  const files = new Map<string, Uint8Array>();
  let config: string | undefined;
  const { parameters = {} } = body.length === 0 ? {} : rootOf(body);
  if (!isMembers(parameters)) refuse('Internal', 'attempt to get members for non-object');
  for (const [parameter, value] of Object.entries(parameters)) {
    if (parameter === 'config') config = asString(value);
    else if (parameter.startsWith('file:')) files.set(parameter.slice('file:'.length), Buffer.from(asString(value), 'base64'));
    else {
      asString(value);
      refuse('Internal', 'unexpected error on creating Triton parameter');
    }
  }
  await server.load(model.name, { ...(config === undefined ? {} : { config }), files });
  return done;
}

/** Over HTTP an unload never refuses its body. */
async function unload(server: InferenceServer, { model, name, body }: Asked): Promise<Answer> {
  requireNoRepository(name);
  const parsed = parseExactJson(body.toString('latin1'));
  const parameters = 'value' in parsed ? membersOf(membersOf(parsed.value).parameters) : {};
  await server.unload(model.name, { dependents: parameters.unload_dependents === true });
  return done;
}

function requireNoRepository(name: string): void {
  if (name !== '') refuse('Unsupported', "'repository_name' specification is not supported");
}

function registerSystem(server: InferenceServer, { name, body }: Asked): Answer {
  const members = rootOf(body);
  const key = asString(members.key === undefined ? missing('key') : members.key);
  const offset = members.offset === undefined ? 0 : asUnsigned(members.offset);
  const byteSize = asUnsigned(members.byte_size === undefined ? missing('byte_size') : members.byte_size);
  server.sharedMemory.register({ name, key, offset, byteSize });
  return done;
}

function registerCuda(server: InferenceServer, { name, body }: Asked): Answer {
  const members = rootOf(body);
  if (members.raw_handle === undefined) missing('raw_handle');
  const text = asString(present(membersOf(members.raw_handle), 'b64'));
  asUnsigned(present(members, 'byte_size'));
  asUnsigned(present(members, 'device_id'));
  // The decoder passes over what is none of its letters.
  const bytes = Buffer.from(text.replace(/[^A-Za-z0-9+/=]/g, ''), 'base64');
  if (bytes.length !== cudaHandleBytes) refuse('Invalid argument', "'raw_handle' must be a valid base64 encoded cudaIpcMemHandle_t");
  return server.sharedMemory.registerCuda(name);
}

/** Size of a cudaIpcMemHandle_t. */
const cudaHandleBytes = 64;

const missing = (field: string): never => refuse('Invalid argument', `Shared memory register request has no '${field}' field`);

const present = (members: Members, name: string): ExactJson =>
  members[name] === undefined ? refuse('Internal', `attempt to access non-existing object member '${name}'`) : members[name];

const regionJson = ({ name, key, offset, byteSize }: ReturnType<InferenceServer['sharedMemory']['status']>[number]): object => ({
  name,
  key,
  offset,
  byte_size: byteSize,
});

function logging(server: InferenceServer, { body }: Asked, method: string): Answer {
  // One after the other: when a later one is refused, Triton has taken the earlier ones.
  if (method === 'POST') for (const change of logChanges(rootOf(body))) server.logSettings.update(change);
  return json(server.logSettings.get());
}

/** In the order in which Triton takes them. A null leaves a setting as it is. */
function* logChanges(members: Members): Generator<Partial<LogSettings>> {
  const given = (name: keyof LogSettings): ExactJson | undefined => members[name] ?? undefined;
  if (given('log_file') !== undefined) refuse('Unsupported', 'log file location can not be updated through network protocol');
  for (const name of ['log_info', 'log_warning', 'log_error'] as const) {
    const value = given(name);
    if (value !== undefined) yield { [name]: asBoolean(value) };
  }
  const level = given('log_verbose_level');
  if (level !== undefined) yield { log_verbose_level: Number(BigInt.asUintN(32, asUnsignedBig(level))) };
  const format = given('log_format');
  if (format !== undefined) yield { log_format: asString(format) };
}

/** Over HTTP the words about a count have a blank less than over gRPC. */
function trace(server: InferenceServer, { model, body }: Asked, method: string): Answer {
  // Of a model that is not there nothing else is said.
  const settings = server.traces.settings(model.name);
  if (method !== 'POST') return json(settings);
  try {
    server.traces.update(model.name, traceChanges(rootOf(body)));
  } catch (thrown) {
    throw thrown instanceof Refused ? new Refused(thrown.code, thrown.message.replace('>= -1, got: ', '>= -1, got:')) : thrown;
  }
  return json(server.traces.settings(model.name));
}

/** In the order in which Triton reads them, so that the first one that is wrong is told. */
function* traceChanges(members: Members): Generator<readonly [string, readonly string[] | null]> {
  for (const name of ['trace_file', 'trace_level', 'trace_rate', 'trace_count', 'log_frequency']) {
    const value = members[name];
    if (value === undefined) continue;
    const values = (): readonly string[] => (name === 'trace_level' ? asArray(value).map((item) => asString(item)) : [asString(value)]);
    // The file may not be set, to whatever.
    const given = value === null ? null : name === 'trace_file' ? [''] : values();
    // No level at all changes nothing.
    if (given === null || given.length > 0) yield [name, given];
  }
}

/** What is JSON and no object has no members. */
function rootOf(body: Buffer): Members {
  const parsed = parseExactJson(body.toString('latin1'));
  if ('says' in parsed) return refuse('Internal', `failed to parse the request JSON buffer: ${parsed.says} at ${parsed.at}`);
  return isMembers(parsed.value) ? parsed.value : {};
}
