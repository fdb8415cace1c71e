import { deepStrictEqual, strictEqual } from 'node:assert';
import { test } from 'node:test';
import type { GatewaySample, ServerSample } from './sample.ts';
import { laterThan, quantileMs } from './sample.ts';
import { markAll, since } from './window.ts';

const gateway = (is: Partial<GatewaySample>): GatewaySample => ({
  ...{ source: 'gateway', reader: 'one', incarnation: '1', model: 'digits', pool: 'p', at: 0 },
  ...{ requests: 0, errors: 0, mistakes: 0, diverted: 0, trials: 0, inFlight: 0, durations: { edgesMs: [10, 40], counts: [0, 0, 0] } },
  ...is,
});

const server = (is: Partial<ServerSample>): ServerSample => ({
  ...{ source: 'server', reader: 'agent', incarnation: '1', model: 'digits', pool: 'p', server: 'p/0', gpuClass: 'cpu', at: 0 },
  ...{ succeeded: 0, failed: 0, queueUs: 0, pending: 0, probes: 0 },
  ...is,
});

test('what came since the marks is the difference, added over readers', () => {
  const marks = markAll([gateway({ requests: 10, errors: 1 }), gateway({ reader: 'two', requests: 5 })], 40);
  const now = [
    gateway({ requests: 30, errors: 1 }),
    gateway({ reader: 'two', requests: 6, durations: { edgesMs: [10, 40], counts: [5, 0, 1] } }),
  ];
  const window = since(marks, now, 40).pools.get('p');
  strictEqual(window?.requests, 21);
  strictEqual(window?.errors, 0);
  strictEqual(window?.late, 1);
});

test('a reader that started again begins at zero and counts in full', () => {
  const marks = markAll([gateway({ requests: 1000 })], 40);
  strictEqual(since(marks, [gateway({ incarnation: '2', requests: 7 })], 40).pools.get('p')?.requests, 7);
});

test('an answer that comes late and shows less than before adds nothing, and spoils no later one', () => {
  const marks = markAll([server({ succeeded: 10 })], 40);
  const first = since(marks, [server({ succeeded: 8 })], 40);
  strictEqual(first.pools.get('p')?.succeeded, 0);
  strictEqual(since(first.marks, [server({ succeeded: 12 })], 40).pools.get('p')?.succeeded, 2);
});

test('a gateway that still counts by other edges says nothing', () => {
  const old = gateway({ requests: 9, durations: { edgesMs: [10, 50], counts: [9, 0, 0] } });
  deepStrictEqual(markAll([old], 40), {});
  strictEqual(since({}, [old], 40).pools.size, 0);
});

test('late is what is above the edge; a quantile is the upper edge of its bucket', () => {
  const histogram = { edgesMs: [10, 40, 100], counts: [90, 5, 4, 1] };
  strictEqual(laterThan(histogram, 40), 5);
  strictEqual(quantileMs(histogram, 0.5), 10);
  strictEqual(quantileMs(histogram, 0.99), 100);
  strictEqual(quantileMs({ edgesMs: [10], counts: [0, 0] }, 0.5), undefined);
});
