import { deepStrictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { forwardedHeaders } from './forwarded-headers.ts';

const rawHeaders = [
  ':path',
  '/x',
  'te',
  'trailers',
  'grpc-timeout',
  '1S',
  'content-type',
  'application/grpc',
  'user-agent',
  'u',
  'x-y',
  'a',
  'x-y',
  'b',
  'x-bin',
  'YWJj',
];

// As a real tritonserver 2.51 forwards them.
test('all metadata can be forwarded; what belongs to HTTP and gRPC cannot', () => {
  deepStrictEqual(
    [...forwardedHeaders({ rawHeaders }, /.*/)],
    [
      ['user-agent', 'u'],
      ['x-y', 'b'],
      ['x-bin', 'abc'],
    ],
  );
});

test('a pattern matches anywhere in a name, and nothing is forwarded without one', () => {
  deepStrictEqual([...forwardedHeaders({ rawHeaders }, /-Y/i).keys()], ['x-y']);
  deepStrictEqual(forwardedHeaders({ rawHeaders }, undefined).size, 0);
});
