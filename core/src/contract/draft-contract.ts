import { stringify } from 'yaml';
import type { ArtifactFormat, TensorSpec } from './contract.ts';

/** What is known of a model before anyone wrote a contract. */
export type Draft = {
  readonly model: string;
  readonly format: ArtifactFormat;
  readonly backend: string;
  /** Below the model's folder, such as 1/model.onnx. */
  readonly files: readonly string[];
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly batchMax: number;
  /** The class of the GPU, or cpu. */
  readonly gpu: string;
};

/** Where editors look for the schema: beside the folders of releases. */
export const schemaHint = '# yaml-language-server: $schema=../contract.schema.json';

/** A contract to start from: what the model says is filled in, and each number that only people know has a comment that asks for it. */
export function draftContract({ model, format, backend, files, inputs, outputs, batchMax, gpu }: Draft): string {
  const tensors = (specs: readonly TensorSpec[]): string => specs.map((spec) => `\n    - ${one({ ...spec })}`).join('');
  return `${schemaHint}
# What the model's team and the platform agree on. conch check says what does not fit; lines with ASK want your own numbers.
contract: conch/v1
model: ${one(model)}
artifact: ${one({ format, files })}
io:
  # as clients send them, without the batch dimension; -1 is any size
  inputs:${tensors(inputs)}
  outputs:${tensors(outputs)}
runtime:
  triton: '24.10'
  backend: ${one(backend)}
  # ASK: the image that you deploy, by digest (image: 'sha256:…'), or this wheel, which carries tritonserver 2.51.0 for the CPU
  wheel: { name: nvidia-pytriton, version: 0.7.0, file: nvidia_pytriton-0.7.0-py3-none-manylinux_2_35_x86_64.whl, digest: 'sha256:21f063ff93bb426d0c06b7a55e7eb9efcfe62c0dddd9a908e9877e18710128df' }
  image: absent
  tensorrt: absent
  processing: absent
# ASK: what one server needs
resources: { gpu: { class: ${one(gpu)}, count: ${gpu === 'cpu' ? 0 : 1} }, memory: 1GiB, cpu: 1, load: 60s }
# ASK: the batch sizes that clients send, and how often
shapes: { batch: { min: 1, max: ${batchMax} }, bytes: ${bytesMaxFor(inputs, batchMax)}, mix: [{ batch: 1, share: 1 }] }
# ASK: a case of golden.json that is light and always right
health: { request: golden, case: first, within: 1s }
rollout:
  steps: [10, 25, 50]
  soak: 10m
  keep: 1h
  deadline: 30m
  gates:
    # ASK: the objectives, and when one must not pass
    p99: { limit: 100ms, requests: 300 }
    errors: { limit: 0.5%, requests: 300 }
    queue: { limit: 20ms, requests: 300 }
    correctness: { accuracy: 0.9, perClass: 0.7, worseThanStable: 0.02 }
# ASK: who is called
owner: ${one({ team: model, contact: `${model}@example.com`, escalation: ['oncall@example.com'] })}
labels: ${one({ team: model })}
# ASK: requests per second that one server must sustain within these limits
performance: { rate: 50, arrival: poisson, p99: 100ms, queue: 20ms, gpu: ${one(gpu)} }
`;
}

/** A value on one line, in quotes wherever YAML would take it for something else. */
const one = (value: unknown): string => stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: true }).trim();

/** Room for the largest batch in JSON, where a number takes some twenty characters; an open dimension counts as 256. */
function bytesMaxFor(inputs: readonly TensorSpec[], batchMax: number): number {
  const elements = inputs.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * (size === -1 ? 256 : size), 1), 0);
  return Math.min(2 ** 30, Math.max(2 ** 20, 2 ** Math.ceil(Math.log2(elements * batchMax * 20))));
}

export const draftRoute = (model: string): string =>
  `${JSON.stringify({ route: 'conch/v1', model, rules: [{ host: '*', path: `/v2/models/${model}` }], timeoutMs: 2000, retries: 0, mirror: 'absent', priorities: 'absent' })}\n`;
