import { deepStrictEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { formatFinding } from '../base/finding.ts';
import { readConfig } from './read-config.ts';

const read = (text: string) => readConfig(text, 'config.pbtxt');

test('a configuration is read as JSON with the names of config.pbtxt', () => {
  const text = `
    name: "digits"  # the folder's name
    backend: "onnxruntime"
    max_batch_size: 16
    input { name: "pixels" data_type: TYPE_FP32 dims: [ -1, 64 ] reshape { } }
    version_policy { specific { versions: [ 1 ] } }
    instance_group [ { count: 1 kind: KIND_CPU } ]
    dynamic_batching { max_queue_delay_microseconds: 100 }
    sequence_batching: < >
    parameters { key: "a" value { string_value: "b" } }
    model_metrics { metric_control { metric_identifier { family: "f" } histogram_options { buckets: [ 0.1, 1 ] } } }`;
  deepStrictEqual(read(text.replace('sequence_batching: < >', '')), {
    config: {
      name: 'digits',
      backend: 'onnxruntime',
      version_policy: { specific: { versions: [1] } },
      max_batch_size: 16,
      input: [{ name: 'pixels', data_type: 'TYPE_FP32', dims: [-1, 64], reshape: {} }],
      dynamic_batching: { max_queue_delay_microseconds: 100 },
      instance_group: [{ kind: 'KIND_CPU', count: 1 }],
      parameters: { a: { string_value: 'b' } },
      model_metrics: { metric_control: [{ metric_identifier: { family: 'f' }, histogram_options: { buckets: [0.1, 1] } }] },
    },
  });
  ok('findings' in read(text), 'two scheduling choices');
});

test('what has its default is absent, a message that is there stays, and a choice that was made stays', () => {
  deepStrictEqual(read('max_batch_size: 0 platform: "" dynamic_batching {} version_policy { all {} }'), {
    config: { version_policy: { all: {} }, dynamic_batching: {} },
  });
  deepStrictEqual(read('model_warmup { name: "w" inputs { key: "x" value { zero_data: false } } }'), {
    config: { model_warmup: [{ name: 'w', inputs: { x: { zero_data: false } } }] },
  });
  deepStrictEqual(read(''), { config: {} });
});

test('64-bit integers are numbers as long as no digit is lost, and 32-bit floats have the digits that were written', () => {
  const text = 'sequence_batching { max_sequence_idle_microseconds: 18446744073709551615 direct { minimum_slot_utilization: 0.1 } }';
  deepStrictEqual(read(text), {
    config: { sequence_batching: { direct: { minimum_slot_utilization: 0.1 }, max_sequence_idle_microseconds: '18446744073709551615' } },
  });
});

const bad: readonly (readonly [text: string, finding: string])[] = [
  [
    'name: "digits"\nmax_bacth_size: 8\n',
    'config.pbtxt:2:1  error  config/unknown-field  "max_bacth_size" is not a field of ModelConfig\n    fix: did you mean "max_batch_size"?',
  ],
  [
    'input {\n  name: "x" # unknown: "y"\n  dtype: TYPE_FP32\n}',
    'config.pbtxt:3:3  error  config/unknown-field  "dtype" is not a field of ModelInput\n    fix: one of: name, data_type, format, dims, reshape, is_shape_tensor, allow_ragged_batch, optional, is_non_linear_format_io',
  ],
  [
    'input { data_type: FP32 }',
    'config.pbtxt:1:20  error  config/unknown-enum  "FP32" is not a value of DataType\n    fix: did you mean "TYPE_FP32"?',
  ],
  ['input { name: "x"\n', 'config.pbtxt:1:7  error  config/unbalanced  "{" is never closed\n    fix: close it by "}"'],
  ['name "x"', 'config.pbtxt:1:1  error  config/missing-colon  a ":" is missing between "name" and its value\n    fix: write name:'],
  [
    'name: "a"\n\nname: "b"',
    'config.pbtxt:3:1  error  config/duplicate-field  "name" is given twice, and it takes one value\n    fix: keep one of them',
  ],
  [
    'dynamic_batching {}\nsequence_batching {}',
    'config.pbtxt:2:1  error  config/oneof-conflict  only one choice of "scheduling_choice" can be made, and "dynamic_batching" was made before "sequence_batching"\n    fix: keep one of "dynamic_batching" and "sequence_batching"',
  ],
  [
    'max_batch_size: 3000000000',
    'config.pbtxt:1:17  error  config/int-range  "max_batch_size" takes a whole number from -2147483648 to 2147483647, got 3000000000',
  ],
  [
    'max_batch_size: "4"',
    'config.pbtxt:1:17  error  config/type-mismatch  "max_batch_size" takes a whole number, got the string "4"\n    fix: write it without quotes: 4',
  ],
  ['name: "unfinished\nbackend: "x"', 'config.pbtxt:1:7  error  config/string-format  a string must end on the line it begins on'],
  [
    '{ "name": "x" }',
    'config.pbtxt:1:1  error  config/syntax  expected the name of a field, got {\n    fix: this is not JSON: write name: value, without quotes around the name and braces around the file',
  ],
  [
    '\ufeffname: "x"',
    'config.pbtxt:1:1  error  config/encoding  the file starts with a byte order mark, which Triton refuses\n    fix: save it as UTF-8 without a byte order mark',
  ],
];

for (const [text, finding] of bad) {
  test(`a mistake is a finding that says where and what to do: ${JSON.stringify(text)}`, () => {
    const read = readConfig(text, 'config.pbtxt');
    deepStrictEqual('findings' in read && read.findings.map(formatFinding), [finding]);
  });
}
