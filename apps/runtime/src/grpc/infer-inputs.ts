import type { GrpcInferRequest, GrpcInput } from '#core/kserve/grpc/infer-request.ts';
import { isDatatype } from '../datatypes.ts';
import type { InferenceServer, InputTensor } from '../server/inference-server.ts';
import { InputNames } from '../server/input-names.ts';
import { refuse } from '../server/refused.ts';
import { regionOf } from './region-parameters.ts';

/** The tensors of a request with their data: typed, raw, or from shared memory. */
export function readInputs(request: GrpcInferRequest, server: InferenceServer): InputTensor[] {
  const names = new InputNames(request.id);
  for (const { name } of request.inputs) names.add(name);
  let rawUsed = 0;
  const inputs = request.inputs.map((input) => {
    const region = regionOf(input.parameters, input.name);
    if (region !== undefined) {
      if (input.contents !== undefined)
        refuse('Invalid argument', `unexpected 'content' provided when using shared memory for input tensor ${of(input, request)}`);
      return { input, bytes: server.sharedMemory.read(region.name, region.offset, region.size) };
    }
    if (request.raw.length > 0) {
      if (input.contents !== undefined)
        refuse('Invalid argument', `contents field must not be specified when using raw_input_contents for ${of(input, request)}`);
      // Raw contents belong to the inputs by their place, leaving out those in shared memory. What is left over is passed over.
      rawUsed += 1;
      return { input, bytes: request.raw[rawUsed - 1] ?? noData(input, request) };
    }
    return { input, bytes: typedBytes(input, request) };
  });
  return inputs.map(({ input, bytes }) => ({
    name: input.name,
    datatype: isDatatype(input.datatype) ? input.datatype : undefined,
    shape: input.shape,
    bytes,
  }));
}

function typedBytes(input: GrpcInput, request: GrpcInferRequest): Uint8Array {
  const { contents } = input;
  if (contents === undefined) return noData(input, request);
  if (contents.unexpected !== undefined) {
    const says = `unexpected explicit tensor data for input tensor ${of(input, request)}`;
    refuse(
      'Invalid argument',
      `${says} of type '${contents.unexpected}', expected datatype '${isDatatype(input.datatype) ? input.datatype : '<invalid>'}'`,
    );
  }
  return contents.bytes;
}

function noData(input: GrpcInput, request: GrpcInferRequest): never {
  return refuse('Invalid argument', `unable to find data for input tensor ${of(input, request)} in request.`);
}

function of({ name }: GrpcInput, { modelName }: GrpcInferRequest): string {
  return `'${name}' for model '${modelName}'`;
}
