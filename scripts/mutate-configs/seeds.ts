import type { Files } from './case.ts';

/** A realistic configuration of a model "m", and the files beside it that it needs. Together they say every field that Triton 2.51 knows. */
export type Seed = { readonly name: string; readonly config: string; readonly files: Files };

const zeros = (count: number): string => '\0'.repeat(count);

export const seeds: readonly Seed[] = [
  {
    name: 'classification',
    files: { 'm/1/model.onnx': 'onnx', 'm/labels.txt': 'cat\ndog\n', 'm/warmup/image': zeros(4 * 3 * 8 * 8) },
    config: `
      name: "m" platform: "onnxruntime_onnx" backend: "onnxruntime" default_model_filename: "model.onnx" max_batch_size: 16
      input { name: "image" data_type: TYPE_FP32 format: FORMAT_NCHW dims: [ 3, 8, 8 ] }
      output { name: "scores" data_type: TYPE_FP32 dims: [ 10 ] label_filename: "labels.txt" }
      instance_group { name: "all" count: 2 kind: KIND_CPU }
      version_policy { latest { num_versions: 2 } }
      dynamic_batching {
        preferred_batch_size: [ 4, 8 ] max_queue_delay_microseconds: 500 priority_levels: 3 default_priority_level: 2
        default_queue_policy { timeout_action: DELAY default_timeout_microseconds: 1000 allow_timeout_override: true max_queue_size: 8 }
        priority_queue_policy { key: 1 value { timeout_action: REJECT default_timeout_microseconds: 20 max_queue_size: 2 } }
        priority_queue_policy { key: 3 value { timeout_action: DELAY } }
      }
      model_warmup {
        name: "one" batch_size: 2 count: 1
        inputs { key: "image" value { data_type: TYPE_FP32 dims: [ 3, 8, 8 ] input_data_file: "image" } }
      }
      response_cache { enable: true }
      metric_tags { key: "team" value: "vision" }`,
  },
  {
    name: 'engine',
    files: { 'm/1/model.plan': 'plan', 'm/2/model.plan': 'plan' },
    config: `
      name: "m" platform: "tensorrt_plan" backend: "tensorrt" max_batch_size: 8 default_model_filename: "model.plan"
      cc_model_filenames { key: "7.5" value: "model.plan" } cc_model_filenames { key: "8.0" value: "model-80.plan" }
      input { name: "x" data_type: TYPE_FP16 dims: [ -1, 16 ] }
      input { name: "grid" data_type: TYPE_FP16 dims: [ 3, 4, 4 ] is_non_linear_format_io: true }
      input { name: "sizes" data_type: TYPE_INT32 dims: [ 2 ] is_shape_tensor: true }
      output { name: "y" data_type: TYPE_FP16 dims: [ -1, 16 ] }
      output { name: "grid_out" data_type: TYPE_FP16 dims: [ 3, 4, 4 ] is_non_linear_format_io: true }
      output { name: "sizes_out" data_type: TYPE_INT32 dims: [ 2 ] is_shape_tensor: true }
      version_policy { specific { versions: [ 1, 2 ] } }
      instance_group { name: "one" count: 1 kind: KIND_CPU profile: [ "0", "1" ] host_policy: "cpu" }
      instance_group { count: 1 kind: KIND_MODEL profile: "2" secondary_devices { kind: KIND_NVDLA device_id: 0 } passive: true }
      optimization {
        priority: PRIORITY_MAX eager_batching: true gather_kernel_buffer_threshold: 4
        cuda {
          graphs: true busy_wait_events: true output_copy_stream: true
          graph_spec {
            batch_size: 4 input { key: "x" value { dim: [ 4, 16 ] } }
            graph_lower_bound { batch_size: 1 input { key: "x" value { dim: [ 1, 16 ] } } }
          }
        }
        input_pinned_memory { enable: true } output_pinned_memory { enable: false }
      }
      dynamic_batching { preserve_ordering: true max_queue_delay_microseconds: 100 }`,
  },
  {
    name: 'sequence-direct',
    files: { 'm/1/model.py': '' },
    config: `
      name: "m" backend: "python" max_batch_size: 4
      input { name: "x" data_type: TYPE_INT32 dims: [ 1 ] }
      output { name: "y" data_type: TYPE_INT32 dims: [ 1 ] }
      sequence_batching {
        max_sequence_idle_microseconds: 5000000 iterative_sequence: false
        direct { max_queue_delay_microseconds: 100 minimum_slot_utilization: 0.5 }
        control_input { name: "start" control { kind: CONTROL_SEQUENCE_START int32_false_true: [ 0, 1 ] } }
        control_input { name: "end" control { kind: CONTROL_SEQUENCE_END fp32_false_true: [ 0, 1 ] } }
        control_input { name: "ready" control { kind: CONTROL_SEQUENCE_READY bool_false_true: [ false, true ] } }
        control_input { name: "id" control { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_UINT64 } }
        state { input_name: "in" output_name: "out" data_type: TYPE_FP32 dims: [ 4 ] initial_state { name: "zero" data_type: TYPE_FP32 dims: [ 4 ] zero_data: true } }
      }`,
  },
  {
    name: 'sequence-oldest',
    files: { 'm/1/model.py': '', 'm/initial_state/start': zeros(16) },
    config: `
      name: "m" backend: "python" max_batch_size: 8
      input { name: "x" data_type: TYPE_FP32 dims: [ -1 ] optional: true }
      output { name: "y" data_type: TYPE_FP32 dims: [ -1 ] }
      instance_group { count: 2 kind: KIND_CPU }
      sequence_batching {
        oldest { max_candidate_sequences: 4 preferred_batch_size: [ 2, 4 ] max_queue_delay_microseconds: 100 preserve_ordering: false }
        control_input { name: "start_end" control { kind: CONTROL_SEQUENCE_START bool_false_true: [ false, true ] } control { kind: CONTROL_SEQUENCE_END bool_false_true: [ false, true ] } }
        control_input { name: "id" control { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_STRING } }
        state { input_name: "in" output_name: "out" data_type: TYPE_INT32 dims: [ 4 ] use_same_buffer_for_input_output: true
          initial_state { name: "from file" data_type: TYPE_INT32 dims: [ 4 ] data_file: "start" } }
        state { input_name: "in2" output_name: "out2" data_type: TYPE_BOOL dims: [ 1 ] use_growable_memory: false }
      }
      model_transaction_policy { decoupled: true }`,
  },
  {
    name: 'ragged',
    files: { 'm/1/': '' },
    config: `
      name: "m" backend: "accept" max_batch_size: 16
      input [ { name: "ragged" data_type: TYPE_FP32 dims: [ -1 ] allow_ragged_batch: true }, { name: "other" data_type: TYPE_FP32 dims: [ 4 ] } ]
      output { name: "scattered" data_type: TYPE_FP32 dims: [ -1 ] }
      output { name: "plain" data_type: TYPE_FP32 dims: [ 1 ] }
      batch_input { kind: BATCH_ACCUMULATED_ELEMENT_COUNT target_name: "index" data_type: TYPE_FP32 source_input: "ragged" }
      batch_input { kind: BATCH_ITEM_SHAPE target_name: [ "shape", "again" ] data_type: TYPE_INT32 source_input: "ragged" }
      batch_input { kind: BATCH_MAX_ELEMENT_COUNT_AS_SHAPE target_name: "max" data_type: TYPE_INT32 source_input: "other" }
      batch_output { target_name: "scattered" kind: BATCH_SCATTER_WITH_INPUT_SHAPE source_input: "ragged" }
      dynamic_batching { max_queue_delay_microseconds: 1000 }`,
  },
  {
    name: 'warmed',
    files: { 'm/1/model.pt': 'pt', 'm/warmup/a': zeros(64), 'm/warmup/words': '\x01\0\0\0a\x02\0\0\0bc' },
    config: `
      name: "m" platform: "pytorch_libtorch" backend: "pytorch" max_batch_size: 4
      input { name: "a" data_type: TYPE_INT64 dims: [ 8 ] }
      input { name: "words" data_type: TYPE_STRING dims: [ 2 ] }
      output { name: "y" data_type: TYPE_INT64 dims: [ 8 ] }
      instance_group { kind: KIND_CPU count: 1 }
      model_warmup { name: "zero" batch_size: 1
        inputs { key: "a" value { data_type: TYPE_INT64 dims: [ 8 ] zero_data: true } }
        inputs { key: "words" value { data_type: TYPE_STRING dims: [ 2 ] zero_data: true } } }
      model_warmup { name: "random" batch_size: 4 count: 2
        inputs { key: "a" value { data_type: TYPE_INT64 dims: [ 8 ] random_data: true } }
        inputs { key: "words" value { data_type: TYPE_STRING dims: [ 2 ] random_data: true } } }
      model_warmup { name: "files" batch_size: 1
        inputs { key: "a" value { data_type: TYPE_INT64 dims: [ 8 ] input_data_file: "a" } }
        inputs { key: "words" value { data_type: TYPE_STRING dims: [ 2 ] input_data_file: "words" } } }`,
  },
  {
    name: 'limited',
    files: { 'm/1/model.xml': '', 'm/3/model.xml': '' },
    config: `
      name: "m" backend: "openvino" max_batch_size: 0 version_policy { all { } }
      input { name: "x" data_type: TYPE_UINT8 dims: [ 8, 8, 3 ] format: FORMAT_NHWC }
      output { name: "y" data_type: TYPE_BF16 dims: [ 10 ] }
      instance_group { name: "cpu" count: 2 kind: KIND_CPU rate_limiter { resources { name: "slot" global: true count: 1 } resources { name: "memory" count: 4 } priority: 2 } }
      instance_group { kind: KIND_MODEL count: 1 rate_limiter { resources { name: "memory" count: 2 } } }
      instance_group { kind: KIND_AUTO count: 1 }
      optimization { graph { level: 1 } execution_accelerators {
        gpu_execution_accelerator { name: "tensorrt" parameters { key: "precision_mode" value: "FP16" } }
        cpu_execution_accelerator { name: "openvino" } } }
      parameters { key: "INFERENCE_NUM_THREADS" value { string_value: "4" } }
      parameters { key: "EXECUTION_ENV_PATH" value { string_value: "$$TRITON_MODEL_DIRECTORY/env.tar.gz" } }`,
  },
  {
    name: 'reshaped',
    files: { 'm/1/x': '' },
    config: `
      name: "m" backend: "identity" max_batch_size: 2
      input { name: "scalar" data_type: TYPE_FP32 dims: [ 1 ] reshape { shape: [ ] } }
      input { name: "matrix" data_type: TYPE_FP64 dims: [ 2, 4, -1, 6 ] reshape { shape: [ 8, -1, 1, 6 ] } }
      output { name: "y" data_type: TYPE_BOOL dims: [ 12 ] reshape { shape: [ 3, 4 ] } }
      output { name: "z" data_type: TYPE_INT8 dims: [ -1 ] reshape { shape: [ 1, -1 ] } }
      dynamic_batching { }`,
  },
  {
    name: 'operations',
    files: { 'm/1/model.onnx': '', 'm/ops.so': '' },
    config: `
      name: "m" platform: "onnxruntime_onnx" max_batch_size: 1 runtime: "libtriton_onnxruntime.so"
      input { name: "a" data_type: TYPE_UINT16 dims: [ 2, 2 ] } input { name: "b" data_type: TYPE_UINT32 dims: [ 1 ] optional: true }
      output { name: "c" data_type: TYPE_INT16 dims: [ 2, 2 ] } output { name: "d" data_type: TYPE_UINT64 dims: [ 1 ] }
      model_operations { op_library_filename: [ "ops.so", "more.so" ] }
      metric_tags { key: "a" value: "1" } metric_tags { key: "b_c" value: "" }`,
  },
  {
    name: 'decoupled',
    files: { 'm/1/model.json': '{}' },
    config: `
      backend: "vllm"
      input { name: "text" data_type: TYPE_STRING dims: [ 1 ] } input { name: "stream" data_type: TYPE_BOOL dims: [ 1 ] optional: true }
      output { name: "text_out" data_type: TYPE_STRING dims: [ -1 ] }
      model_transaction_policy { decoupled: true }
      instance_group { kind: KIND_MODEL count: 1 }
      parameters { key: "REPORT_CUSTOM_METRICS" value { string_value: "yes" } }`,
  },
  {
    name: 'forest',
    files: { 'm/1/xgboost.json': '{}' },
    config: `
      name: "m" backend: "fil" max_batch_size: 32768
      input { name: "input__0" data_type: TYPE_FP32 dims: [ 500 ] } output { name: "output__0" data_type: TYPE_FP32 dims: [ 1 ] }
      instance_group [ { kind: KIND_AUTO } ]
      parameters [ { key: "model_type" value { string_value: "xgboost_json" } }, { key: "output_class" value { string_value: "true" } } ]
      dynamic_batching { default_queue_policy { timeout_action: REJECT max_queue_size: 100 } }`,
  },
  {
    name: 'plain-tensorflow',
    files: { 'm/1/model.savedmodel/x': '' },
    config: `
      name: "m" platform: "tensorflow_savedmodel" max_batch_size: 4
      input { name: "x" data_type: TYPE_FP32 dims: [ 4 ] } output { name: "y" data_type: TYPE_FP32 dims: [ 4 ] }
      version_policy { }
      sequence_batching { control_input { name: "start" control { int32_false_true: [ 0, 1 ] } } }`,
  },
  {
    name: 'dali',
    files: { 'm/1/model.dali': '' },
    config: `
      name: "m" backend: "dali" max_batch_size: 64
      input { name: "raw" data_type: TYPE_UINT8 dims: [ -1 ] allow_ragged_batch: true } output { name: "image" data_type: TYPE_FP32 dims: [ 3, 8, 8 ] }
      dynamic_batching { priority_levels: 2 default_priority_level: 1 preferred_batch_size: 32 }
      response_cache { enable: false }`,
  },
];

/** Said in one case of many only: the server has no agents, so nothing that names one loads. */
export const agents = 'model_repository_agents { agents { name: "checksum" parameters { key: "MD5:1/x" value: "0" } } }';
