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

/** Models by name, each with its files below its own folder. */
const modelFiles = z.record(
  modelName,
  z.array(relativePath).min(1, { error: "name the model's files, each in its version's folder, such as 1/model.py" }),
);

const tensor = z.strictObject({
  name: text.describe('As clients write it, and as the model has it'),
  datatype: z.enum(datatypes).describe('As clients write it; BYTES is TYPE_STRING of config.pbtxt'),
  shape: z
    .array(
      z
        .number()
        .int()
        .refine((size) => size === -1 || size >= 1, {
          error: ({ input }) => `${shown(input)} is not a dimension: write -1 for any size, or 1 and above`,
        }),
    )
    .describe('As clients send it, without the batch dimension; -1 is any size'),
  labels: relativePath.describe("File with a label a line, for classifiers; below the model's folder").exactOptional(),
});

const tensors = z
  .array(tensor)
  .min(1, { error: 'name at least one tensor' })
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, { error: 'two tensors have the same name' });

const runtime = z.strictObject({
  triton: z
    .string({ error: ({ input }) => `${shown(input)} is not a text: put the Triton version in quotes, such as '24.10'` })
    .regex(/^\d\d\.\d\d$/, { error: ({ input }) => `${shown(input)} is not a Triton version such as '24.10'` })
    .describe("Version of Triton's container, in quotes: '24.10'"),
  backend: text.describe("Triton's backend: onnxruntime, tensorrt, pytorch, python"),
  image: pinOrAbsent.describe('Digest of the runtime image, or absent where a wheel is the runtime'),
  wheel: z
    .union(
      [
        absent,
        z.strictObject({
          name: text.describe('Name of the package'),
          version: text.describe('Its version'),
          file: text.describe('Name of the wheel'),
          digest: pin.describe('Digest of the wheel'),
        }),
      ],
      { error: ({ input }) => `${shown(input)} is neither absent nor a wheel with name, version, file and digest` },
    )
    .describe('The wheel that carries tritonserver, or absent where an image is the runtime'),
  tensorrt: text.describe('TensorRT that the engine was built with, or absent'),
  processing: z
    .union([absent, modelFiles], { error: ({ input }) => `${shown(input)} is neither absent nor models, each with its files` })
    .describe('What runs before and after the artifact: models of the same repository, each with its files; or absent'),
});

const shapes = z
  .strictObject({
    batch: z
      .strictObject({
        min: whole(1).describe('Smallest batch of one request'),
        max: whole(1).describe('Largest batch of one request; max_batch_size in config.pbtxt'),
      })
      .refine(({ min, max }) => min <= max, { error: 'min is above max' })
      .describe('How many samples one request may hold'),
    bytes: size.describe('Largest request body, such as 1MiB'),
    mix: z
      .array(z.strictObject({ batch: whole(1).describe('Size of a batch'), share: share.describe('How many of the requests have it') }))
      .min(1, { error: 'name at least one batch size' })
      .refine((mix) => Math.abs(mix.reduce((sum, one) => sum + one.share, 0) - 1) < 1e-6, { error: 'the shares do not add up to 1' })
      .describe('What clients usually send: load tests and warm-up are drawn from it'),
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
  soak: duration.describe('How long it serves everything before it is stable'),
  keep: duration.describe('How long the previous servers stay warm after the soak'),
  deadline: duration.describe('How long one stage, or one step, may take before the rollout pauses'),
  gates: z
    .strictObject({
      p99: z
        .strictObject({ limit: duration.describe('A later answer is bad; one in a hundred may be'), requests })
        .describe('How late answers may be'),
      errors: z.strictObject({ limit: share.describe('The share of requests that may fail'), requests }).describe('How many may fail'),
      queue: z.strictObject({ limit: duration.describe('Mean time in the queue'), requests }).describe('How long requests may wait'),
      correctness: z
        .strictObject({
          accuracy: share.describe('Share of golden cases that must be answered with the right label'),
          perClass: share.describe('The same for each class by itself'),
          worseThanStable: share.describe('How much worse than the stable release it may be'),
        })
        .describe('How right the answers to the golden set must be'),
    })
    .describe('What decides whether a step may be taken'),
});

const artifact = z.strictObject({
  format: z.enum(formats).describe('What the model is: it decides which backend loads it'),
  files: z
    .array(relativePath)
    .min(1, { error: "name the model's files, each in its version's folder, such as 1/model.onnx" })
    .describe("The model's files and folders, each by its path below the model's folder: 1/model.onnx"),
  models: modelFiles
    .describe('Models beside it that an ensemble runs, each with its files; processing is named by the runtime')
    .exactOptional(),
});

const resources = z.strictObject({
  gpu: z
    .strictObject({ class: text.describe('Class of GPU, such as L4; or cpu'), count: whole(0).describe('GPUs of one server; 0 on cpu') })
    .refine((gpu) => (gpu.class === 'cpu') === (gpu.count === 0), {
      error: 'the class cpu has count 0, and every other class at least 1',
      path: ['count'],
    })
    .describe('The GPUs of one server'),
  memory: size.describe('Memory of one server, such as 2GiB'),
  cpu: positive.describe('Processor cores of one server'),
  load: duration.describe('How long loading may take'),
});

const health = z.strictObject({
  request: z.literal('golden').describe('It is asked with a case of the golden set'),
  case: text.describe('Id of that case in golden.json: light, and always right'),
  within: duration.describe('How long the answer may take'),
});

const owner = z.strictObject({
  team: text.describe('Who built the model'),
  contact: text.describe('Address for findings'),
  escalation: z.array(text).min(1, { error: 'name at least one address to call next' }).describe('Who is called next, one after the other'),
});

const labels = z.record(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'a label name has letters, digits and "_" only' }),
  z.string(),
);

const performance = z.strictObject({
  rate: positive.describe('Requests per second that one server must sustain'),
  arrival: z.enum(['poisson', 'constant']).describe('How requests arrive in the load test'),
  p99: duration.describe('99 of 100 answers come within this, at that rate'),
  queue: duration.describe('Mean time in the queue, at that rate'),
  gpu: text.describe('The class of GPU that this was promised for; or cpu'),
});

const written = z.strictObject({
  contract: z.literal('conch/v1').describe('Version of this format'),
  model: modelName.describe("Name of the model, of its folder, and in its clients' URLs"),
  artifact: artifact.describe('What the model is made of'),
  io: z
    .strictObject({ inputs: tensors.describe('What clients send'), outputs: tensors.describe('What they get') })
    .describe('Inputs and outputs of the model'),
  runtime: runtime.describe('What it runs in, pinned so that it cannot change'),
  resources: resources.describe('What one server needs'),
  shapes: shapes.describe('Which requests are valid, and which are usual'),
  health: health.describe('How a server shows that it is well'),
  rollout: rollout.describe('How a new release gets its traffic'),
  owner: owner.describe('Who is told and called'),
  labels: labels.describe('Labels of its metrics, alerts and logs'),
  performance: performance.describe('What one server is promised to sustain'),
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
