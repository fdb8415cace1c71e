import { deepStrictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { formatFinding } from '../base/finding.ts';
import { readGolden } from './read-golden.ts';
import { readRoute } from './route.ts';

const one = {
  id: 'a',
  inputs: { x: { datatype: 'FP32', shape: [1, 2], data: [1, 2] } },
  expect: { y: { shape: [1], data: [0.5] } },
  label: 0,
};
const set = { golden: 'conch/v1', model: 'm', outputs: { y: { datatype: 'FP32', tolerance: { absolute: 0, relative: 0 } } }, cases: [one] };

const says = (value: unknown) => {
  const read = readGolden(JSON.stringify(value, null, 1), 'golden.json');
  return 'findings' in read ? read.findings.map(formatFinding) : read.golden;
};

test('a golden set is read as it stands', () => deepStrictEqual(says(set), set));

test('a tensor that is shorter or longer than its shape is told with its line', () => {
  deepStrictEqual(says({ ...set, cases: [{ ...one, inputs: { x: { datatype: 'FP32', shape: [1, 3], data: [1, 2] } } }] }), [
    'golden.json:17:10  error  golden/invalid-value  cases[0].inputs.x: the shape [1,3] has room for 3 values, and data has 2',
  ]);
});

test('two cases of one name, an output without expectation and an expectation of nothing known are findings', () => {
  deepStrictEqual(says({ ...set, cases: [one, { ...one, expect: {} }, { ...one, id: 'b', expect: { ...one.expect, z: one.expect.y } }] }), [
    'golden.json:42:10  error  golden/invalid-value  cases[1].id: two cases are called "a"',
    'golden.json:56:14  error  golden/invalid-value  cases[1].expect: the output "y" has no expected values',
    'golden.json:74:14  error  golden/invalid-value  cases[2].expect: "z" is not among the set\'s outputs',
  ]);
});

test('texts and numbers are told apart, in tensors, tolerances and labels', () => {
  const outputs = { y: { datatype: 'BYTES', tolerance: 'exact' } };
  const text = {
    ...one,
    inputs: { x: { datatype: 'BYTES', shape: [1], data: ['é'] } },
    expect: { y: { shape: [1], data: ['no'] } },
    label: 'no',
  };
  const texts = { ...set, outputs, cases: [text] };
  deepStrictEqual(says(texts), texts);
  const wrong = (more: object) => says({ ...texts, ...more }) as string[];
  const words = (found: string[]): string[] => found.map((line) => line.replace(/^.*golden\/invalid-value {2}/, ''));
  deepStrictEqual(words(wrong({ cases: [{ ...text, inputs: { x: { datatype: 'BYTES', shape: [1], data: [1] } } }] })), [
    'cases[0].inputs.x: BYTES are texts: write them so in data',
  ]);
  deepStrictEqual(words(wrong({ cases: [{ ...text, label: 1, expect: { y: { shape: [1], data: [1] } } }] })), [
    'cases[0].label: the first output is a text, so the label is one too',
    'cases[0].expect.y: BYTES are texts: write them so in data',
  ]);
  deepStrictEqual(words(wrong({ outputs: { y: { datatype: 'BYTES', tolerance: { absolute: 0, relative: 0 } } } })), [
    'outputs.y.tolerance: texts are alike or they are not: write "exact"',
  ]);
});

test('a set without a case, an unknown datatype and broken JSON are findings', () => {
  deepStrictEqual(says({ ...set, cases: [] }), [
    'golden.json:13:11  error  golden/invalid-value  cases: a golden set without a case proves nothing',
  ]);
  deepStrictEqual(says({ ...set, outputs: { y: { ...set.outputs.y, datatype: 'FP23' } } }), [
    'golden.json:6:16  error  golden/invalid-value  outputs.y.datatype: "FP23" is not one of: BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, FP32, FP64, BF16, BYTES\n    fix: did you mean "FP32"?',
  ]);
  const read = readGolden('{\n"golden": "conch/v1",,\n}', 'golden.json');
  deepStrictEqual('findings' in read && read.findings.map(({ code, place }) => ({ code, place })), [
    { code: 'json/syntax', place: { file: 'golden.json', line: 2, column: 22 } },
  ]);
});

test('a route is read, and what it cannot do yet is a finding and not left out', () => {
  const route = {
    route: 'conch/v1',
    model: 'm',
    rules: [{ host: '*', path: '/v2/models/m' }],
    timeoutMs: 1,
    retries: 0,
    mirror: 'absent',
    priorities: 'absent',
  };
  deepStrictEqual(readRoute(JSON.stringify(route), 'route.json'), { route });
  const read = readRoute(JSON.stringify({ ...route, retries: 9, mirror: { to: 'b' } }), 'route.json');
  deepStrictEqual('findings' in read && read.findings.map(formatFinding), [
    'route.json:1:102  error  route/invalid-value  retries: 9 is above 5: retries multiply the load of a sick model',
    'route.json:1:113  error  route/invalid-value  mirror: {"to":"b"} is not one of: absent',
  ]);
});
