import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { parsePrometheusText, sumOf } from './prometheus-text.ts';

const one = (line: string) => parsePrometheusText(line).samples[0];

test('a scrape of Triton gives its counters by name and labels', () => {
  const { samples, broken } = parsePrometheusText(`# HELP nv_inference_request_failure Number of failed inference requests, all batch sizes
# TYPE nv_inference_request_failure counter
nv_inference_request_failure{model="digits",reason="OTHER",version="1"} 2
nv_inference_request_failure{model="digits",reason="BACKEND",version="1"} 3
nv_inference_request_failure{model="other",reason="BACKEND",version="1"} 9
nv_pinned_memory_pool_total_bytes 268435456
`);
  deepStrictEqual(broken, []);
  strictEqual(samples.length, 4);
  strictEqual(sumOf(samples, 'nv_inference_request_failure', { model: 'digits' }), 5);
  strictEqual(sumOf(samples, 'nv_pinned_memory_pool_total_bytes'), 268435456);
  strictEqual(sumOf(samples, 'nv_inference_count', { model: 'digits' }), undefined, 'what is not there is not zero');
});

const lines: readonly (readonly [string, number, Record<string, string>])[] = [
  ['up 1', 1, {}],
  ['up{} 1', 1, {}],
  ['up { a = "b" , c="d", } 1', 1, { a: 'b', c: 'd' }],
  ['up{a="say \\"hi\\", {x=1}"} 1', 1, { a: 'say "hi", {x=1}' }],
  ['up{a="C:\\\\new\\nline\\t"} 1', 1, { a: 'C:\\new\nline\\t' }],
  ['up 1 1795399659612', 1, {}],
  ['up{a="x"}0.004975124378109453', 0.004975124378109453, { a: 'x' }],
  ['up 1.5e-7', 1.5e-7, {}],
  ['up NaN', Number.NaN, {}],
  ['up +Inf', Number.POSITIVE_INFINITY, {}],
  ['up -Inf', Number.NEGATIVE_INFINITY, {}],
  ['up{le="+Inf"} 3', 3, { le: '+Inf' }],
];

test('labels, escapes and values are read exactly', () => {
  for (const [line, value, labels] of lines) deepStrictEqual(one(line), { name: 'up', labels, value }, line);
});

test('a broken line is named and left out', () => {
  const text = [
    'up',
    'up x',
    'up{a=b} 1',
    'up{a="b" c="d"} 1',
    'up{a="b"',
    '9up 1',
    'up{a="1",a="2"} 1',
    'up 1 2 3',
    'fine 1',
    'up 0x10',
  ].join('\n');
  const { samples, broken } = parsePrometheusText(text);
  deepStrictEqual(samples, [{ name: 'fine', labels: {}, value: 1 }]);
  deepStrictEqual(broken, [1, 2, 3, 4, 5, 6, 7, 8, 10]);
});
