import { deepStrictEqual, notStrictEqual, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { InferRequest, OutputTensor } from '../server/inference-server.ts';
import { Cached, cacheKey } from './response-cache.ts';

const output = (bytes: number, value = 0): readonly OutputTensor[] => [
  { name: 'y', datatype: 'UINT8', shape: [bytes], bytes: new Uint8Array(bytes).fill(value) },
];
const asked = (value: number, more: object = {}): InferRequest =>
  ({
    inputs: [{ name: 'x', datatype: 'UINT8', shape: [1], bytes: Uint8Array.of(value) }],
    ...more,
  }) as unknown as InferRequest;
const version = (number: string, namespace = '') => ({ id: { namespace, name: 'm' }, version: number });

test('what was answered is found again, as a copy of its own', () => {
  const cache = new Cached(10_000);
  const given = output(3, 7);
  cache.keep('a', given);
  given[0]?.bytes.fill(0);
  deepStrictEqual(cache.find('a'), output(3, 7));
  strictEqual(cache.find('b'), undefined);
  strictEqual(cache.counts.hits, 1);
  strictEqual(cache.counts.misses, 1);
});

test('the least lately used goes first, and never more is kept than was allowed', () => {
  const cache = new Cached(3 * (256 + 100));
  for (const key of ['a', 'b', 'c']) cache.keep(key, output(100));
  cache.find('a');
  cache.keep('d', output(100));
  deepStrictEqual(
    ['a', 'b', 'c', 'd'].map((key) => cache.find(key) !== undefined),
    [true, false, true, true],
  );
  strictEqual(cache.counts.evictions, 1);
  cache.keep('too large', output(2000));
  strictEqual(cache.find('too large'), undefined);
  strictEqual(cache.used, 1);
});

test('shapes, ids and wanted outputs are no part of the question, as with Triton; model, version and bytes are', () => {
  const key = cacheKey(version('1'), asked(1));
  strictEqual(cacheKey(version('1'), asked(1, { id: 'x', outputs: ['y'] })), key);
  notStrictEqual(cacheKey(version('1'), asked(2)), key);
  notStrictEqual(cacheKey(version('2'), asked(1)), key);
});

test('models of one name in two namespaces do not answer for each other', () => {
  notStrictEqual(cacheKey(version('1', 'a'), asked(1)), cacheKey(version('1', 'b'), asked(1)));
});
