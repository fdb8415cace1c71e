/** Whole statements, right and wrong, one a line: extension names, lists in places, brackets, separators, maps, one-of fields. */
export const oddStatements: readonly string[] = String.raw`
[inference.extension]: 1
[inference.extension] { }
[a.b/c] { }
[type.googleapis.com/inference.ModelInput] { name: "x" }
[type.googleapis.com/inference.ModelInput]: { }
[ ]
[]: 1
[a]
[a b]: 1
[a.]: 1
[.a]: 1
[1]: 1
["a"]: 1
[a/b]: 1
[a/b
[a.b]: "x"
[a-b.c/d.e] { x: 1 }
4: 8
1: "m"
0x4: 8
"name": "m"
'name': 'm'
Name: "m"
NAME: "m"
Max_Batch_Size: 8
maxBatchSize: 8
max-batch-size: 8
max_batch_size = 8
max_batch_size 8
max_batch_size: : 8
max_batch_size:
max_batch_size
max_batch_size { }
max_batch_size: { }
max_batch_size: [ 8 ]
max_batch_size: [ ]
max_batch_size: [ 8, 9 ]
max_batch_size [ 8 ]
{ max_batch_size: 8 }
< >
{ }
{
}
max_batch_size: 8,
max_batch_size: 8;
max_batch_size: 8,;
max_batch_size: 8 max_batch_size: 8
max_batch_size: 8 }
unknown: 1
unknown { a: 1 }
unknown: [ 1, 2 ]
unknown { a { b < c: [ "x" ] > } }
unknown
reserved: 1
scheduling_choice { }
policy_choice: 1
inference.ModelConfig { }
ModelInput { }
input.name: "x"
DynamicBatching { }
dynamicBatching { }
model_metrics { }
ensemble_scheduling { max_inflight_requests: 1 }
dynamic_batching: { }
dynamic_batching < >
dynamic_batching { >
dynamic_batching < }
dynamic_batching: < >
dynamic_batching [ { } ]
dynamic_batching [ ]
dynamic_batching: [ ]
dynamic_batching: [ { }, { } ]
dynamic_batching
dynamic_batching:
dynamic_batching: 1
dynamic_batching: "x"
dynamic_batching ( )
dynamic_batching { } dynamic_batching { }
dynamic_batching { } sequence_batching { }
sequence_batching { direct { } oldest { } }
version_policy { all { } latest { } }
version_policy: { all: { } }
version_policy { all { } all { } }
version_policy { latest { num_versions: 1 } latest { num_versions: 2 } }
dynamic_batching { };
dynamic_batching { },
dynamic_batching { ; }
dynamic_batching { , }
instance_group [ ]
instance_group: [ ]
instance_group [ { count: 1 } ]
instance_group: [ { count: 1 }, { count: 2 } ]
instance_group [ { count: 1 } { count: 2 } ]
instance_group [ { count: 1 }, ]
instance_group [ , ]
instance_group [ { count: 1 }; { count: 2 } ]
instance_group [ < count: 1 > ]
instance_group [ [ { } ] ]
instance_group [ { count: 1 > ]
instance_group [ 1 ]
instance_group [ { count: 1 }
instance_group { count: [ 1 ] }
instance_group { count: 1, kind: KIND_CPU }
instance_group { count: 1; kind: KIND_CPU; }
instance_group { count: 1,; }
instance_group { count: 1 } ]
model_operations { op_library_filename: "a" op_library_filename: [ "b", "c" ] }
model_operations { op_library_filename: [ "a" "b", "c" ] }
model_operations { op_library_filename [ "a" ] }
model_operations { op_library_filename: [ "a", ] }
model_operations { op_library_filename: [ ] }
model_operations { op_library_filename: ["a"; "b"] }
model_operations { op_library_filename: [["a"]] }
model_operations { op_library_filename: { } }
model_operations { op_library_filename: [ 1 ] }
model_operations { op_library_filename: ["a"
parameters { key: "a" value { string_value: "b" } }
parameters: { key: "a", value: { string_value: "b" } }
parameters { }
parameters { key: "a" }
parameters { value { } }
parameters { key: "a" value { } } parameters { key: "a" value { } }
parameters { key: "a" key: "b" }
parameters { key: 1 }
parameters { key: "a" value: "b" }
parameters { "a": "b" }
parameters { key: "a" value { } other: 1 }
parameters [ { key: "a" value { } }, { key: "b" } ]
parameters: { a: "b" }
parameters { value { string_value: "x" } key: "a" }
parameters { key: "a" value { string_value: "b" string_value: "c" } }
parameters { key: "a" value { } value { } }
parameters { key: "a" value < string_value: 'b' > }
metric_tags { key: "a" value: "b" value: "c" }
metric_tags { key: "a" value: "b" "c" }
metric_tags [ ]
cc_model_filenames { key: "7.5" value: [ "a" ] }
dynamic_batching { priority_queue_policy { key: 1 value { } } }
dynamic_batching { priority_queue_policy { key: -1 value { } } }
dynamic_batching { priority_queue_policy { key: "1" value { } } }
dynamic_batching { priority_queue_policy { key: 0x1 value { } } priority_queue_policy { key: 01 } }
dynamic_batching { priority_queue_policy { key: 18446744073709551616 } }
dynamic_batching { priority_queue_policy { key: 1.0 } }
model_warmup { inputs { key: "x" value { zero_data: true random_data: true } } }
model_warmup { inputs { key: "x" value { zero_data: false zero_data: true } } }
sequence_batching { state { initial_state { zero_data: true data_file: "x" } } }
optimization { } optimization { }
input { } input { }
name: "m" name: "m"
name: "m" "odd"
name: ""
backend: "accept" "" ""
`
  .split('\n')
  .filter((line) => line !== '');
