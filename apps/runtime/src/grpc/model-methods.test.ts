import { deepStrictEqual, strictEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary, fromJson, toJson } from '@bufbuild/protobuf';
import { encodeMessage } from '#core/kserve/grpc/encode-message.ts';
import { modelConfigSchema } from '#core/pbtxt/model-config-schema.ts';
import { modelConfigResponse } from './model-methods.ts';

test('a configuration is encoded as its schema says: symbols, 64-bit integers, maps, choices, messages that are empty', () => {
  const config = {
    name: 'm',
    backend: 'onnxruntime',
    max_batch_size: 8,
    version_policy: { specific: { versions: [1, '9007199254740993'] } },
    input: [{ name: 'I', data_type: 'TYPE_FP32', dims: [-1, 3], optional: true }],
    instance_group: [{ name: 'm_0', count: 2, kind: 'KIND_CPU' }],
    dynamic_batching: {
      preferred_batch_size: [2, 4],
      priority_queue_policy: { '18446744073709551615': { timeout_action: 'DELAY', max_queue_size: 5 } },
    },
    optimization: { input_pinned_memory: { enable: true }, output_pinned_memory: {} },
    parameters: { p: { string_value: 'v' }, empty: {} },
    metric_tags: { a: 'b' },
    model_warmup: [{ name: 'w', inputs: { I: { data_type: 'TYPE_FP32', dims: [3], zero_data: false } } }],
    sequence_batching: undefined,
    model_transaction_policy: { decoupled: false },
  };
  const whole = encodeMessage(modelConfigResponse, { config });
  // Field 1, then the length in two bytes.
  strictEqual(whole[0], 10);
  const read = fromBinary(modelConfigSchema, whole.subarray(3));
  const jsonOf = (message: typeof read) => toJson(modelConfigSchema, message, { useProtoFieldName: true });
  strictEqual(Object.keys(Object(jsonOf(read))).length, 12);
  deepStrictEqual(jsonOf(read), jsonOf(fromJson(modelConfigSchema, JSON.parse(JSON.stringify(config)))));
});

test('a symbol that is none is a mistake of ours', () => {
  throws(
    () => encodeMessage(modelConfigResponse, { config: { input: [{ data_type: 'TYPE_FP33' }] } }),
    /TYPE_FP33 is no symbol of DataType/,
  );
});
