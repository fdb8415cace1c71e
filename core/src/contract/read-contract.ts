import { z } from 'zod';
import type { Finding } from '../base/finding.ts';
import { isModelName } from '../base/names.ts';
import { duration, share, size } from '../base/quantities.ts';
import { readYamlAs, shown } from '../base/read-as.ts';
import { datatypes } from '../kserve/tensor.ts';
import type { ArtifactFormat, Contract } from './contract.ts';

/** Reads contract.yaml, or says line by line what is wrong with it. */
export function readContract(text: string, file: string): { contract: Contract } | { findings: Finding[] } {
  const read = readYamlAs({ topic: 'contract', schema: contract }, text, file);
  return 'value' in read ? { contract: read.value } : read;
}

/** JSON Schema of contract.yaml as people write it, for editors. */
export function contractSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(contract, { io: 'input' }), title: 'contract.yaml of Conch' };
}

const text = z.string().min(1, { error: 'it is empty' });
const whole = (min: number) =>
  z
    .number()
    .int({ error: 'write a whole number' })
    .min(min, { error: ({ input }) => `${shown(input)} is less than ${min}` });
const positive = z.number().positive({ error: ({ input }) => `${shown(input)} is not above 0` });

const modelName = z.string().refine(isModelName, {
  error: ({ input }) => `${shown(input)} cannot name a model: write letters, digits, "_", "-" and "." only, at most 128, and no ".."`,
});

/** A tag can be pointed at something else tomorrow; a digest cannot. */
const pin = z.templateLiteral(['sha256:', z.string().regex(/^[0-9a-f]{64}$/)], {
  error: ({ input }) => `${shown(input)} can change under us: pin it as 'sha256:' and 64 hex digits`,
});
const absent = z.literal('absent');
const pinOrAbsent = z.union([absent, pin], {
  error: ({ input }) => `${shown(input)} can change under us: pin it as 'sha256:' and 64 hex digits, or write absent`,
});

const formats = [
  'onnx',
  'tensorrt',
  'torchscript',
  'savedmodel',
  'python',
  'openvino',
  'vllm',
  'trt-llm',
  'dali',
  'fil',
  'ensemble',
  'custom',
] as const satisfies readonly ArtifactFormat[];

const relativePath = z
  .string()
  .refine((path) => /^[^/\\\0]+(\/[^/\\\0]+)*$/.test(path) && !path.split('/').some((part) => part === '..' || part === '.'), {
    error: ({ input }) => `${shown(input)} is not a path below the model's folder, such as 1/model.onnx`,
  });

const tensor = z.strictObject({
  name: text,
  datatype: z.enum(datatypes),
  shape: z
    .array(
      z
        .number()
        .int()
        .refine((size) => size === -1 || size >= 1, {
          error: ({ input }) => `${shown(input)} is not a dimension: write -1 for any size, or 1 and above`,
        }),
    )
    .describe('Without the batch dimension; -1 is any size'),
  labels: relativePath.exactOptional(),
});

const tensors = z
  .array(tensor)
  .min(1, { error: 'name at least one tensor' })
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, { error: 'two tensors have the same name' });

const runtime = z.strictObject({
  triton: z
    .string({ error: ({ input }) => `${shown(input)} is not a text: put the Triton version in quotes, such as '24.10'` })
    .regex(/^\d\d\.\d\d$/, { error: ({ input }) => `${shown(input)} is not a Triton version such as '24.10'` }),
  backend: text,
  image: pinOrAbsent.describe('Digest of the runtime image'),
  wheel: z.union([absent, z.strictObject({ name: text, version: text, file: text, digest: pin })], {
    error: ({ input }) => `${shown(input)} is neither absent nor a wheel with name, version, file and digest`,
  }),
  tensorrt: text,
  processing: pinOrAbsent,
});

const shapes = z
  .strictObject({
    batch: z.strictObject({ min: whole(1), max: whole(1) }).refine(({ min, max }) => min <= max, { error: 'min is above max' }),
    bytes: size.describe('Largest request body'),
    mix: z
      .array(z.strictObject({ batch: whole(1), share }))
      .min(1, { error: 'name at least one batch size' })
      .refine((mix) => Math.abs(mix.reduce((sum, one) => sum + one.share, 0) - 1) < 1e-6, { error: 'the shares do not add up to 1' }),
  })
  .refine(({ batch, mix }) => mix.every((one) => one.batch >= batch.min && one.batch <= batch.max), {
    error: 'a batch size of the mix is outside batch.min and batch.max',
    path: ['mix'],
  });

const steps = z
  .array(
    z
      .number()
      .int({ error: 'write whole per cent' })
      .min(1, { error: ({ input }) => `${shown(input)} is less than 1 per cent` })
      .max(50, { error: ({ input }) => `${shown(input)} is above 50 per cent: a baseline of the same size gets as much` }),
  )
  .min(1, { error: 'name at least one step' })
  .refine((list) => list.every((step, index) => index === 0 || step > (list[index - 1] ?? 0)), {
    error: 'each step must be above the one before',
  });

const requests = whole(1).describe('Requests that a pass needs at the least');

const rollout = z.strictObject({
  steps: steps.describe("The candidate's weights, in per cent"),
  soak: duration,
  keep: duration.describe('How long the previous servers stay warm after the soak'),
  deadline: duration.describe('How long one stage, or one step, may take before the rollout pauses'),
  gates: z.strictObject({
    p99: z.strictObject({ limit: duration, requests }),
    errors: z.strictObject({ limit: share, requests }),
    queue: z.strictObject({ limit: duration, requests }),
    correctness: z.strictObject({ accuracy: share, perClass: share, worseThanStable: share }),
  }),
});

const written = z.strictObject({
  contract: z.literal('conch/v1'),
  model: modelName,
  artifact: z.strictObject({
    format: z.enum(formats),
    files: z.array(relativePath).min(1, { error: "name the model's files, each in its version's folder, such as 1/model.onnx" }),
  }),
  io: z.strictObject({ inputs: tensors, outputs: tensors }),
  runtime,
  resources: z.strictObject({
    gpu: z.strictObject({ class: text, count: whole(0) }).refine((gpu) => (gpu.class === 'cpu') === (gpu.count === 0), {
      error: 'the class cpu has count 0, and every other class at least 1',
      path: ['count'],
    }),
    memory: size,
    cpu: positive,
    load: duration,
  }),
  shapes,
  health: z.strictObject({ request: z.literal('golden'), case: text, within: duration }),
  rollout,
  owner: z.strictObject({
    team: text,
    contact: text,
    escalation: z.array(text).min(1, { error: 'name at least one address to call next' }),
  }),
  labels: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'a label name has letters, digits and "_" only' }), z.string()),
  performance: z.strictObject({
    rate: positive.describe('Requests per second that one server must sustain'),
    arrival: z.enum(['poisson', 'constant']),
    p99: duration,
    queue: duration,
    gpu: text,
  }),
});

/** From the words of the file to ours, which carry their unit. */
const contract = written.transform(({ resources, shapes, health, rollout, performance, ...same }): Contract => {
  const { gates } = rollout;
  return {
    ...same,
    resources: { gpu: resources.gpu, memoryBytes: resources.memory, cpu: resources.cpu, loadMs: resources.load },
    shapes: { batch: shapes.batch, bytesMax: shapes.bytes, mix: shapes.mix },
    health: { request: health.request, case: health.case, withinMs: health.within },
    rollout: {
      steps: rollout.steps,
      soakMs: rollout.soak,
      keepMs: rollout.keep,
      deadlineMs: rollout.deadline,
      gates: {
        p99: { limitMs: gates.p99.limit, allowed: 0.01, requestsMin: gates.p99.requests },
        errors: { allowed: gates.errors.limit, requestsMin: gates.errors.requests },
        queue: { limitMs: gates.queue.limit, requestsMin: gates.queue.requests },
        correctness: gates.correctness,
      },
    },
    performance: {
      rate: performance.rate,
      arrival: performance.arrival,
      p99Ms: performance.p99,
      queueMs: performance.queue,
      gpu: performance.gpu,
    },
  };
});
