import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { parseRequest } from './parse.ts';

const ask = (method: string, target: string) => parseRequest({ method, target });

test('an inference request names a model, perhaps a version, and keeps its query', () => {
  deepStrictEqual(ask('POST', '/v2/models/digits/infer'), { kind: 'infer', model: 'digits', path: '/v2/models/digits/infer' });
  deepStrictEqual(ask('POST', '/v2/models/digits/versions/7/infer?a=1'), {
    kind: 'infer',
    model: 'digits',
    version: '7',
    path: '/v2/models/digits/versions/7/infer?a=1',
  });
  strictEqual(ask('POST', '/v2/models/digits/generate_stream').kind, 'infer');
});

test('questions about a model are forwarded too', () => {
  for (const path of ['', '/ready', '/config', '/stats', '/versions/1', '/versions/1/ready']) {
    strictEqual(ask('GET', `/v2/models/digits${path}`).kind, 'model');
  }
});

test("health and metadata of the server are the gateway's own", () => {
  deepStrictEqual(ask('GET', '/v2/health/ready'), { kind: 'server', what: 'ready' });
  deepStrictEqual(ask('GET', '/v2'), { kind: 'server', what: 'metadata' });
});

test('a quoted name is read, an absolute target as well, and the path that travels on is clean', () => {
  deepStrictEqual(ask('POST', 'http://host:80/v2/models/di%67its/infer'), {
    kind: 'infer',
    model: 'digits',
    path: '/v2/models/digits/infer',
  });
});

test('repository, shared memory, tracing and logging are refused on the client port', () => {
  for (const path of [
    '/v2/repository/index',
    '/v2/repository/models/digits/load',
    '/v2/systemsharedmemory/region/x/register',
    '/v2/cudasharedmemory/status',
    '/v2/trace/setting',
    '/v2/models/digits/trace/setting',
    '/v2/logging',
    '/v2/models/stats',
  ]) {
    const asked = ask('POST', path);
    strictEqual(asked.kind === 'other' && asked.status, 403, path);
  }
});

test('what we do not know goes nowhere', () => {
  for (const path of [
    '/',
    '/v2/models',
    '/v2/models/',
    '/v2/models/../repository/index',
    '/v2/models/a%2Fb/infer',
    '/v2/models/%2e%2e/infer',
    '/v2/models/%zz/infer',
    '/v2/models/digits/versions/x/infer',
    '/v2/models/digits/infer/more',
    '//v2/models/digits/infer',
  ]) {
    const asked = ask('POST', path);
    strictEqual(asked.kind === 'other' && asked.status, 404, path);
  }
});

test('a wrong method is refused as Triton refuses it', () => {
  const asked = ask('GET', '/v2/models/digits/infer');
  strictEqual(asked.kind === 'other' && asked.status, 405);
});
