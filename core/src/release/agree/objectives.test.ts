import { deepStrictEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { readFileSync } from 'node:fs';
import { readContract } from '../../contract/read-contract.ts';
import { readConfig } from '../../pbtxt/read-config.ts';
import { disagreements } from '../agree.ts';

const release = new URL('../../../../examples/digits/releases/a/', import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, release), 'utf8');

/** What is said of the example (performance: p99 40 ms, queue 10 ms; memory 512 MiB) with another configuration. */
function said(edit: (config: string) => string, modelBytes = 3000): string[] {
  const path = 'repository/digits/config.pbtxt';
  const configText = edit(text(path));
  const contract = readContract(text('contract.yaml'), 'contract.yaml');
  const config = readConfig(configText, path);
  ok('contract' in contract && 'config' in config);
  const files = [
    { path: 'contract.yaml', size: 1, text: text('contract.yaml') },
    { path, size: 1, text: configText },
    { path: 'repository/digits/labels.txt', size: 1 },
    { path: 'repository/digits/1/model.onnx', size: modelBytes },
  ];
  return disagreements({ ...contract, ...config, beside: {}, golden: 'absent', route: 'absent', files })
    .filter(({ severity }) => severity === 'warning')
    .map(({ code, place }) => `${code} ${place.line}`);
}

test('a delay within the objective, and a few instances that fit, are fine', () => {
  deepStrictEqual(
    said((config) => config.replace('microseconds: 0', 'microseconds: 10000')),
    [],
  );
});

test('a delay beyond what may be queued, and a timeout beyond the objective, are told at their lines', () => {
  deepStrictEqual(
    said((config) => config.replace('microseconds: 0', 'microseconds: 10001')),
    ['agree/delay 47'],
  );
  deepStrictEqual(
    said((config) => config.replace('max_queue_size: 256', 'max_queue_size: 256 default_timeout_microseconds: 40001')),
    ['agree/timeout 49'],
  );
});

test("more instances than the contract's memory holds are told", () => {
  deepStrictEqual(
    said((config) => config.replace('count: 1', 'count: 9'), 60_000_000),
    ['agree/memory 36'],
  );
});
