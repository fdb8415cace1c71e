import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { readConfigJson } from './read-config-json.ts';
import { seenInOverrides } from './seen-in-overrides.ts';

const read = (text: string) => readConfigJson(text, { major: 2, minor: 51 });
const saysOf = (text: string): string => {
  const told = read(text);
  return 'says' in told ? told.says : 'it was read';
};

test('what a real tritonserver could not read is not read, and refused in the same words', () => {
  for (const [text, says] of seenInOverrides) strictEqual(saysOf(text), says, text);
});

test('an override may be written as protobuf takes it, not as JSON alone', () => {
  const config = { backend: 'onnxruntime', max_batch_size: 4 };
  for (const text of [
    '{"backend":"onnxruntime","max_batch_size":4}',
    "{'backend':'onnxruntime','max_batch_size':'4'}",
    '{backend:"onnxruntime",maxBatchSize:4.0,}',
    '{"backend":"x","backend":"onnxruntime","max_batch_size":"+4"}',
    '\n{ "backend" : "\\u006fnnxruntime", "max_batch_size" : 4e0 , }\t',
    '{"backend":"onnxruntime","max_batch_size":"04","input":null,"output":[null],"instance_group":[[],[null]]}',
  ])
    deepStrictEqual(read(text), { config }, text);
});

test('lists are filled bit by bit, maps and messages too', () => {
  deepStrictEqual(read('{"instance_group":[[{"count":2}],{"count":1}],"instance_group":{"count":3}}'), {
    config: { instance_group: [{ count: 2 }, { count: 1 }, { count: 3 }] },
  });
  deepStrictEqual(read('{"parameters":{"a":null,"__proto__":{"string_value":"x"}},"cc_model_filenames":{"b":null}}'), {
    config: JSON.parse('{"parameters":{"a":{},"__proto__":{"string_value":"x"}},"cc_model_filenames":{"b":""}}') as object,
  });
  deepStrictEqual(read('{"optimization":{"priority":1},"optimization":{"eager_batching":"yes"}}'), {
    config: { optimization: { priority: 'PRIORITY_MAX', eager_batching: true } },
  });
});

test('enums, numbers and booleans are also read from text', () => {
  const kinds = ['"KIND_CPU"', '"kind-cpu"', '2', '"2"', '2.0'];
  for (const kind of kinds)
    deepStrictEqual(read(`{"instance_group":[{"kind":${kind}}]}`), { config: { instance_group: [{ kind: 'KIND_CPU' }] } });
  for (const yes of ['true', '"true"', '"T"', '"YES"', '"1"'])
    deepStrictEqual(read(`{"instance_group":[{"passive":${yes}}]}`), { config: { instance_group: [{ passive: true }] } });
  deepStrictEqual(read('{"version_policy":{"specific":{"versions":[9223372036854775807,"-1",1e3]}}}'), {
    config: { version_policy: { specific: { versions: ['9223372036854775807', -1, 1000] } } },
  });
});

test('what is too deep is refused, and costs nothing', () => {
  match(saysOf('{"input":'.repeat(101)), /^Message too deep\. Max recursion depth reached for key 'input'$/);
  match(saysOf('['.repeat(100_000)), /^Message too deep/);
  match(saysOf(`{"parameters":{"a":{"string_value":"${'x'.repeat(1e6)}`), /^Closing quote expected in string\./);
});
