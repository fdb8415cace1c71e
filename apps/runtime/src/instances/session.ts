import type { Datatype } from '#core/kserve/tensor.ts';
import type { InstanceSpec, ServedModel } from '../models/served-model.ts';

/** A tensor of the model file. */
export type SessionTensor = { readonly name: string; readonly datatype: Datatype };

/**
 * What ONNX Runtime is given and asked for: beside what clients see, the controls and states of a sequence, and what is said of a batch. In
 * this order they travel to an instance.
 */
export type Session = {
  readonly model: string;
  readonly batchMax: number;
  readonly threads: number;
  readonly instances: readonly InstanceSpec[];
  readonly inputs: readonly SessionTensor[];
  readonly outputs: readonly SessionTensor[];
};

export function sessionOf(model: ServedModel): Session {
  const { sequence } = model;
  const { controls, states } = sequence === 'none' ? { controls: [], states: [] } : sequence;
  return {
    model: model.name,
    batchMax: model.batchMax,
    threads: model.threads,
    instances: model.instances,
    inputs: [
      ...model.inputs.map(({ name, datatype }) => ({ name, datatype })),
      ...controls.map(({ name, datatype }) => ({ name, datatype })),
      ...states.map(({ input, datatype }) => ({ name: input, datatype })),
      ...model.batchInputs.flatMap(({ names, datatype }) => names.map((name) => ({ name, datatype }))),
    ],
    outputs: [
      ...model.outputs.map(({ name, datatype }) => ({ name, datatype })),
      ...states.map(({ output, datatype }) => ({ name: output, datatype })),
    ],
  };
}
