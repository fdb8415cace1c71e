import type { Finding } from '../../base/finding.ts';
import type { SequenceBatchingJson, SequenceControlJson } from '../../pbtxt/model-config.ts';
import type { Pen, Rule } from './rule.ts';

const start = 'sequence_batching { control_input { name: "START" control { kind: CONTROL_SEQUENCE_START';

/** Controls have a name, one kind each, and values of one type; batches are no larger than the model takes. */
export const sequenceBatching: Rule = {
  explains: [
    {
      code: 'config/sequence-response-cache',
      severity: 'error',
      means: "A sequence's answers depend on what came before, so they cannot be cached.",
      triton: 'Response Cache does not currently support model … with sequence batching scheduler. Please disable the response cache.',
      example: 'sequence_batching { }\nresponse_cache { enable: true }',
      fix: 'take out response_cache',
    },
    {
      code: 'config/control-name-missing',
      severity: 'error',
      means: 'A control_input is a tensor of the model, and needs its name.',
      triton: 'sequence batching control tensor must have a name for …',
      example: 'sequence_batching { control_input { control { kind: CONTROL_SEQUENCE_START int32_false_true: [ 0, 1 ] } } }',
      fix: 'write name: "…" with the name of the tensor in the model',
    },
    {
      code: 'config/control-name-twice',
      severity: 'error',
      means: 'One tensor is the control_input of two.',
      triton: "sequence batching control tensor '…' is specified for multiple control kinds for …",
      example: `${start} int32_false_true: [ 0, 1 ] } }\n  control_input { name: "START" control { kind: CONTROL_SEQUENCE_END int32_false_true: [ 0, 1 ] } } }`,
      fix: 'give each control a tensor of its own',
    },
    {
      code: 'config/control-kind-twice',
      severity: 'error',
      means: 'Start, ready, end and correlation id go to one tensor each. A control without a kind is a start.',
      triton: 'sequence batching specifies multiple … tensors for …',
      example: `${start} int32_false_true: [ 0, 1 ] } }\n  control_input { name: "BEGIN" control { int32_false_true: [ 0, 1 ] } } }`,
      fix: 'keep one of them, or write the kind that was meant',
    },
    {
      code: 'config/control-values-missing',
      severity: 'error',
      means: 'Triton must know which values say no and yes.',
      triton: "sequence batching must specify either 'int32_false_true', 'fp32_false_true' or 'bool_false_true' for … for …",
      example: `${start} } } }`,
      fix: 'write fp32_false_true: [ 0, 1 ], or int32_false_true or bool_false_true, as the tensor has it',
    },
    {
      code: 'config/control-values-mixed',
      severity: 'error',
      means: 'A control tensor has one datatype.',
      triton: "sequence batching specifies more than one from 'int32_false_true', 'fp32_false_true' and 'bool_false_true' for … for …",
      example: `${start} int32_false_true: [ 0, 1 ] fp32_false_true: [ 0, 1 ] } } }`,
      fix: 'keep the one that the tensor has',
    },
    {
      code: 'config/control-values-count',
      severity: 'error',
      means: 'There are two values: the one that says no, then the one that says yes.',
      triton: "sequence batching control 'int32_false_true' must have exactly 2 entries for … for …",
      example: `${start} int32_false_true: [ 1 ] } } }`,
      fix: 'write two values, such as [ 0, 1 ]',
    },
    {
      code: 'config/corrid-has-values',
      severity: 'error',
      means: 'A correlation id is a number or a text, not a no or yes.',
      triton:
        "sequence batching must not specify either 'int32_false_true', 'fp32_false_true' or 'bool_false_true' for CONTROL_SEQUENCE_CORRID for …",
      example:
        'sequence_batching { control_input { name: "ID" control { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_UINT64 int32_false_true: [ 0, 1 ] } } }',
      fix: 'take the values out, and keep data_type',
    },
    {
      code: 'config/corrid-data-type',
      severity: 'error',
      means: 'A correlation id is TYPE_UINT64, TYPE_INT64, TYPE_UINT32, TYPE_INT32 or TYPE_STRING, and it must be said which.',
      triton:
        'unexpected data type for control CONTROL_SEQUENCE_CORRID for …. Allowed data types are TYPE_UINT64, TYPE_INT64, TYPE_UINT32, TYPE_INT32 and TYPE_STRING',
      example: 'sequence_batching { control_input { name: "ID" control { kind: CONTROL_SEQUENCE_CORRID } } }',
      fix: 'write data_type: TYPE_UINT64, or what the tensor has',
    },
    {
      code: 'config/sequence-preferred-size-not-positive',
      severity: 'error',
      means: 'A preferred batch size is a number of sequences, at least 1.',
      triton: 'sequence batching preferred batch size must be positive for …',
      example: 'max_batch_size: 8\nsequence_batching { oldest { preferred_batch_size: [ 0 ] } }',
      fix: 'take it out, or write a size from 1 to max_batch_size',
    },
    {
      code: 'config/sequence-preferred-size-too-large',
      severity: 'error',
      means: 'A preferred size above max_batch_size can never form.',
      triton: 'sequence batching preferred batch size must be <= max batch size for …',
      example: 'max_batch_size: 8\nsequence_batching { oldest { preferred_batch_size: [ 16 ] } }',
      fix: 'lower it, or raise max_batch_size',
    },
    {
      code: 'config/slot-utilization-out-of-range',
      severity: 'error',
      means: 'minimum_slot_utilization is a share of the slots.',
      triton: 'sequence batching minimum slot utilization must be in range (0.0, 1.0] for …',
      example: 'sequence_batching { direct { minimum_slot_utilization: 1.5 } }',
      fix: 'write a share from 0 to 1',
    },
  ],
  *judge({ config }, pen) {
    const { name = '', max_batch_size: largest = 0, sequence_batching: batching } = config;
    if (!batching) return;
    if (config.response_cache?.enable) {
      const says = `Response Cache does not currently support model ${name} with sequence batching scheduler. Please disable the response cache.`;
      yield pen.at(['response_cache'], 'config/sequence-response-cache', says);
    }
    yield* controls(batching, name, pen);
    for (const [index, size] of (batching.oldest?.preferred_batch_size ?? []).entries()) {
      const path = ['sequence_batching', 'oldest', 'preferred_batch_size', index];
      if (size <= 0) {
        const says = `sequence batching preferred batch size must be positive for ${name}`;
        yield pen.at(path, 'config/sequence-preferred-size-not-positive', says);
      } else if (size > largest) {
        const says = `sequence batching preferred batch size must be <= max batch size for ${name}`;
        yield pen.at(path, 'config/sequence-preferred-size-too-large', says);
      }
    }
    const utilization = Number(batching.direct?.minimum_slot_utilization ?? 0);
    if (utilization < 0 || utilization > 1) {
      const says = `sequence batching minimum slot utilization must be in range (0.0, 1.0] for ${name}`;
      yield pen.at(['sequence_batching', 'direct', 'minimum_slot_utilization'], 'config/slot-utilization-out-of-range', says);
    }
  },
};

/** Triton walks the whole list once for each kind, and minds the names in each walk; so the names come first, up to where a start is wrong. */
function* controls({ control_input: inputs = [] }: SequenceBatchingJson, model: string, pen: Pen): Iterable<Finding> {
  for (const kind of kinds) yield* controlsOf(kind, { inputs, model, isFirst: kind === kinds[0] }, pen);
}

const kinds = ['CONTROL_SEQUENCE_START', 'CONTROL_SEQUENCE_END', 'CONTROL_SEQUENCE_READY', 'CONTROL_SEQUENCE_CORRID'] as const;

type Walk = { readonly inputs: NonNullable<SequenceBatchingJson['control_input']>; readonly model: string; readonly isFirst: boolean };

function* controlsOf(kind: (typeof kinds)[number], { inputs, model, isFirst }: Walk, pen: Pen): Iterable<Finding> {
  const names = new Set<string>();
  let seen: SequenceControlJson | undefined;
  for (const [index, { name = '', control = [] }] of inputs.entries()) {
    const path = ['sequence_batching', 'control_input', index];
    if (isFirst && name === '') {
      yield pen.at(path, 'config/control-name-missing', `sequence batching control tensor must have a name for ${model}`);
    } else if (isFirst && names.has(name)) {
      const says = `sequence batching control tensor '${name}' is specified for multiple control kinds for ${model}`;
      yield pen.at([...path, 'name'], 'config/control-name-twice', says);
    }
    names.add(name);
    for (const [at, one] of control.entries()) {
      if ((one.kind ?? kinds[0]) !== kind) continue;
      const here = [...path, 'control', at];
      if (seen) {
        yield pen.at(here, 'config/control-kind-twice', `sequence batching specifies multiple ${kind} tensors for ${model}`);
        continue;
      }
      seen = one;
      yield* kind === 'CONTROL_SEQUENCE_CORRID' ? correlationId(one, here, model, pen) : yesAndNo(one, here, { kind, model }, pen);
    }
  }
  const type = seen?.data_type ?? 'TYPE_INVALID';
  if (kind === 'CONTROL_SEQUENCE_CORRID' && seen && !idTypes.includes(type)) {
    const index = inputs.findIndex(({ control = [] }) => control.includes(seen));
    const says = `unexpected data type for control CONTROL_SEQUENCE_CORRID for ${model}. Allowed data types are TYPE_UINT64, TYPE_INT64, TYPE_UINT32, TYPE_INT32 and TYPE_STRING`;
    yield pen.at(['sequence_batching', 'control_input', index, 'control'], 'config/corrid-data-type', says);
  }
}

const idTypes: readonly string[] = ['TYPE_UINT64', 'TYPE_INT64', 'TYPE_UINT32', 'TYPE_INT32', 'TYPE_STRING'];

const valueLists = ['int32_false_true', 'fp32_false_true', 'bool_false_true'] as const;

function* correlationId(control: SequenceControlJson, path: readonly (string | number)[], model: string, pen: Pen): Iterable<Finding> {
  if (!valueLists.some((list) => control[list]?.length)) return;
  const says = `sequence batching must not specify either 'int32_false_true', 'fp32_false_true' or 'bool_false_true' for CONTROL_SEQUENCE_CORRID for ${model}`;
  yield pen.at(path, 'config/corrid-has-values', says);
}

function* yesAndNo(
  control: SequenceControlJson,
  path: readonly (string | number)[],
  { kind, model }: { kind: string; model: string },
  pen: Pen,
): Iterable<Finding> {
  const given = valueLists.filter((list) => control[list]?.length);
  const [first] = given;
  if (!first) {
    const says = `sequence batching must specify either 'int32_false_true', 'fp32_false_true' or 'bool_false_true' for ${kind} for ${model}`;
    yield pen.at(path, 'config/control-values-missing', says);
  } else if (given.length > 1) {
    const says = `sequence batching specifies more than one from 'int32_false_true', 'fp32_false_true' and 'bool_false_true' for ${kind} for ${model}`;
    yield pen.at(path, 'config/control-values-mixed', says);
  } else if (control[first]?.length !== 2) {
    const says = `sequence batching control '${first}' must have exactly 2 entries for ${kind} for ${model}`;
    yield pen.at([...path, first], 'config/control-values-count', says);
  }
}
