import type { Datatype } from '#core/kserve/tensor.ts';
import type { InstanceSpec, ServedModel } from '../models/served-model.ts';
import type { ServiceTime } from '../models/service-time.ts';

/** A tensor of the model file, without the batch dimension. */
export type SessionTensor = { readonly name: string; readonly datatype: Datatype; readonly dims: readonly number[] };

/** What ONNX Runtime is given and asked for: beside what clients see, the controls and states of a sequence. In this order they travel to an instance. */
export type Session = {
  readonly model: string;
  readonly batchMax: number;
  readonly threads: number;
  readonly service: ServiceTime;
  readonly instances: readonly InstanceSpec[];
  readonly inputs: readonly SessionTensor[];
  readonly outputs: readonly SessionTensor[];
};

export function sessionOf(model: ServedModel): Session {
  const { sequence } = model;
  const { controls, states } = sequence === 'none' ? { controls: [], states: [] } : sequence;
  // Controls are one value a request, and models may or may not give them a dimension for it.
  return {
    model: model.name,
    batchMax: model.batchMax,
    threads: model.threads,
    service: model.service,
    instances: model.instances,
    inputs: [
      ...model.inputs.map(({ name, datatype, modelDims }) => ({ name, datatype, dims: modelDims })),
      ...controls.map(({ name, datatype }) => ({ name, datatype, dims: [1] })),
      ...states.map(({ input, datatype, dims }) => ({ name: input, datatype, dims })),
    ],
    outputs: [
      ...model.outputs.map(({ name, datatype, modelDims }) => ({ name, datatype, dims: modelDims })),
      ...states.map(({ output, datatype, dims }) => ({ name: output, datatype, dims })),
    ],
  };
}
