import type { Entry } from './base.ts';

const behind = (more: string) => ({ append: more });

/** What the text itself can have wrong with it. */
export const textEntries: readonly Entry[] = [
  {
    code: 'config/unknown-field',
    bad: [
      behind('max_bacth_size: 8'),
      behind('instance_groups { }'),
      behind('Name: "m"'),
      behind('optimization { levl: 1 }'),
      behind('parameters { keys: "a" }'),
    ].map((piece, index) => (index === 3 ? behind('dynamic_batching { delay: 1 }') : piece)),
    good: [
      behind('# max_bacth_size: 8'),
      behind('parameters { key: "max_bacth_size" }'),
      behind('runtime: ""'),
      behind('metric_tags { key: "x" value: "instance_groups" }'),
    ],
  },
  {
    code: 'config/unknown-enum',
    bad: [
      { input: 'input { name: "x" data_type: FP32 dims: 1 }' },
      { input: 'input { name: "x" data_type: TYPE_FLOAT dims: 1 }' },
      { input: 'input { name: "x" data_type: type_fp32 dims: 1 }' },
      { input: 'input { name: "x" data_type: "TYPE_FP32" dims: 1 }' },
      behind('instance_group { kind: CPU }'),
      behind('dynamic_batching { default_queue_policy { timeout_action: DROP } }'),
    ],
    good: [
      { input: 'input { name: "x" data_type: 11 dims: 1 }' },
      { input: 'input { name: "x" data_type: 0xb dims: 1 }' },
      { input: 'input { name: "x" data_type: 77 dims: 1 }' },
      { input: 'input { name: "x" data_type: TYPE_FP32 format: 0 dims: 1 }' },
      behind('dynamic_batching { default_queue_policy { timeout_action: 1 } }'),
    ],
  },
  {
    code: 'config/type-mismatch',
    bad: [
      { mbs: 'none', append: 'max_batch_size: "8"' },
      { mbs: 'none', append: 'max_batch_size: eight' },
      behind('runtime: model'),
      behind('dynamic_batching: 4'),
      behind('parameters { key: 4 }'),
      behind('dynamic_batching { default_queue_policy: "REJECT" }'),
      behind('sequence_batching { direct { minimum_slot_utilization: "0.5" } }'),
    ],
    good: [
      { mbs: 'none', append: 'max_batch_size: 8' },
      behind('runtime: \'\' ""'),
      behind('dynamic_batching: { }'),
      behind('parameters { key: "4" }'),
      behind('sequence_batching { direct { minimum_slot_utilization: 1 } }'),
      behind('sequence_batching { direct { minimum_slot_utilization: .5f } }'),
    ],
  },
  {
    code: 'config/int-range',
    bad: [
      { mbs: 'none', append: 'max_batch_size: 2147483648' },
      { mbs: 'none', append: 'max_batch_size: 0x80000000' },
      behind('version_policy { latest { num_versions: -1 } }'),
      behind('dynamic_batching { max_queue_delay_microseconds: -5 }'),
      behind('instance_group { count: 99999999999999999999 }'),
      behind('dynamic_batching { priority_levels: 18446744073709551616 default_priority_level: 1 }'),
    ].map((piece) => ({
      ...piece,
      ...('append' in piece && piece.append.startsWith('version_policy')
        ? { raw: (text: string) => text.replace(/version_policy:? \{ (all|latest:).*\n/, '') }
        : {}),
    })),
    good: [
      { mbs: 'none', append: 'max_batch_size: 0x7f' },
      { mbs: 'none', append: 'max_batch_size: 010' },
      behind('dynamic_batching { max_queue_delay_microseconds: 18446744073709551615 }'),
      behind('instance_group { count: - 1 }'),
      behind('instance_group { count: -0 }'),
    ],
  },
  {
    code: 'config/number-format',
    bad: [
      { mbs: 'none', append: 'max_batch_size: 1e3' },
      { mbs: 'none', append: 'max_batch_size: 4.0' },
      { mbs: 'none', append: 'max_batch_size: 08' },
      { mbs: 'none', append: 'max_batch_size: 4abc' },
      { mbs: 'none', append: 'max_batch_size: +4' },
      { mbs: 'none', append: 'max_batch_size: 0x' },
      behind('sequence_batching { direct { minimum_slot_utilization: 0x1 } }'),
      behind('sequence_batching { direct { minimum_slot_utilization: 1.2.3 } }'),
    ],
    good: [
      { mbs: 'none', append: 'max_batch_size: 4# four' },
      { mbs: 'none', append: 'max_batch_size:4' },
      behind('sequence_batching { direct { minimum_slot_utilization: 1e-1 } }'),
      behind('sequence_batching { direct { minimum_slot_utilization: 0.5F } }'),
      behind('sequence_batching { direct { minimum_slot_utilization: nan } }'),
    ],
  },
  {
    code: 'config/bool-format',
    bad: ['yes', 'TRUE', 'on', '"true"', '2', 'FALSE', 'no'].map((value) => behind(`dynamic_batching { preserve_ordering: ${value} }`)),
    good: ['true', 'True', 't', '1', '0x1', 'false', 'False', 'f', '0', '01'].map((value) =>
      behind(`dynamic_batching { preserve_ordering: ${value} }`),
    ),
  },
  {
    code: 'config/string-format',
    bad: [
      behind('runtime: "a\n"'),
      behind('runtime: "a'),
      behind('runtime: "\\q"'),
      behind('runtime: \'a"'),
      behind('runtime: "\\xg"'),
      behind('runtime: "\\u12"'),
    ],
    good: [
      behind('runtime: "" \'\''),
      behind('metric_tags { key: "a" value: "\\n\\t\\"\\\'\\\\\\?" }'),
      behind('metric_tags { key: "a" value: "\\101\\x41\\u0041" }'),
      behind('metric_tags { key: "a" # one\n value: "b" "c" }'),
    ],
  },
  {
    code: 'config/missing-colon',
    bad: [
      behind('runtime ""'),
      behind('instance_group { count 1 }'),
      { input: 'input { name: "x" data_type TYPE_FP32 dims: 1 }' },
      { input: 'input { name: "x" data_type: TYPE_FP32 dims [ 1 ] }' },
    ],
    good: [
      behind('runtime : ""'),
      behind('instance_group { count:1 }'),
      behind('dynamic_batching { }'),
      behind('instance_group [ { count: 1 } ]'),
      behind('parameters { key: "a" value { } }'),
    ],
  },
  {
    code: 'config/separator',
    bad: [
      behind('runtime: "";;'),
      { input: 'input { name: "x" data_type: TYPE_FP32 dims: [ 1, 2, ] }' },
      { input: 'input { name: "x" data_type: TYPE_FP32 dims: [ 1 2 ] }' },
      { input: 'input { , name: "x" data_type: TYPE_FP32 dims: 1 }' },
    ].map((piece) => ({ ...piece, raw: (text: string) => text.replace(/cc_model_filenames.*;|default_model_filename.*,/g, '') })),
    good: [
      behind('runtime: "";'),
      behind('runtime: "",'),
      { input: 'input { name: "x"; data_type: TYPE_FP32, dims: [ 1 , 2 ]; }' },
      { input: 'input [ { name: "x" data_type: TYPE_FP32 dims: 1 }, { name: "z" data_type: TYPE_FP32 dims: [ ] dims: 1 } ]' },
    ],
  },
  {
    code: 'config/unbalanced',
    bad: [behind('dynamic_batching {'), behind('}'), behind('dynamic_batching { >'), behind('dynamic_batching < }')],
    good: [
      behind('dynamic_batching < >'),
      behind('dynamic_batching: < >'),
      behind('dynamic_batching { # }\n}'),
      behind('metric_tags { key: "a" value: "}" }'),
    ],
  },
  {
    code: 'config/list-on-singular',
    bad: [
      { mbs: 'none', append: 'max_batch_size: [ 8 ]' },
      behind('runtime: [ "" ]'),
      behind('dynamic_batching: [ { } ]'),
      behind('dynamic_batching { preserve_ordering: [ true ] }'),
    ],
    good: [
      behind('instance_group: [ { count: 1 } ]'),
      behind('model_operations { op_library_filename: [ ] }').append.startsWith('m') ? behind('instance_group { profile: [ ] }') : {},
      { input: 'input { name: "x" data_type: TYPE_FP32 dims: [ 1 ] }' },
      behind('parameters: [ ]'),
    ],
  },
  {
    code: 'config/duplicate-field',
    bad: [
      { mbs: 4, append: 'max_batch_size: 8' },
      behind('backend: "accept"'),
      behind('dynamic_batching { } dynamic_batching { }'),
      { input: 'input { name: "x" name: "x" data_type: TYPE_FP32 dims: 1 }' },
      behind('parameters { key: "" key: "a" }'),
    ],
    good: [
      { mbs: 'none', append: 'max_batch_size: 0 max_batch_size: 8' },
      behind('runtime: "" runtime: ""'),
      { input: 'input { name: "" name: "x" data_type: TYPE_FP32 dims: 1 }' },
      behind('parameters { key: "a" } parameters { key: "a" }'),
      behind('dynamic_batching { preserve_ordering: false preserve_ordering: true }'),
    ],
  },
  {
    code: 'config/oneof-conflict',
    bad: [
      behind('dynamic_batching { } sequence_batching { }'),
      behind('sequence_batching { direct { } oldest { } }'),
      behind('model_warmup { inputs { key: "x" value { zero_data: true random_data: true } } }'),
      behind('model_warmup { inputs { key: "x" value { zero_data: false input_data_file: "" } } }'),
    ],
    good: [
      behind('dynamic_batching { }'),
      behind('sequence_batching { direct { } }'),
      behind('model_warmup { inputs { key: "x" value { zero_data: true } } }'),
      behind('sequence_batching { oldest { } }'),
    ],
  },
  {
    code: 'config/extension',
    bad: [
      behind('[my.extension]: 1'),
      behind('[my.extension] { }'),
      behind('[type.googleapis.com/inference.ModelInput] { }'),
      behind('instance_group { [a]: 1 }'),
      behind('[ a . b ]: 1'),
    ],
    good: [behind('# [my.extension]: 1'), behind('metric_tags { key: "a" value: "[my.extension]" }'), behind('instance_group [ ]')],
  },
  {
    code: 'config/encoding',
    bad: [
      { raw: (text) => `\ufeff${text}` },
      { raw: (text) => `${text}\nrüntime: ""` },
      { raw: (text) => `${text}\n\u0001` },
      { raw: (text) => `${text}\nruntime： ""` },
      { raw: (text) => `${text}\u00a0` },
    ],
    good: [
      { raw: (text) => `# ü ✓\n${text}` },
      { raw: (text) => text.replaceAll('\n', '\r\n') },
      { raw: (text) => `${text}\nmetric_tags { key: "a" value: "ü ✓ 🐚" }` },
      { raw: (text) => `\t\f\v${text}` },
    ],
  },
  {
    code: 'config/field-too-new',
    bad: [behind('model_metrics { }'), behind('model_metrics { metric_control { } }'), behind('model_metrics: < >')],
    good: [behind('# model_metrics { }'), behind('response_cache { enable: false }'), behind('runtime: ""')],
  },
  {
    code: 'config/syntax',
    bad: [
      { raw: (text) => `// the model\n${text}` },
      { raw: (text) => `{ "name": "m" }\n${text}` },
      { raw: (text) => `${text}\n= 4` },
      { raw: (text) => `${text}\n"runtime": ""` },
      { raw: (text) => `${text}\n/* x */` },
    ],
    good: [{ raw: (text) => `#// the model\n${text}` }, { raw: (text) => `${text}\n\n\n` }, { raw: (text) => `${text}# end` }],
  },
];
