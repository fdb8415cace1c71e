import { writeJson } from '#core/kserve/write-json.ts';
import { type ExactJson, parseExactJson } from '#core/kserve/exact-json.ts';
import type { Datatype } from '#core/kserve/tensor.ts';
import { noSequence } from '../server/infer-parameters.ts';
import type {
  InferenceServer,
  InferRequest,
  InferResponse,
  InputTensor,
  ModelRef,
  OutputTensor,
  Parameter,
  TensorMetadata,
} from '../server/inference-server.ts';
import { InputNames } from '../server/input-names.ts';
import { Refused, refuse } from '../server/refused.ts';
import type { Answer } from './answer.ts';
import type { HttpRequest } from './connection.ts';
import type { HttpTrace } from './http-trace.ts';
import { asParameter, asString, isMembers } from './json-words.ts';
import { readTensor, writeElements } from './tensor-json.ts';
import type { Trace } from '../tracing/trace.ts';
import { writeParameter } from './write-infer.ts';

/** An inference whose tensors are members of one flat object, and its answer of the same form; as one event where it is to be streamed. */
export async function answerGenerate(
  server: InferenceServer,
  { model, request, isStream }: { readonly model: ModelRef; readonly request: HttpRequest; readonly isStream: boolean },
  way: HttpTrace,
): Promise<Answer> {
  if ((request.headers.get('content-encoding') ?? 'identity') !== 'identity')
    refuse('Invalid argument', "Unsupported content-encoding, only 'identity' is supported.");
  const { inputs } = server.modelMetadata(model);
  way.begin(server.traces.sample(model.name));
  const read = readGenerate(request.body, inputs);
  const answers = await answersTo(
    server,
    { ...read, model, startedNs: process.hrtime.bigint(), trace: way.trace?.request },
    request,
    way.trace,
  );
  // A model that gives more than one answer has to be streamed from.
  const whole = answers.filter((answer) => 'refused' in answer || answer.outputs.length > 0);
  if (!isStream && whole.length !== 1)
    refuse(
      'Internal',
      'generate expects model to produce exactly 1 response, use generate stream for model that generates various number of responses',
    );
  const texts = whole.map(writeGenerated);
  return isStream
    ? { status: 200, body: texts.map((text) => `data: ${text}\n\n`).join(''), type: 'text/event-stream; charset=utf-8', isChunked: true }
    : { status: 200, body: texts[0] ?? '', isChunked: true };
}

type Asked = ReturnType<typeof readGenerate> & Pick<InferRequest, 'model' | 'startedNs' | 'trace'>;

/** All of them. Throws what refuses the first. */
async function answersTo(server: InferenceServer, asked: Asked, request: HttpRequest, trace: Trace | undefined): Promise<InferResponse[]> {
  const answers: InferResponse[] = [];
  await new Promise<void>((resolve) => {
    server.infer({ ...asked, priority: 0n, timeoutUs: 0n, sequence: noSequence, outputs: [] }, (answer) => {
      trace?.stamp('INFER_RESPONSE_COMPLETE');
      answers.push(answer);
      if (answer.isFinal) resolve();
    });
    request.taken();
  });
  const [first] = answers;
  if (first && 'refused' in first) throw first.refused;
  return answers;
}

function readGenerate(body: Buffer, inputs: readonly TensorMetadata[]) {
  const parsed = parseExactJson(body.toString('latin1'));
  if ('says' in parsed) return refuse('Internal', `failed to parse the request JSON buffer: ${parsed.says} at ${parsed.at}`);
  if (!isMembers(parsed.value)) return refuse('Internal', 'attempt to get members for non-object');
  const gathered = new Gathered(inputs);
  for (const [name, value] of Object.entries(parsed.value)) {
    if (name === 'id') gathered.names.id = asString(value, 'id');
    else if (name === 'parameters') addNested(gathered, value);
    else gathered.add(name, value);
  }
  return { id: gathered.names.id, parameters: gathered.parameters, inputs: gathered.tensors };
}

/** What is a tensor by its name is one wherever it stands; all else is a parameter. */
class Gathered {
  readonly names = new InputNames('');
  readonly parameters = new Map<string, Parameter>();
  readonly tensors: InputTensor[] = [];
  readonly #inputs: readonly TensorMetadata[];

  constructor(inputs: readonly TensorMetadata[]) {
    this.#inputs = inputs;
  }

  add(name: string, value: ExactJson): void {
    const input = this.#inputs.find((one) => one.name === name);
    if (!input) {
      this.parameters.set(name, asParameter(value, name));
      return;
    }
    const tensor = tensorOf(input, value);
    this.names.add(name);
    this.tensors.push(tensor);
  }
}

function addNested(gathered: Gathered, value: ExactJson): void {
  if (!isMembers(value))
    return refuse('Internal', "Expected JSON object for keyword: 'parameters': attempt to access JSON non-object as object");
  try {
    for (const [name, member] of Object.entries(value)) gathered.add(name, member);
  } catch (thrown) {
    throw thrown instanceof Refused ? new Refused(thrown.code, `Converting keyword: 'parameters': ${thrown.message}`) : thrown;
  }
}

/** A value or a list of values: the fixed sizes of the model's shape divide them up, and the last open one takes what is left. */
function tensorOf({ name, datatype, shape }: TensorMetadata, value: ExactJson): InputTensor {
  const data: readonly ExactJson[] = Array.isArray(value) ? (value as readonly ExactJson[]) : [value];
  const fixed = shape.reduce((product, dim) => (dim === -1 ? product : product * dim), 1);
  const left = data.length / fixed;
  const lastOpen = shape.lastIndexOf(-1);
  if (!Number.isInteger(left) || (lastOpen < 0 && left !== 1))
    refuse('Invalid argument', `The schema can not convert input '${name}' to tensor with proper shape`);
  const filled = shape.map((dim, index) => (index === lastOpen ? left : dim === -1 ? 1 : dim));
  // Lists in lists are taken for what is in them, though only the outer one was counted.
  return { name, datatype: datatype as Datatype, shape: filled, bytes: readTensor(name, datatype as Datatype, data, data.length) };
}

/** Its members and parameters by their names, and a list of one value as that value. */
function writeGenerated(answer: InferResponse): string {
  if ('refused' in answer) return writeJson({ error: answer.refused.message });
  const members: [string, string][] = answer.outputs.map((output) => [output.name, valuesOf(output)]);
  for (const [name, value] of answer.parameters) members.push([name, writeParameter(value)]);
  if (answer.id !== '') members.push(['id', writeJson(answer.id)]);
  members.push(['model_name', writeJson(answer.model)], ['model_version', writeJson(answer.version)]);
  const sorted = members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([name, text]) => `${writeJson(name)}:${text}`).join()}}`;
}

function valuesOf({ datatype, shape, bytes }: OutputTensor): string {
  const text = writeElements(datatype, bytes);
  return shape.reduce((product, dim) => product * dim, 1) === 1 ? text : `[${text}]`;
}
