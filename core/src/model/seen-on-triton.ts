/**
 * Configurations as written, and what a real tritonserver 2.51.0 made of them: `GET /v2/models/<model>/config`, with auto-complete off,
 * no GPU, and a Python-based backend in the place of onnxruntime.
 */
export const seenOnTriton: readonly { readonly model: string; readonly says: string; readonly text: string; readonly got: string }[] = [
  {
    model: 'digits',
    says: 'a configuration that leaves nothing open',
    text: `
      name: "digits"
      platform: "onnxruntime_onnx"
      backend: "onnxruntime"
      max_batch_size: 16
      input [
        {
          name: "pixels"
          data_type: TYPE_FP32
          dims: [ 64 ]
        }
      ]
      output [
        {
          name: "probabilities"
          data_type: TYPE_FP32
          dims: [ 10 ]
          label_filename: "labels.txt"
        }
      ]
      version_policy {
        specific {
          versions: [ 1 ]
        }
      }
      instance_group [
        {
          count: 1
          kind: KIND_CPU
        }
      ]
      dynamic_batching {
        preferred_batch_size: [ 16 ]
        max_queue_delay_microseconds: 0
        default_queue_policy {
          max_queue_size: 256
        }
      }`,
    got: `{"name":"digits","platform":"onnxruntime_onnx","backend":"onnxruntime","runtime":"model.py","version_policy":{"specific":{"versions":[1]}},"max_batch_size":16,"input":[{"name":"pixels","data_type":"TYPE_FP32","format":"FORMAT_NONE","dims":[64],"is_shape_tensor":false,"allow_ragged_batch":false,"optional":false,"is_non_linear_format_io":false}],"output":[{"name":"probabilities","data_type":"TYPE_FP32","dims":[10],"label_filename":"labels.txt","is_shape_tensor":false,"is_non_linear_format_io":false}],"batch_input":[],"batch_output":[],"optimization":{"priority":"PRIORITY_DEFAULT","input_pinned_memory":{"enable":true},"output_pinned_memory":{"enable":true},"gather_kernel_buffer_threshold":0,"eager_batching":false},"dynamic_batching":{"preferred_batch_size":[16],"max_queue_delay_microseconds":0,"preserve_ordering":false,"priority_levels":0,"default_priority_level":0,"default_queue_policy":{"timeout_action":"REJECT","default_timeout_microseconds":0,"allow_timeout_override":false,"max_queue_size":256},"priority_queue_policy":{}},"instance_group":[{"name":"digits_0","kind":"KIND_CPU","count":1,"gpus":[],"secondary_devices":[],"profile":[],"passive":false,"host_policy":""}],"default_model_filename":"model.onnx","cc_model_filenames":{},"metric_tags":{},"parameters":{},"model_warmup":[]}`,
  },
  {
    model: 'bare',
    says: 'one that names its platform alone and leaves the rest open',
    text: `
      platform: "onnxruntime_onnx"
      max_batch_size: 4
      input [{name: "pixels" data_type: TYPE_FP32 dims: [64]}]
      output [{name: "probabilities" data_type: TYPE_FP32 dims: [10]}]
      dynamic_batching { }`,
    got: `{"name":"bare","platform":"onnxruntime_onnx","backend":"onnxruntime","runtime":"model.py","version_policy":{"latest":{"num_versions":1}},"max_batch_size":4,"input":[{"name":"pixels","data_type":"TYPE_FP32","format":"FORMAT_NONE","dims":[64],"is_shape_tensor":false,"allow_ragged_batch":false,"optional":false,"is_non_linear_format_io":false}],"output":[{"name":"probabilities","data_type":"TYPE_FP32","dims":[10],"label_filename":"","is_shape_tensor":false,"is_non_linear_format_io":false}],"batch_input":[],"batch_output":[],"optimization":{"priority":"PRIORITY_DEFAULT","input_pinned_memory":{"enable":true},"output_pinned_memory":{"enable":true},"gather_kernel_buffer_threshold":0,"eager_batching":false},"dynamic_batching":{"preferred_batch_size":[4],"max_queue_delay_microseconds":0,"preserve_ordering":false,"priority_levels":0,"default_priority_level":0,"priority_queue_policy":{}},"instance_group":[{"name":"bare","kind":"KIND_CPU","count":2,"gpus":[],"secondary_devices":[],"profile":[],"passive":false,"host_policy":""}],"default_model_filename":"model.onnx","cc_model_filenames":{},"metric_tags":{},"parameters":{},"model_warmup":[]}`,
  },
  {
    model: 'two',
    says: 'one with two instance groups and options switched off',
    text: `
      name: "two"
      backend: "onnxruntime"
      max_batch_size: 4
      input [{name: "pixels" data_type: TYPE_FP32 dims: [64]}]
      output [{name: "probabilities" data_type: TYPE_FP32 dims: [10]}]
      instance_group [{ kind: KIND_CPU }, { name: "n" count: 1 kind: KIND_AUTO}]
      optimization { graph { level: 1 } input_pinned_memory { enable: false } }
      version_policy { }
      parameters { key: "a" value { string_value: "b" } }
      model_warmup { name: "w" batch_size: 1 inputs { key: "pixels" value { data_type: TYPE_FP32 dims: [64] zero_data: true } } }
      response_cache { enable: false }`,
    got: `{"name":"two","platform":"onnxruntime_onnx","backend":"onnxruntime","runtime":"model.py","version_policy":{},"max_batch_size":4,"input":[{"name":"pixels","data_type":"TYPE_FP32","format":"FORMAT_NONE","dims":[64],"is_shape_tensor":false,"allow_ragged_batch":false,"optional":false,"is_non_linear_format_io":false}],"output":[{"name":"probabilities","data_type":"TYPE_FP32","dims":[10],"label_filename":"","is_shape_tensor":false,"is_non_linear_format_io":false}],"batch_input":[],"batch_output":[],"optimization":{"graph":{"level":1},"priority":"PRIORITY_DEFAULT","input_pinned_memory":{"enable":false},"output_pinned_memory":{"enable":true},"gather_kernel_buffer_threshold":0,"eager_batching":false},"instance_group":[{"name":"two_0","kind":"KIND_CPU","count":2,"gpus":[],"secondary_devices":[],"profile":[],"passive":false,"host_policy":""},{"name":"n","kind":"KIND_CPU","count":1,"gpus":[],"secondary_devices":[],"profile":[],"passive":false,"host_policy":""}],"default_model_filename":"model.onnx","cc_model_filenames":{},"metric_tags":{},"parameters":{"a":{"string_value":"b"}},"model_warmup":[{"name":"w","batch_size":1,"inputs":{"pixels":{"data_type":"TYPE_FP32","dims":[64],"zero_data":true}},"count":0}],"response_cache":{"enable":false}}`,
  },
  {
    model: 'seq',
    says: 'one with sequence batching and a reshape',
    text: `
      backend: "python"
      max_batch_size: 8
      input [{name: "a" data_type: TYPE_FP32 dims: [1] reshape { }}]
      output [{name: "b" data_type: TYPE_FP32 dims: [1]}]
      sequence_batching { oldest { max_candidate_sequences: 4 } control_input { name: "START" control { kind: CONTROL_SEQUENCE_START fp32_false_true: [0, 1] } } 
       state { input_name: "i" output_name: "o" data_type: TYPE_FP32 dims: [1] initial_state { data_type: TYPE_FP32 dims: [1] zero_data: true name: "z"} } }`,
    got: `{"name":"seq","platform":"","backend":"python","runtime":"","version_policy":{"latest":{"num_versions":1}},"max_batch_size":8,"input":[{"name":"a","data_type":"TYPE_FP32","format":"FORMAT_NONE","dims":[1],"reshape":{"shape":[]},"is_shape_tensor":false,"allow_ragged_batch":false,"optional":false,"is_non_linear_format_io":false}],"output":[{"name":"b","data_type":"TYPE_FP32","dims":[1],"label_filename":"","is_shape_tensor":false,"is_non_linear_format_io":false}],"batch_input":[],"batch_output":[],"optimization":{"priority":"PRIORITY_DEFAULT","input_pinned_memory":{"enable":true},"output_pinned_memory":{"enable":true},"gather_kernel_buffer_threshold":0,"eager_batching":false},"sequence_batching":{"oldest":{"max_candidate_sequences":4,"preferred_batch_size":[8],"max_queue_delay_microseconds":0,"preserve_ordering":false},"max_sequence_idle_microseconds":1000000,"control_input":[{"name":"START","control":[{"kind":"CONTROL_SEQUENCE_START","int32_false_true":[],"fp32_false_true":[0,1],"bool_false_true":[],"data_type":"TYPE_INVALID"}]}],"state":[{"input_name":"i","output_name":"o","data_type":"TYPE_FP32","dims":[1],"initial_state":[{"data_type":"TYPE_FP32","dims":["1"],"name":"z","zero_data":true}],"use_same_buffer_for_input_output":false,"use_growable_memory":false}],"iterative_sequence":false},"instance_group":[{"name":"seq","kind":"KIND_CPU","count":1,"gpus":[],"secondary_devices":[],"profile":[],"passive":false,"host_policy":""}],"default_model_filename":"model.py","cc_model_filenames":{},"metric_tags":{},"parameters":{},"model_warmup":[]}`,
  },
  {
    model: 'ens',
    says: 'an ensemble',
    text: `
      platform: "ensemble"
      max_batch_size: 4
      input [{name: "pixels" data_type: TYPE_FP32 dims: [64]}]
      output [{name: "probabilities" data_type: TYPE_FP32 dims: [10]}]
      ensemble_scheduling { step { model_name: "bare" model_version: -1 input_map { key: "pixels" value: "pixels" } output_map { key: "probabilities" value: "probabilities" } } }`,
    got: `{"name":"ens","platform":"ensemble","backend":"","runtime":"","version_policy":{"latest":{"num_versions":1}},"max_batch_size":4,"input":[{"name":"pixels","data_type":"TYPE_FP32","format":"FORMAT_NONE","dims":[64],"is_shape_tensor":false,"allow_ragged_batch":false,"optional":false,"is_non_linear_format_io":false}],"output":[{"name":"probabilities","data_type":"TYPE_FP32","dims":[10],"label_filename":"","is_shape_tensor":false,"is_non_linear_format_io":false}],"batch_input":[],"batch_output":[],"ensemble_scheduling":{"step":[{"model_name":"bare","model_version":-1,"input_map":{"pixels":"pixels"},"output_map":{"probabilities":"probabilities"},"model_namespace":""}]},"instance_group":[],"default_model_filename":"","cc_model_filenames":{},"metric_tags":{},"parameters":{},"model_warmup":[],"model_transaction_policy":{"decoupled":false}}`,
  },
];
