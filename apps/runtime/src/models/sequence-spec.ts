import type { Datatype } from '#core/kserve/tensor.ts';
import type { SequenceBatchingJson, SequenceControlJson, SequenceStateJson } from '#core/pbtxt/model-config.ts';
import { datatypeOfConfig } from '../datatypes.ts';

/** An input that the sequence batcher fills in. `values` are its false and its true one; a correlation id has none. */
export type ControlSpec = {
  readonly name: string;
  readonly kind: 'START' | 'END' | 'READY' | 'CORRID';
  readonly datatype: Datatype;
  readonly values: readonly [number, number];
};

/** A tensor that the server keeps between the requests of a sequence. */
export type StateSpec = {
  readonly input: string;
  readonly output: string;
  readonly datatype: Datatype;
  readonly dims: readonly number[];
  /** File below the model's folder; zeros where it is ''. */
  readonly initialFile: string;
  readonly initialDims: readonly number[];
};

export type SequenceSpec = {
  readonly idleMs: number;
  readonly controls: readonly ControlSpec[];
  readonly states: readonly StateSpec[];
  readonly strategy:
    | { readonly is: 'direct'; readonly delayMs: number; readonly slotUtilizationMin: number }
    | { readonly is: 'oldest'; readonly candidatesMax: number; readonly preferred: readonly number[]; readonly delayMs: number };
};

export function sequenceSpec(json: SequenceBatchingJson, batchMax: number): SequenceSpec {
  const { oldest, direct } = json;
  const delayMs = Number((oldest ?? direct)?.max_queue_delay_microseconds ?? 0) / 1000;
  return {
    idleMs: Number(json.max_sequence_idle_microseconds ?? 1_000_000) / 1000,
    controls: (json.control_input ?? []).flatMap(({ name = '', control = [] }) => control.map((one) => controlSpec(name, one))),
    states: (json.state ?? []).map(stateSpec),
    strategy: oldest
      ? {
          is: 'oldest',
          // Without a number it is the largest batch, or one.
          candidatesMax: oldest.max_candidate_sequences || Math.max(1, batchMax),
          preferred: oldest.preferred_batch_size ?? [],
          delayMs,
        }
      : { is: 'direct', delayMs, slotUtilizationMin: direct?.minimum_slot_utilization ?? 0 },
  };
}

function controlSpec(name: string, control: SequenceControlJson): ControlSpec {
  const kind = (control.kind ?? 'CONTROL_SEQUENCE_START').replace('CONTROL_SEQUENCE_', '') as ControlSpec['kind'];
  const { int32_false_true: ints = [], fp32_false_true: floats = [], bool_false_true: bools = [] } = control;
  if (ints.length > 0) return { name, kind, datatype: 'INT32', values: [ints[0] ?? 0, ints[1] ?? 1] };
  if (floats.length > 0) return { name, kind, datatype: 'FP32', values: [floats[0] ?? 0, floats[1] ?? 1] };
  if (bools.length > 0) return { name, kind, datatype: 'BOOL', values: [Number(bools[0]), Number(bools[1])] };
  return { name, kind, datatype: datatypeOfConfig(control.data_type) ?? 'UINT64', values: [0, 1] };
}

function stateSpec(state: SequenceStateJson): StateSpec {
  const initial = state.initial_state?.[0];
  const dims = (state.dims ?? []).map(Number);
  return {
    input: state.input_name ?? '',
    output: state.output_name ?? '',
    datatype: datatypeOfConfig(state.data_type) ?? 'FP32',
    dims,
    initialFile: initial?.data_file ?? '',
    initialDims: initial ? (initial.dims ?? []).map(Number) : dims,
  };
}
