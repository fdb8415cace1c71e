import { writeJson } from '#core/kserve/write-json.ts';
import { classified } from '../server/classification.ts';
import type { InferResponse, OutputTensor, Parameter, SharedMemory } from '../server/inference-server.ts';
import { RefusedPlainly } from './refused-plainly.ts';
import type { Answer } from './answer.ts';
import type { InferCall, WantedOutput } from './read-infer.ts';
import { writeElements } from './tensor-json.ts';

type Good = Extract<InferResponse, { outputs: unknown }>;

/** Writes an answer as the request wanted it: tensors in the JSON, behind it, or into shared memory. Throws Refused. */
export function writeInfer(call: InferCall, response: Good, memory: SharedMemory): Answer {
  const binary: Uint8Array[] = [];
  const tensors = response.outputs.map((output) => {
    const wanted = call.outputs.get(output.name) ?? call.otherwise;
    const given = wanted.classes > 0 ? classifiedBy(response, output, wanted.classes) : output;
    return writeOutput(given, wanted, binary, memory);
  });
  const id = response.id === '' ? '' : `"id":${writeJson(response.id)},`;
  const parameters = response.parameters.size === 0 ? '' : `"parameters":${writeParameters(response.parameters)},`;
  const head = `{${id}"model_name":${writeJson(response.model)},"model_version":"${response.version}",${parameters}"outputs":[${tensors.join()}]}`;
  if (!binary.some(({ length }) => length > 0)) return { status: 200, body: head };
  const headBytes = Buffer.from(head);
  return { status: 200, body: Buffer.concat([headBytes, ...binary]), type: 'application/octet-stream', headLength: headBytes.length };
}

const classifiedBy = ({ isBatched, labelOf }: Good, output: OutputTensor, classes: number): OutputTensor =>
  classified(output, { classes, isBatched, labelOf: (index) => labelOf(output.name, index) });

function writeOutput(output: OutputTensor, { isBinary, region }: WantedOutput, binary: Uint8Array[], memory: SharedMemory): string {
  const { name, datatype, shape, bytes } = output;
  const head = `"name":${writeJson(name)},"datatype":"${datatype}","shape":[${shape.join()}]`;
  if (region) {
    if (bytes.length > region.size) {
      throw new RefusedPlainly(
        'Internal',
        `shared memory size specified with the request for output '${name}' (${region.size} bytes) should be at least ${bytes.length} bytes to hold the results`,
      );
    }
    memory.write(region.name, region.offset, bytes);
    return `{${head}}`;
  }
  if (!isBinary) return `{${head},"data":[${writeElements(datatype, bytes)}]}`;
  binary.push(bytes);
  return `{${head},"parameters":{"binary_data_size":${bytes.length}}}`;
}

function writeParameters(parameters: ReadonlyMap<string, Parameter>): string {
  return `{${[...parameters].map(([name, value]) => `${writeJson(name)}:${writeParameter(value)}`).join()}}`;
}

export const writeParameter = (value: Parameter): string => (typeof value === 'string' ? writeJson(value) : String(value));
