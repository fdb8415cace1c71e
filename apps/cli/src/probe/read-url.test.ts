import { deepStrictEqual, strictEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { BadValue } from '../command.ts';
import { readHeader, readUrl } from './read-url.ts';

const read: readonly (readonly [string, string])[] = [
  ['localhost', 'http://localhost:8000'],
  ['localhost:8001', 'http://localhost:8001'],
  ['localhost:80', 'http://localhost'],
  ['http://localhost', 'http://localhost'],
  ['http://host:8000/', 'http://host:8000'],
  ['https://host/serve/triton/', 'https://host/serve/triton'],
  ['http://host:8000/v2', 'http://host:8000'],
  ['http://host:8000/serve/v2/health/ready?x=1', 'http://host:8000/serve'],
  ['[::1]:9000', 'http://[::1]:9000'],
];

for (const [typed, url] of read) test(`'${typed}' means ${url}`, () => strictEqual(readUrl(typed), url));

for (const typed of ['', ' ', 'grpc://host:8001', 'http://me:secret@host', 'http://', 'host:99999']) {
  test(`'${typed}' is refused in words`, () => throws(() => readUrl(typed), BadValue));
}

test('a header is a name and a value', () => {
  deepStrictEqual(readHeader('Authorization: Bearer a:b'), ['Authorization', 'Bearer a:b']);
  for (const typed of ['', 'x', ': y', 'a b: c', 'x: a\r\ny: b']) throws(() => readHeader(typed), BadValue);
});
