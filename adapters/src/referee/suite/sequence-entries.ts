import type { Entry, Piece } from './base.ts';

const behind = (append: string): Piece => ({ append });
const sequence = (inside: string): Piece => behind(`sequence_batching { ${inside} }`);
const control = (inside: string, name = 'START'): string => `control_input { name: "${name}" control { ${inside} } }`;
const state = (inside: string, files: Readonly<Record<string, string>> = {}): Piece => ({
  append: `sequence_batching { state { input_name: "i" output_name: "o" data_type: TYPE_FP32 dims: [ 4 ] ${inside} } }`,
  files,
});
const initial = (inside: string): string => `initial_state { ${inside} }`;

/** What it refuses of sequences, their controls and their states. */
export const sequenceEntries: readonly Entry[] = [
  {
    code: 'config/sequence-response-cache',
    bad: [behind('sequence_batching { } response_cache { enable: true }')],
    good: [
      behind('sequence_batching { } response_cache { enable: false }'),
      behind('sequence_batching { } response_cache { }'),
      behind('response_cache { enable: true }'),
    ],
  },
  {
    code: 'config/control-name-missing',
    bad: [sequence('control_input { control { int32_false_true: [ 0, 1 ] } }'), sequence('control_input { }')],
    good: [sequence(control('int32_false_true: [ 0, 1 ]')), sequence('control_input { name: "a" }')],
  },
  {
    code: 'config/control-name-twice',
    bad: [
      sequence(`${control('int32_false_true: [ 0, 1 ]')} ${control('kind: CONTROL_SEQUENCE_END int32_false_true: [ 0, 1 ]')}`),
      sequence('control_input { name: "a" } control_input { name: "a" }'),
    ],
    good: [
      sequence(`${control('int32_false_true: [ 0, 1 ]')} ${control('kind: CONTROL_SEQUENCE_END int32_false_true: [ 0, 1 ]', 'END')}`),
      sequence('control_input { name: "a" } control_input { name: "A" }'),
    ],
  },
  {
    code: 'config/control-kind-twice',
    bad: [
      sequence(`${control('int32_false_true: [ 0, 1 ]')} ${control('bool_false_true: [ 0, 1 ]', 'B')}`),
      sequence(
        'control_input { name: "a" control { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_INT32 } control { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_INT32 } }',
      ),
    ],
    good: [
      sequence(`${control('int32_false_true: [ 0, 1 ]')} ${control('kind: CONTROL_SEQUENCE_READY bool_false_true: [ 0, 1 ]', 'B')}`),
      sequence('control_input { name: "a" control { kind: 9 } control { kind: 9 } }'),
    ],
  },
  {
    code: 'config/control-values-missing',
    bad: [
      sequence(control('kind: CONTROL_SEQUENCE_START')),
      sequence(control('kind: CONTROL_SEQUENCE_END int32_false_true: [ ]')),
      sequence(control('')),
    ],
    good: [sequence(control('fp32_false_true: [ 0, 1 ]')), sequence(control('kind: 8'))],
  },
  {
    code: 'config/control-values-mixed',
    bad: [
      sequence(control('int32_false_true: [ 0, 1 ] fp32_false_true: [ 0, 1 ]')),
      sequence(control('kind: CONTROL_SEQUENCE_READY bool_false_true: [ f, t ] fp32_false_true: [ 0, 1 ]')),
    ],
    good: [sequence(control('fp32_false_true: [ -1.5, 1e3 ] int32_false_true: [ ]'))],
  },
  {
    code: 'config/control-values-count',
    bad: [
      sequence(control('int32_false_true: [ 1 ]')),
      sequence(control('fp32_false_true: [ 0, 1, 2 ]')),
      sequence(control('kind: CONTROL_SEQUENCE_END bool_false_true: true')),
    ],
    good: [sequence(control('int32_false_true: 0 int32_false_true: 0')), sequence(control('fp32_false_true: [ 0, 1 ]'))],
  },
  {
    code: 'config/corrid-has-values',
    bad: [
      sequence(control('kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_UINT64 int32_false_true: [ 0, 1 ]')),
      sequence(control('kind: 3 data_type: TYPE_UINT64 bool_false_true: true')),
    ],
    good: [sequence(control('kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_UINT64'))],
  },
  {
    code: 'config/corrid-data-type',
    bad: ['', 'data_type: TYPE_FP32', 'data_type: TYPE_INVALID', 'data_type: TYPE_UINT16', 'data_type: TYPE_BOOL'].map((type) =>
      sequence(control(`kind: CONTROL_SEQUENCE_CORRID ${type}`)),
    ),
    good: ['UINT64', 'INT64', 'UINT32', 'INT32', 'STRING'].map((type) =>
      sequence(control(`kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_${type}`)),
    ),
  },
  {
    code: 'config/sequence-preferred-size-not-positive',
    bad: [sequence('oldest { preferred_batch_size: [ 0 ] }'), sequence('oldest { preferred_batch_size: [ 1, -3 ] }')],
    good: [sequence('oldest { preferred_batch_size: [ 1 ] }'), sequence('oldest { }')],
  },
  {
    code: 'config/sequence-preferred-size-too-large',
    bad: [{ append: (mbs) => `sequence_batching { oldest { preferred_batch_size: ${mbs + 1} } }` }],
    good: [{ append: (mbs) => `sequence_batching { oldest { preferred_batch_size: ${mbs} } }` }],
  },
  {
    code: 'config/slot-utilization-out-of-range',
    bad: ['1.5', '-0.1', 'inf', '2'].map((value) => sequence(`direct { minimum_slot_utilization: ${value} }`)),
    good: ['1', '0', '0.999', 'nan', '-0'].map((value) => sequence(`direct { minimum_slot_utilization: ${value} }`)),
  },
  {
    code: 'config/state-initial-twice',
    bad: [
      state(
        `${initial('name: "a" data_type: TYPE_FP32 dims: 4 zero_data: true')} ${initial('name: "b" data_type: TYPE_FP32 dims: 4 zero_data: true')}`,
      ),
    ],
    good: [state(initial('name: "a" data_type: TYPE_FP32 dims: 4 zero_data: true')), state('')],
  },
  {
    code: 'config/state-initial-type',
    bad: [state(initial('name: "a" data_type: TYPE_INT32 dims: 4 zero_data: true')), state(initial('name: "a" dims: 4 zero_data: true'))],
    good: [state(initial('name: "a" data_type: 11 dims: 4 zero_data: true'))],
  },
  {
    code: 'config/state-initial-name',
    bad: [state(initial('data_type: TYPE_FP32 dims: 4 zero_data: true'))],
    good: [state(initial('name: " " data_type: TYPE_FP32 dims: 4 zero_data: true'))],
  },
  {
    code: 'config/state-initial-shape',
    bad: ['dims: [ 4, 1 ]', '', 'dims: -1', 'dims: 3'].map((dims) =>
      state(initial(`name: "a" data_type: TYPE_FP32 ${dims} zero_data: true`)),
    ),
    good: [state(initial('name: "a" data_type: TYPE_FP32 dims: [ 4 ] zero_data: false'))],
  },
  {
    code: 'config/state-initial-data',
    bad: [state(initial('name: "a" data_type: TYPE_FP32 dims: 4'))],
    good: [state(initial('name: "a" data_type: TYPE_FP32 dims: 4 zero_data: false'))],
  },
  {
    code: 'config/state-file-missing',
    bad: [
      state(initial('name: "a" data_type: TYPE_FP32 dims: 4 data_file: "a"')),
      state(initial('name: "a" data_type: TYPE_FP32 dims: 4 data_file: "b"'), { 'm/initial_state/a': 'x'.repeat(16) }),
    ],
    good: [state(initial('name: "a" data_type: TYPE_FP32 dims: 4 data_file: "a"'), { 'm/initial_state/a': 'x'.repeat(16) })],
  },
  {
    code: 'config/state-file-short',
    bad: [0, 15].map((size) =>
      state(initial('name: "a" data_type: TYPE_FP32 dims: 4 data_file: "a"'), { 'm/initial_state/a': 'x'.repeat(size) }),
    ),
    good: [16, 17, 99].map((size) =>
      state(initial('name: "a" data_type: TYPE_FP32 dims: 4 data_file: "a"'), { 'm/initial_state/a': 'x'.repeat(size) }),
    ),
  },
  {
    code: 'config/state-input-twice',
    bad: [
      sequence(
        ['a', 'b']
          .map(
            (name) =>
              `state { input_name: "i" output_name: "${name}" data_type: TYPE_FP32 dims: 4 ${initial(`name: "${name}" data_type: TYPE_FP32 dims: 4 zero_data: true`)} }`,
          )
          .join(' '),
      ),
    ],
    good: [
      sequence(
        ['a', 'b']
          .map(
            (name) =>
              `state { input_name: "${name}" output_name: "${name}" data_type: TYPE_FP32 dims: 4 ${initial(`name: "${name}" data_type: TYPE_FP32 dims: 4 zero_data: true`)} }`,
          )
          .join(' '),
      ),
      sequence(
        'state { input_name: "i" output_name: "a" data_type: TYPE_FP32 dims: 4 } state { input_name: "i" output_name: "b" data_type: TYPE_FP32 dims: 4 }',
      ),
    ],
  },
];
