import { isModelName, type ModelName } from '#core/base/names.ts';

/** What a client asks. `path` is written anew from what was understood, so that nothing odd travels on to a server. */
export type Asked =
  | { readonly kind: 'infer' | 'model'; readonly model: ModelName; readonly version?: string; readonly path: string }
  | { readonly kind: 'server'; readonly what: 'live' | 'ready' | 'metadata' }
  /** Not for this port, or nothing we know. */
  | {
      readonly kind: 'other';
      readonly status: 403 | 404 | 405;
      readonly code: 'forbidden' | 'not-found' | 'method';
      readonly says: string;
    };

export function parseRequest({ method, target }: { method: string; target: string }): Asked {
  const { path, query } = partsOf(target);
  if (path === '/v2/health/live') return onlyGet(method, { kind: 'server', what: 'live' });
  if (path === '/v2/health/ready') return onlyGet(method, { kind: 'server', what: 'ready' });
  if (path === '/v2' || path === '/v2/') return onlyGet(method, { kind: 'server', what: 'metadata' });
  const guarded = guardedRoutes.find(({ pattern }) => pattern.test(path));
  if (guarded) {
    return { kind: 'other', status: 403, code: 'forbidden', says: `${guarded.what} is not available on the client port of the gateway` };
  }
  return modelRequest(method, path, query);
}

const guardedRoutes = [
  { pattern: /^\/v2\/repository(\/|$)/, what: 'the model repository' },
  { pattern: /^\/v2\/(system|cuda)sharedmemory(\/|$)/, what: 'shared memory' },
  { pattern: /^\/v2\/(models\/[^/]+\/(versions\/[^/]+\/)?)?trace(\/|$)/, what: 'tracing' },
  { pattern: /^\/v2\/logging(\/|$)/, what: 'logging' },
  { pattern: /^\/v2\/models\/stats$/, what: 'the statistics of all models' },
];

const modelRoute = /^\/v2\/models\/([^/]+)(?:\/versions\/(\d+))?(?:\/(infer|generate|generate_stream|ready|config|stats))?$/;

function modelRequest(method: string, path: string, query: string): Asked {
  const [, encoded = '', version, verb] = modelRoute.exec(path) ?? [];
  const model = decoded(encoded);
  if (!isModelName(model)) return { kind: 'other', status: 404, code: 'not-found', says: 'Not Found' };
  const isInference = verb === 'infer' || verb === 'generate' || verb === 'generate_stream';
  const isAllowed = isInference ? method === 'POST' : method === 'GET' || method === 'HEAD';
  if (!isAllowed) return { kind: 'other', status: 405, code: 'method', says: 'Method Not Allowed' };
  return {
    kind: isInference ? 'infer' : 'model',
    model,
    ...(version === undefined ? {} : { version }),
    path:
      ['/v2/models', model, ...(version === undefined ? [] : ['versions', version]), ...(verb === undefined ? [] : [verb])].join('/') +
      query,
  };
}

function onlyGet(method: string, asked: Asked): Asked {
  return method === 'GET' || method === 'HEAD' ? asked : { kind: 'other', status: 405, code: 'method', says: 'Method Not Allowed' };
}

/** Path and query (with its question mark); a proxy may write the target in absolute form (RFC 9112, 3.2.2). */
function partsOf(target: string): { path: string; query: string } {
  const rest = target.replace(/^https?:\/\/[^/?#]*/i, '');
  const mark = rest.indexOf('?');
  return mark < 0 ? { path: rest, query: '' } : { path: rest.slice(0, mark), query: rest.slice(mark) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
