/**
 * Triton's schema of config.pbtxt (`inference.ModelConfig`, proto3), one message a paragraph: number, name, type. `in` names the oneof, and
 * `since` the first server version that knows the field, where it is not the oldest that we know. The tests hold it against NVIDIA's own descriptor.
 */
export const messageTable = `
ModelRateLimiter
  1 resources repeated ModelRateLimiter.Resource since 2.5
  2 priority uint32 since 2.5
ModelRateLimiter.Resource
  1 name string since 2.5
  2 global bool since 2.5
  3 count uint32 since 2.5
ModelInstanceGroup
  1 name string
  4 kind ModelInstanceGroup.Kind
  2 count int32
  6 rate_limiter ModelRateLimiter since 2.5
  3 gpus repeated int32
  8 secondary_devices repeated ModelInstanceGroup.SecondaryDevice since 2.11
  5 profile repeated string
  7 passive bool since 2.11
  9 host_policy string since 2.11
ModelInstanceGroup.SecondaryDevice
  1 kind ModelInstanceGroup.SecondaryDevice.SecondaryDeviceKind since 2.11
  2 device_id int64 since 2.11
ModelTensorReshape
  1 shape repeated int64
ModelInput
  1 name string
  2 data_type DataType
  3 format ModelInput.Format
  4 dims repeated int64
  5 reshape ModelTensorReshape
  6 is_shape_tensor bool
  7 allow_ragged_batch bool
  8 optional bool since 2.18
  9 is_non_linear_format_io bool since 2.49
ModelOutput
  1 name string
  2 data_type DataType
  3 dims repeated int64
  5 reshape ModelTensorReshape
  4 label_filename string
  6 is_shape_tensor bool
  7 is_non_linear_format_io bool since 2.49
BatchInput
  1 kind BatchInput.Kind
  2 target_name repeated string
  3 data_type DataType
  4 source_input repeated string
BatchOutput
  1 target_name repeated string
  2 kind BatchOutput.Kind
  3 source_input repeated string
ModelVersionPolicy
  1 latest ModelVersionPolicy.Latest in policy_choice
  2 all ModelVersionPolicy.All in policy_choice
  3 specific ModelVersionPolicy.Specific in policy_choice
ModelVersionPolicy.Latest
  1 num_versions uint32
ModelVersionPolicy.All
ModelVersionPolicy.Specific
  1 versions repeated int64
ModelOptimizationPolicy
  1 graph ModelOptimizationPolicy.Graph
  2 priority ModelOptimizationPolicy.ModelPriority
  3 cuda ModelOptimizationPolicy.Cuda
  4 execution_accelerators ModelOptimizationPolicy.ExecutionAccelerators
  5 input_pinned_memory ModelOptimizationPolicy.PinnedMemoryBuffer
  6 output_pinned_memory ModelOptimizationPolicy.PinnedMemoryBuffer
  7 gather_kernel_buffer_threshold uint32 since 2.8
  8 eager_batching bool since 2.8
ModelOptimizationPolicy.Graph
  1 level int32
ModelOptimizationPolicy.Cuda
  1 graphs bool
  2 busy_wait_events bool
  3 graph_spec repeated ModelOptimizationPolicy.Cuda.GraphSpec
  4 output_copy_stream bool since 2.8
ModelOptimizationPolicy.Cuda.GraphSpec
  1 batch_size int32
  2 input map<string, ModelOptimizationPolicy.Cuda.GraphSpec.Shape>
  3 graph_lower_bound ModelOptimizationPolicy.Cuda.GraphSpec.LowerBound since 2.4
ModelOptimizationPolicy.Cuda.GraphSpec.Shape
  1 dim repeated int64
ModelOptimizationPolicy.Cuda.GraphSpec.LowerBound
  1 batch_size int32 since 2.4
  2 input map<string, ModelOptimizationPolicy.Cuda.GraphSpec.Shape> since 2.4
ModelOptimizationPolicy.ExecutionAccelerators
  1 gpu_execution_accelerator repeated ModelOptimizationPolicy.ExecutionAccelerators.Accelerator
  2 cpu_execution_accelerator repeated ModelOptimizationPolicy.ExecutionAccelerators.Accelerator
ModelOptimizationPolicy.ExecutionAccelerators.Accelerator
  1 name string
  2 parameters map<string, string>
ModelOptimizationPolicy.PinnedMemoryBuffer
  1 enable bool
ModelQueuePolicy
  1 timeout_action ModelQueuePolicy.TimeoutAction
  2 default_timeout_microseconds uint64
  3 allow_timeout_override bool
  4 max_queue_size uint32
ModelDynamicBatching
  1 preferred_batch_size repeated int32
  2 max_queue_delay_microseconds uint64
  3 preserve_ordering bool
  4 priority_levels uint64
  5 default_priority_level uint64
  6 default_queue_policy ModelQueuePolicy
  7 priority_queue_policy map<uint64, ModelQueuePolicy>
ModelSequenceBatching
  3 direct ModelSequenceBatching.StrategyDirect in strategy_choice
  4 oldest ModelSequenceBatching.StrategyOldest in strategy_choice
  1 max_sequence_idle_microseconds uint64
  2 control_input repeated ModelSequenceBatching.ControlInput
  5 state repeated ModelSequenceBatching.State since 2.16
  6 iterative_sequence bool since 2.40
ModelSequenceBatching.Control
  1 kind ModelSequenceBatching.Control.Kind
  2 int32_false_true repeated int32
  3 fp32_false_true repeated float
  5 bool_false_true repeated bool since 2.14
  4 data_type DataType
ModelSequenceBatching.ControlInput
  1 name string
  2 control repeated ModelSequenceBatching.Control
ModelSequenceBatching.InitialState
  1 data_type DataType since 2.18
  2 dims repeated int64 since 2.18
  3 zero_data bool in state_data since 2.18
  4 data_file string in state_data since 2.18
  5 name string since 2.18
ModelSequenceBatching.State
  1 input_name string since 2.16
  2 output_name string since 2.16
  3 data_type DataType since 2.16
  4 dims repeated int64 since 2.16
  5 initial_state repeated ModelSequenceBatching.InitialState since 2.18
  6 use_same_buffer_for_input_output bool since 2.40
  7 use_growable_memory bool since 2.40
ModelSequenceBatching.StrategyDirect
  1 max_queue_delay_microseconds uint64 since 2.5
  2 minimum_slot_utilization float since 2.5
ModelSequenceBatching.StrategyOldest
  1 max_candidate_sequences int32
  2 preferred_batch_size repeated int32
  3 max_queue_delay_microseconds uint64
  4 preserve_ordering bool since 2.37
ModelEnsembling
  1 step repeated ModelEnsembling.Step
  2 max_inflight_requests uint32 since 2.63
ModelEnsembling.Step
  1 model_name string
  2 model_version int64
  3 input_map map<string, string>
  4 output_map map<string, string>
  5 model_namespace string since 2.32
ModelParameter
  1 string_value string
ModelWarmup
  1 name string
  2 batch_size uint32
  3 inputs map<string, ModelWarmup.Input>
  4 count uint32 since 2.24
ModelWarmup.Input
  1 data_type DataType
  2 dims repeated int64
  3 zero_data bool in input_data_type
  4 random_data bool in input_data_type
  5 input_data_file string in input_data_type
ModelOperations
  1 op_library_filename repeated string
ModelTransactionPolicy
  1 decoupled bool
ModelRepositoryAgents
  1 agents repeated ModelRepositoryAgents.Agent since 2.8
ModelRepositoryAgents.Agent
  1 name string since 2.8
  2 parameters map<string, string> since 2.8
ModelResponseCache
  1 enable bool since 2.15
ModelMetrics
  1 metric_control repeated ModelMetrics.MetricControl since 2.52
ModelMetrics.MetricControl
  1 metric_identifier ModelMetrics.MetricControl.MetricIdentifier since 2.52
  2 histogram_options ModelMetrics.MetricControl.HistogramOptions in metric_options since 2.52
ModelMetrics.MetricControl.MetricIdentifier
  1 family string since 2.52
ModelMetrics.MetricControl.HistogramOptions
  1 buckets repeated double since 2.52
ModelConfig
  1 name string
  2 platform string
  17 backend string
  25 runtime string since 2.42
  3 version_policy ModelVersionPolicy
  4 max_batch_size int32
  5 input repeated ModelInput
  6 output repeated ModelOutput
  20 batch_input repeated BatchInput
  21 batch_output repeated BatchOutput
  12 optimization ModelOptimizationPolicy
  11 dynamic_batching ModelDynamicBatching in scheduling_choice
  13 sequence_batching ModelSequenceBatching in scheduling_choice
  15 ensemble_scheduling ModelEnsembling in scheduling_choice
  7 instance_group repeated ModelInstanceGroup
  8 default_model_filename string
  9 cc_model_filenames map<string, string>
  10 metric_tags map<string, string>
  14 parameters map<string, ModelParameter>
  16 model_warmup repeated ModelWarmup
  18 model_operations ModelOperations
  19 model_transaction_policy ModelTransactionPolicy
  23 model_repository_agents ModelRepositoryAgents since 2.8
  24 response_cache ModelResponseCache since 2.15
  26 model_metrics ModelMetrics since 2.52
`;

/** Symbols and numbers of the enums. */
export const enumTable = `
ModelInstanceGroup.Kind: KIND_AUTO=0 KIND_GPU=1 KIND_CPU=2 KIND_MODEL=3
ModelInstanceGroup.SecondaryDevice.SecondaryDeviceKind: KIND_NVDLA=0
DataType: TYPE_INVALID=0 TYPE_BOOL=1 TYPE_UINT8=2 TYPE_UINT16=3 TYPE_UINT32=4 TYPE_UINT64=5 TYPE_INT8=6 TYPE_INT16=7 TYPE_INT32=8 TYPE_INT64=9 TYPE_FP16=10 TYPE_FP32=11 TYPE_FP64=12 TYPE_STRING=13 TYPE_BF16=14
ModelInput.Format: FORMAT_NONE=0 FORMAT_NHWC=1 FORMAT_NCHW=2
BatchInput.Kind: BATCH_ELEMENT_COUNT=0 BATCH_ACCUMULATED_ELEMENT_COUNT=1 BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO=2 BATCH_MAX_ELEMENT_COUNT_AS_SHAPE=3 BATCH_ITEM_SHAPE=4 BATCH_ITEM_SHAPE_FLATTEN=5
BatchOutput.Kind: BATCH_SCATTER_WITH_INPUT_SHAPE=0
ModelOptimizationPolicy.ModelPriority: PRIORITY_DEFAULT=0 PRIORITY_MAX=1 PRIORITY_MIN=2
ModelQueuePolicy.TimeoutAction: REJECT=0 DELAY=1
ModelSequenceBatching.Control.Kind: CONTROL_SEQUENCE_START=0 CONTROL_SEQUENCE_READY=1 CONTROL_SEQUENCE_END=2 CONTROL_SEQUENCE_CORRID=3
`;
