/**
 * A model configuration as JSON: field names as in config.pbtxt, enums by symbol, 64-bit integers as numbers (as text where a number
 * would lose digits). What has its proto3 default is absent: `max_batch_size: 0` and no `max_batch_size` are the same configuration.
 * A message that is there stays, also an empty one: `dynamic_batching {}` means something.
 */
export type ModelConfigJson = {
  readonly name?: string;
  readonly platform?: string;
  readonly backend?: string;
  readonly runtime?: string;
  readonly version_policy?: VersionPolicyJson;
  readonly max_batch_size?: number;
  readonly input?: readonly ModelInputJson[];
  readonly output?: readonly ModelOutputJson[];
  readonly batch_input?: readonly BatchTensorJson[];
  readonly batch_output?: readonly BatchTensorJson[];
  readonly optimization?: OptimizationJson;
  readonly dynamic_batching?: DynamicBatchingJson;
  readonly sequence_batching?: SequenceBatchingJson;
  readonly ensemble_scheduling?: { readonly step?: readonly EnsembleStepJson[]; readonly max_inflight_requests?: number };
  readonly instance_group?: readonly InstanceGroupJson[];
  readonly default_model_filename?: string;
  readonly cc_model_filenames?: Readonly<Record<string, string>>;
  readonly metric_tags?: Readonly<Record<string, string>>;
  readonly parameters?: Readonly<Record<string, { readonly string_value?: string }>>;
  readonly model_warmup?: readonly WarmupJson[];
  readonly model_operations?: { readonly op_library_filename?: readonly string[] };
  readonly model_transaction_policy?: { readonly decoupled?: boolean };
  readonly model_repository_agents?: {
    readonly agents?: readonly { readonly name?: string; readonly parameters?: Readonly<Record<string, string>> }[];
  };
  readonly response_cache?: { readonly enable?: boolean };
  readonly model_metrics?: {
    readonly metric_control?: readonly {
      readonly metric_identifier?: { readonly family?: string };
      readonly histogram_options?: { readonly buckets?: readonly number[] };
    }[];
  };
};

/** A 64-bit integer; text where a number would lose digits. */
export type Int64Json = number | string;

export type VersionPolicyJson = {
  readonly latest?: { readonly num_versions?: number };
  readonly all?: Readonly<Record<string, never>>;
  readonly specific?: { readonly versions?: readonly Int64Json[] };
};

export type ModelInputJson = {
  readonly name?: string;
  /** `TYPE_FP32` and so on. */
  readonly data_type?: string;
  readonly format?: string;
  /** Without the batch dimension where max_batch_size is above 0; -1 is any size. */
  readonly dims?: readonly Int64Json[];
  readonly reshape?: { readonly shape?: readonly Int64Json[] };
  readonly is_shape_tensor?: boolean;
  readonly allow_ragged_batch?: boolean;
  readonly optional?: boolean;
  readonly is_non_linear_format_io?: boolean;
};

export type ModelOutputJson = {
  readonly name?: string;
  readonly data_type?: string;
  readonly dims?: readonly Int64Json[];
  readonly reshape?: { readonly shape?: readonly Int64Json[] };
  readonly label_filename?: string;
  readonly is_shape_tensor?: boolean;
  readonly is_non_linear_format_io?: boolean;
};

export type BatchTensorJson = {
  readonly kind?: string;
  readonly target_name?: readonly string[];
  readonly data_type?: string;
  readonly source_input?: readonly string[];
};

export type QueuePolicyJson = {
  readonly timeout_action?: string;
  readonly default_timeout_microseconds?: Int64Json;
  readonly allow_timeout_override?: boolean;
  readonly max_queue_size?: number;
};

export type DynamicBatchingJson = {
  readonly preferred_batch_size?: readonly number[];
  readonly max_queue_delay_microseconds?: Int64Json;
  readonly preserve_ordering?: boolean;
  readonly priority_levels?: Int64Json;
  readonly default_priority_level?: Int64Json;
  readonly default_queue_policy?: QueuePolicyJson;
  readonly priority_queue_policy?: Readonly<Record<string, QueuePolicyJson>>;
};

export type SequenceBatchingJson = {
  readonly direct?: { readonly max_queue_delay_microseconds?: Int64Json; readonly minimum_slot_utilization?: number };
  readonly oldest?: {
    readonly max_candidate_sequences?: number;
    readonly preferred_batch_size?: readonly number[];
    readonly max_queue_delay_microseconds?: Int64Json;
    readonly preserve_ordering?: boolean;
  };
  readonly max_sequence_idle_microseconds?: Int64Json;
  readonly control_input?: readonly { readonly name?: string; readonly control?: readonly SequenceControlJson[] }[];
  readonly state?: readonly SequenceStateJson[];
  readonly iterative_sequence?: boolean;
};

export type SequenceControlJson = {
  readonly kind?: string;
  readonly int32_false_true?: readonly number[];
  readonly fp32_false_true?: readonly number[];
  readonly bool_false_true?: readonly boolean[];
  readonly data_type?: string;
};

export type SequenceStateJson = {
  readonly input_name?: string;
  readonly output_name?: string;
  readonly data_type?: string;
  readonly dims?: readonly Int64Json[];
  readonly initial_state?: readonly {
    readonly data_type?: string;
    readonly dims?: readonly Int64Json[];
    readonly zero_data?: boolean;
    readonly data_file?: string;
    readonly name?: string;
  }[];
  readonly use_same_buffer_for_input_output?: boolean;
  readonly use_growable_memory?: boolean;
};

export type EnsembleStepJson = {
  readonly model_name?: string;
  readonly model_version?: Int64Json;
  readonly input_map?: Readonly<Record<string, string>>;
  readonly output_map?: Readonly<Record<string, string>>;
  readonly model_namespace?: string;
};

export type InstanceGroupJson = {
  readonly name?: string;
  /** Absent is KIND_AUTO. */
  readonly kind?: string;
  readonly count?: number;
  readonly gpus?: readonly number[];
  readonly rate_limiter?: {
    readonly resources?: readonly { readonly name?: string; readonly global?: boolean; readonly count?: number }[];
    readonly priority?: number;
  };
  readonly secondary_devices?: readonly { readonly kind?: string; readonly device_id?: Int64Json }[];
  readonly profile?: readonly string[];
  readonly passive?: boolean;
  readonly host_policy?: string;
};

export type OptimizationJson = {
  readonly graph?: { readonly level?: number };
  readonly priority?: string;
  readonly cuda?: {
    readonly graphs?: boolean;
    readonly busy_wait_events?: boolean;
    readonly graph_spec?: readonly CudaGraphJson[];
    readonly output_copy_stream?: boolean;
  };
  readonly execution_accelerators?: {
    readonly gpu_execution_accelerator?: readonly AcceleratorJson[];
    readonly cpu_execution_accelerator?: readonly AcceleratorJson[];
  };
  readonly input_pinned_memory?: { readonly enable?: boolean };
  readonly output_pinned_memory?: { readonly enable?: boolean };
  readonly gather_kernel_buffer_threshold?: number;
  readonly eager_batching?: boolean;
};

type CudaShapesJson = Readonly<Record<string, { readonly dim?: readonly Int64Json[] }>>;

export type CudaGraphJson = {
  readonly batch_size?: number;
  readonly input?: CudaShapesJson;
  readonly graph_lower_bound?: { readonly batch_size?: number; readonly input?: CudaShapesJson };
};

export type AcceleratorJson = { readonly name?: string; readonly parameters?: Readonly<Record<string, string>> };

export type WarmupJson = {
  readonly name?: string;
  readonly batch_size?: number;
  readonly inputs?: Readonly<
    Record<
      string,
      {
        readonly data_type?: string;
        readonly dims?: readonly Int64Json[];
        readonly zero_data?: boolean;
        readonly random_data?: boolean;
        readonly input_data_file?: string;
      }
    >
  >;
  readonly count?: number;
};
