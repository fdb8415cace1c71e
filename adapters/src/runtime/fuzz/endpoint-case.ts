import type { Dice } from '#core/base/dice.ts';
import type { Case, Step } from './case.ts';
import { httpRequest } from './http-text.ts';
import { mutateTree, printTree, treeOf } from './json-tree.ts';
import { oddTexts, oddValues } from './odd-values.ts';

const models = ['flat', 'types', 'versions', 'pair', 'nope', 'unreadable', 'stats', 'digits', 'direct'];
const tails = ['', '/ready', '/config', '/stats', '/infer', '/trace/setting', '/generate', '/generate_stream', '/nope', '/'];
const versions = [
  '',
  '',
  '',
  '/versions/1',
  '/versions/3',
  '/versions/2',
  '/versions/0',
  '/versions/01',
  '/versions/-1',
  '/versions/x',
  '/versions',
];
const others = [
  ...[
    '/v2',
    '/v2/',
    '/',
    '//v2',
    '/v1',
    '/v2/health/live',
    '/v2/health/ready',
    '/v2/health',
    '/v2/health/live/',
    '/v2/models',
    '/v2/models/',
  ],
  ...[
    '/v2/models/stats',
    '/v2/logging',
    '/v2/trace/setting',
    '/v2/trace',
    '/v2/repository/index',
    '/v2/repository/x/index',
    '/v2/repository',
  ],
  ...['/v2/systemsharedmemory/status', '/v2/systemsharedmemory/region/r/status', '/v2/cudasharedmemory/status', '/metrics'],
  ...[
    '/v2/cudasharedmemory/region/r/status',
    '/v2/systemsharedmemory/region/status',
    '/v2/repository//index',
    '/v2/repository/models/x/load/x',
  ],
];
const methods = ['GET', 'GET', 'GET', 'GET', 'POST', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS'];

/** Any path with any method and any body; what sets something puts it back. */
export function endpointCase(dice: Dice): Case {
  return dice.pick([anyPath, anyPath, traces, logs, cuda, index])(dice);
}

function anyPath(dice: Dice): Case {
  const good = dice.chance(0.3) ? dice.pick(others) : `/v2/models/${dice.pick(models)}${dice.pick(versions)}${dice.pick(tails)}`;
  const path = dice.chance(0.6) ? good : oddPath(dice, good);
  // To set something by chance would change later answers.
  const method = /(setting|logging)/.test(path) ? 'GET' : dice.pick(methods);
  const body = dice.chance(0.7) ? '' : dice.pick(oddValues);
  return { says: `${method} ${path}`, steps: [{ kind: 'http', request: httpRequest(method, path, body) }] };
}

function oddPath(dice: Dice, path: string): string {
  const at = dice.below(path.length);
  const letter = path.charAt(at);
  const escaped = `%${letter.charCodeAt(0).toString(16).padStart(2, '0')}`;
  const odd = dice.pick([
    escaped,
    escaped,
    escaped.toUpperCase(),
    '%',
    '%2',
    '%zz',
    '%00',
    '%2f',
    '%20',
    '%ff',
    '+',
    '//',
    '/./',
    '/../',
    'ü',
    '?',
    '?a=b',
    '#',
    ';',
    '\\',
    '',
  ]);
  return `${path.slice(0, at)}${odd}${path.slice(at + (dice.chance(0.7) ? 1 : 0))}`;
}

/** A document of settings, with one place changed. */
const setting = (dice: Dice, value: object): string => {
  const root = treeOf(value);
  if (dice.chance(0.6)) mutateTree(dice, root);
  return printTree(root);
};

const post = (path: string, body: string): Step => ({ kind: 'http', request: httpRequest('POST', path, body) });
const get = (path: string): Step => ({ kind: 'http', request: httpRequest('GET', path) });

function traces(dice: Dice): Case {
  const numbers = [
    '0',
    '1',
    '5',
    '-1',
    '-2',
    'x',
    '',
    '4294967295',
    '4294967296',
    ' 5',
    '5x',
    '+5',
    '05',
    '1.5',
    '99999999999999999999',
    '0x5',
  ];
  const value = (): unknown => (dice.chance(0.8) ? dice.pick(numbers) : dice.pick<unknown>([5, null, true, [], ['5'], {}]));
  const body: Record<string, unknown> = {};
  for (const name of ['trace_rate', 'trace_count', 'log_frequency']) if (dice.chance(0.4)) body[name] = value();
  if (dice.chance(0.3))
    body['trace_level'] = dice.pick<unknown>([['OFF'], ['TIMESTAMPS'], ['OFF', 'TENSORS'], [], 'OFF', null, ['off'], [1], ['X']]);
  if (dice.chance(0.1)) body[dice.pick(['trace_file', 'trace_mode', 'nope'])] = dice.pick<unknown>(['x', null, 1]);
  const path = dice.pick([
    '/v2/trace/setting',
    '/v2/models/flat/trace/setting',
    '/v2/models/nope/trace/setting',
    '/v2/models/flat/versions/1/trace/setting',
  ]);
  const back = '{"trace_rate":null,"trace_count":null,"log_frequency":null,"trace_level":null}';
  const text = setting(dice, body);
  return {
    says: `trace settings ${text}`,
    steps: [
      post(path, text),
      get('/v2/trace/setting'),
      get('/v2/models/flat/trace/setting'),
      post('/v2/models/flat/trace/setting', back),
      post('/v2/trace/setting', back),
    ],
  };
}

function logs(dice: Dice): Case {
  const body: Record<string, unknown> = {};
  for (const name of ['log_info', 'log_warning', 'log_error'])
    if (dice.chance(0.3)) body[name] = dice.pick<unknown>([true, false, 1, 'true', null]);
  if (dice.chance(0.3)) body['log_verbose_level'] = dice.pick<unknown>([0, 1, -1, '1', 1.5, 4294967296, null]);
  if (dice.chance(0.3)) body['log_format'] = dice.pick<unknown>(['default', 'ISO8601', 'x', 1, null]);
  if (dice.chance(0.1)) body[dice.pick(['log_file', 'nope'])] = dice.pick<unknown>(['x', '', null]);
  const back = '{"log_info":true,"log_warning":true,"log_error":true,"log_verbose_level":0,"log_format":"default"}';
  const text = setting(dice, body);
  return { says: `log settings ${text}`, steps: [post('/v2/logging', text), get('/v2/logging'), post('/v2/logging', back)] };
}

function cuda(dice: Dice): Case {
  const b64 = dice.pick([
    '',
    'AAAA',
    Buffer.alloc(64).toString('base64'),
    Buffer.alloc(65).toString('base64'),
    '!!!!',
    'AA',
    Buffer.alloc(64, 255).toString('base64url'),
  ]);
  const body = setting(dice, { raw_handle: { b64 }, device_id: dice.pick([0, 1, -1]), byte_size: dice.pick([8, 0, -1]) });
  return {
    says: `CUDA ${body}`,
    steps: [
      post('/v2/cudasharedmemory/region/r/register', body),
      get('/v2/cudasharedmemory/status'),
      post('/v2/cudasharedmemory/unregister', ''),
    ],
  };
}

function index(dice: Dice): Case {
  const body = setting(dice, { ready: dice.pick<unknown>([true, false, 1, 'true', null]) });
  const path = dice.pick(['/v2/repository/index', `/v2/repository/${encodeURIComponent(dice.pick(oddTexts))}/index`]);
  return { says: `index ${path} ${body}`, steps: [post(path, dice.chance(0.2) ? '' : body)] };
}
