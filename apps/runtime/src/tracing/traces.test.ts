import { deepStrictEqual, match, strictEqual, throws } from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { printedElements } from './printed-elements.ts';
import type { Trace } from './trace.ts';
import { Traces, type TracesAtStart } from './traces.ts';

/** Traces of a server, where they go, and what the log says. */
function made(t: TestContext, atStart: Partial<TracesAtStart> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'conch-traces-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const errors: string[] = [];
  const start = { file: join(folder, 'traces'), levels: ['TIMESTAMPS'] as const, rate: 1, count: -1, frequency: 0, ...atStart };
  const traces = new Traces(start, (model) => model !== 'nope', { error: (_, says) => errors.push(says) });
  const written = (): Record<string, number[]> => {
    traces.end();
    const ids = (file: string) => (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { id: number }[]).map(({ id }) => id);
    return Object.fromEntries(readdirSync(folder).map((file) => [file, [...new Set(ids(file))]]));
  };
  return { traces, errors, written };
}

/** A request that came, was computed and answered. */
function run(trace: Trace | undefined): void {
  trace?.request.begin({ model: 'm', version: '1', id: '' }, []);
  trace?.request.end();
  trace?.leave();
}

test('a request that is refused before it reaches its model counts, and is not written', (t) => {
  const { traces, written } = made(t, { count: 5 });
  traces.sample('m')?.leave();
  run(traces.sample('m'));
  strictEqual(traces.settings('m').trace_count, '3');
  deepStrictEqual(written(), { traces: [2] });
});

test('a request that is under way when the setting changes is written where it was begun', (t) => {
  const { traces, written } = made(t);
  const [before, parent] = [traces.sample('m'), traces.sample('m')];
  traces.update('', [['log_frequency', ['1']]]);
  run(traces.sample('m'));
  run(before);
  parent?.request.begin({ model: 'm', version: '1', id: 'a"b' }, []);
  const step = parent?.request.step();
  step?.begin({ model: 'n', version: '1', id: '' }, []);
  parent?.request.end();
  parent?.leave();
  step?.end();
  deepStrictEqual(written(), { traces: [1, 4, 2], 'traces.0': [3] });
});

for (const [says, atStart, count, files] of [
  ['traces without end', { count: -1 }, 5, { traces: [1, 2, 3, 4, 5] }],
  ['many of a count', { count: 1000 }, 4, { traces: [1, 2, 3, 4] }],
  ['a numbered file of many', { frequency: 1000 }, 4, { 'traces.0': [1, 2, 3], 'traces.1': [4] }],
] as const)
  test(`${says} do not fill the memory: they come to stand in a file meanwhile`, (t) => {
    const { traces, written } = made(t, { levels: ['TENSORS'], ...atStart });
    const bytes = new Uint8Array(says === 'traces without end' ? 300_000 : 12_000_000);
    for (let done = 0; done < count; done += 1) {
      const trace = traces.sample('m');
      trace?.request.begin({ model: 'm', version: '1', id: '' }, [{ name: 'x', datatype: 'UINT8', shape: [bytes.length], bytes }]);
      trace?.request.end();
      trace?.leave();
    }
    deepStrictEqual(written(), files);
  });

test('a file that cannot be written is said in the log, and nothing else happens', (t) => {
  const { traces, errors, written } = made(t, { file: '/nowhere/traces', frequency: 1 });
  run(traces.sample('m'));
  deepStrictEqual(written(), {});
  strictEqual(errors.length, 1);
  match(errors[0] ?? '', /^failed creating trace file: ENOENT/);
});

test('settings that cannot be are refused in words of Triton, and all stays as it was', (t) => {
  const { traces } = made(t, { file: '' });
  const before = traces.settings('');
  for (const [changes, says] of [
    [
      [
        ['trace_rate', ['7']],
        ['trace_count', ['x']],
      ],
      /Unable to parse 'trace_count', got: x/,
    ],
    [[['trace_rate', ['0']]], /invalid trace setting :sample rate must be non-zero/],
    [[['trace_level', ['TENSORS']]], /invalid trace setting :trace file name is not given/],
    [[['trace_file', []]], /can not be updated/],
  ] as const) {
    throws(() => traces.update('', changes), says);
    deepStrictEqual(traces.settings(''), before);
  }
  throws(() => traces.update('nope', []), /Request for unknown model : nope/);
});

test('elements are printed as C++ streams print them', () => {
  strictEqual(printedElements('FP32', new Uint8Array(Float32Array.of(1e6, 0.1).buffer)), '1e+06,0.1');
  strictEqual(printedElements('BOOL', Uint8Array.of(0, 1, 2)), '0,1,1');
  strictEqual(printedElements('BYTES', Buffer.from('\x02\0\0\0hi\0\0\0\0')), '"hi",""');
  strictEqual(printedElements('FP16', Uint8Array.of(0, 1)), '');
  strictEqual(printedElements('INT64', new Uint8Array(BigInt64Array.of(-5n).buffer)), '-5');
});
