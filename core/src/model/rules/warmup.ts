import type { Finding } from '../../base/finding.ts';
import type { ModelConfigJson } from '../../pbtxt/model-config.ts';
import { asBigInt, elementCount } from '../int64.ts';
import { warmupPath } from '../side-files.ts';
import type { SideFile, Subject } from '../subject.ts';
import type { Pen, Rule } from './rule.ts';

type WarmupInput = NonNullable<NonNullable<ModelConfigJson['model_warmup']>[number]['inputs']>[string];

const sample = 'model_warmup { name: "w" batch_size: 1 inputs { key: "x" value { data_type: TYPE_FP32';

/** Warm-up samples are requests that the model takes. Samples of batch size 0 (the default!) are skipped unread. */
export const warmup: Rule = {
  explains: [
    {
      code: 'warmup/open-dim',
      severity: 'error',
      means: 'A warm-up sample is made before any request, so every dimension must be known.',
      triton: "warmup setting expects all variable-size dimensions are specified for input '…'",
      example: `${sample} dims: [ -1 ] zero_data: true } } }`,
      fix: 'write a size in the place of -1',
    },
    {
      code: 'warmup/data-missing',
      severity: 'error',
      means: 'The sample does not say which data the input gets.',
      triton: "warmup setting expects input '…' to have input_data_type set",
      example: `${sample} dims: [ 4 ] } } }`,
      fix: 'write zero_data: true, random_data: true or input_data_file: "…"',
    },
    {
      code: 'warmup/file-missing',
      severity: 'error',
      means: "The sample's data are not there. They stand in the folder warmup, below the model's.",
      triton: 'failed to open text file for read …: No such file or directory',
      example: `${sample} dims: [ 4 ] input_data_file: "x.bin" } } }`,
      fix: 'put the file into the folder warmup',
    },
    {
      code: 'warmup/file-folder',
      severity: 'error',
      means: 'The name of the data leads to a folder, and the whole server dies of reading it. An empty name is the folder warmup itself.',
      triton: "terminate called after throwing an instance of 'std::length_error'",
      example: `${sample} dims: [ 4 ] input_data_file: "" } } }`,
      fix: 'name a file in the folder warmup',
    },
    {
      code: 'warmup/file-short',
      severity: 'error',
      means: 'The file holds fewer bytes than the tensor.',
      triton: 'warmup setting expects … bytes, but the data provided from …only has … bytes',
      example: `${sample} dims: [ 1024 ] input_data_file: "x.bin" } } }  # and warmup/x.bin has 16 bytes`,
      fix: 'give as many bytes as the shape needs, or lower the dims',
    },
    {
      code: 'warmup/file-strings',
      severity: 'error',
      means: 'A file for an input of TYPE_STRING holds one string for each element, with its length in 4 bytes (little-endian) before it.',
      triton: "expected … string elements for inference input '…' for model '…', got …",
      example: 'a file with two strings for dims [ 3 ]',
      fix: 'write as many strings as the shape has elements, each behind its length',
    },
    {
      code: 'warmup/input-missing',
      severity: 'error',
      means: 'A sample is a whole request: each input of the model that is not optional must be in it.',
      triton: "expected … inputs but got … inputs for model '…'",
      example: 'a model with the inputs "x1" and "x2", and a sample with "x1" alone',
      fix: 'add the input to the sample',
    },
    {
      code: 'warmup/data-type',
      severity: 'error',
      means: 'The sample gives an input another datatype than the model takes.',
      triton: "inference input '…' data-type is '…', but model '…' expects '…'",
      example: 'an input of TYPE_FP32, and a sample that says TYPE_INT32',
      fix: "write the input's datatype",
    },
    {
      code: 'warmup/shape',
      severity: 'error',
      means: 'The sample gives an input another shape than the model takes. The batch dimension is not written.',
      triton: "unexpected shape for input '…' for model '…'. Expected […], got […]",
      example: 'an input with dims [ 4 ], and a sample with dims [ 8 ]',
      fix: "write the input's dims, with sizes for -1",
    },
  ],
  *judge(subject, pen) {
    const groups = subject.config.instance_group ?? [];
    // A passive instance is never warmed up.
    if (subject.config.ensemble_scheduling || (groups.length > 0 && groups.every(({ passive }) => passive))) return;
    for (const [index, one] of (subject.config.model_warmup ?? []).entries()) {
      if (!one.batch_size) continue;
      yield* judgeSample(one.inputs ?? {}, ['model_warmup', index], subject, pen);
    }
  },
};

function* judgeSample(
  inputs: Readonly<Record<string, WarmupInput>>,
  path: readonly (string | number)[],
  { config, sideFiles, folder }: Subject,
  pen: Pen,
): Iterable<Finding> {
  const whole = Object.entries(inputs);
  for (const [name, { dims = [] }] of whole) {
    if (elementCount(dims) !== -1n) continue;
    const says = `warmup setting expects all variable-size dimensions are specified for input '${name}'`;
    yield pen.at([...path, 'inputs', name, 'dims'], 'warmup/open-dim', says);
  }
  for (const [name, input] of whole) {
    const here = [...path, 'inputs', name];
    const { input_data_file: file, zero_data: zero, random_data: random } = input;
    if (file !== undefined) {
      const found = sideFiles.get(warmupPath(file)) ?? { is: 'unseen', size: 0, isOutside: false };
      yield* judgeFile(input, found, [...here, 'input_data_file'], `${folder}/${warmupPath(file)}`, pen);
    } else if (zero === undefined && random === undefined) {
      yield pen.at(here, 'warmup/data-missing', `warmup setting expects input '${name}' to have input_data_type set`);
    }
  }
  yield* judgeRequest(inputs, path, config, pen);
  for (const [name, input] of whole) yield* judgeStrings(name, input, { path, config, sideFiles }, pen);
}

function* judgeFile(input: WarmupInput, found: SideFile, path: (string | number)[], full: string, pen: Pen): Iterable<Finding> {
  if (found.is === 'folder') {
    yield pen.at(path, 'warmup/file-folder', `${full} is a folder, and Triton dies of reading it as a file`);
    return;
  }
  if (found.is === 'absent') {
    yield pen.at(path, 'warmup/file-missing', `failed to open text file for read ${full}: No such file or directory`);
    return;
  }
  const bytes = bytesNeeded(input);
  if (input.data_type === 'TYPE_STRING' || found.is !== 'file' || bytes <= BigInt(found.size)) return;
  const says = `warmup setting expects ${bytes} bytes, but the data provided from ${input.input_data_file}only has ${found.size} bytes`;
  yield pen.at(path, 'warmup/file-short', says);
}

/** A file of strings holds as many as the shape says, each behind its length. */
function* judgeStrings(
  name: string,
  { data_type: type, dims = [], input_data_file: file = '' }: WarmupInput,
  { path, config, sideFiles }: { path: readonly (string | number)[] } & Pick<Subject, 'config' | 'sideFiles'>,
  pen: Pen,
): Iterable<Finding> {
  const { strings } = sideFiles.get(warmupPath(file)) ?? {};
  const input = (config.input ?? []).find((one) => one.name === name);
  if (type !== 'TYPE_STRING' || !strings || !input) return;
  const wanted = Number(elementCount(dims)) || 1;
  const who = `for inference input '${name}' for model '${config.name}'`;
  const at = [...path, 'inputs', name, 'input_data_file'];
  // Triton 24.10 takes a last string that is cut off.
  const count = strings.strings + (strings.wanted === 'none' ? 0 : 1);
  if (count > wanted) {
    yield pen.at(at, 'warmup/file-strings', `unexpected number of string elements ${wanted + 1} ${who}, expecting ${wanted}`);
  } else if (strings.left > 0 && strings.wanted === 'none') {
    const says = `incomplete string length indicator ${who}, expecting 4 bytes but only ${strings.left} bytes available. Please make sure the string length indicator is in one buffer.`;
    yield pen.at(at, 'warmup/file-strings', says);
  } else if (count < wanted) {
    yield pen.at(at, 'warmup/file-strings', `expected ${wanted} string elements ${who}, got ${count}`);
  }
}

function bytesNeeded({ data_type: type = '', dims = [] }: WarmupInput): bigint {
  const count = elementCount(dims);
  const bytes = BigInt.asIntN(64, count * BigInt(typeBytes[type] ?? 0));
  return bytes === 0n ? BigInt.asIntN(64, count * 4n) : bytes;
}

const typeBytes: Readonly<Record<string, number>> = {
  TYPE_BOOL: 1,
  TYPE_UINT8: 1,
  TYPE_UINT16: 2,
  TYPE_UINT32: 4,
  TYPE_UINT64: 8,
  TYPE_INT8: 1,
  TYPE_INT16: 2,
  TYPE_INT32: 4,
  TYPE_INT64: 8,
  TYPE_FP16: 2,
  TYPE_FP32: 4,
  TYPE_FP64: 8,
  TYPE_BF16: 2,
};

/** The sample as a request to the model: all inputs there, of the right type and shape. A name that is no input goes to the backend unread. */
function* judgeRequest(
  given: Readonly<Record<string, WarmupInput>>,
  path: readonly (string | number)[],
  config: ModelConfigJson,
  pen: Pen,
): Iterable<Finding> {
  const { input: inputs = [], max_batch_size: largest = 0 } = config;
  const missing = inputs.filter(({ name = '', optional }) => !optional && !(name in given));
  const known = inputs.filter(({ name = '' }) => name in given);
  const required = inputs.filter(({ optional }) => !optional).length;
  // Inputs of one name count as often as they are written, and can be given only once.
  const count = new Set(known.map(({ name = '' }) => name)).size;
  if (count < required || missing.length > 0) {
    const quoted = (some: readonly { readonly name?: string }[]): string => some.map(({ name = '' }) => `'${name}'`).join(',');
    const wanted = required === inputs.length ? `${required} inputs` : `number of inputs between ${required} and ${inputs.length}`;
    const says = `expected ${wanted} but got ${count} inputs for model '${config.name}'. Got input(s) [${quoted(known)}], but missing required input(s) [${quoted(missing)}]. Please provide all required input(s).`;
    yield pen.at(
      [...path, 'inputs'],
      'warmup/input-missing',
      says,
      `add ${missing.map(({ name }) => `"${name}"`).join(', ')} to the sample`,
    );
  }
  for (const { name = '', data_type: type = 'TYPE_INVALID', dims = [], reshape } of known) {
    const one = given[name];
    if (!one) continue;
    const gives = one.data_type ?? 'TYPE_INVALID';
    if (gives !== type) {
      const says = `inference input '${name}' data-type is '${wireName(gives)}', but model '${config.name}' expects '${wireName(type)}'`;
      yield pen.at([...path, 'inputs', name, 'data_type'], 'warmup/data-type', says);
    }
    const shape = one.dims ?? [];
    const fits =
      shape.length === dims.length && dims.every((dim, at) => asBigInt(dim) === -1n || asBigInt(dim) === asBigInt(shape[at] ?? 0));
    if (fits || elementCount(shape) === -1n) continue;
    void reshape;
    const batch = largest > 0 ? { want: [-1], got: [1] } : { want: [], got: [] };
    const says = `unexpected shape for input '${name}' for model '${config.name}'. Expected [${[...batch.want, ...dims].join(',')}], got [${[...batch.got, ...shape].join(',')}]${largest > 0 ? `. ${batchNote}` : ''}`;
    yield pen.at([...path, 'inputs', name, 'dims'], 'warmup/shape', says);
  }
}

const batchNote =
  'NOTE: Setting a non-zero max_batch_size in the model config requires a batch dimension to be prepended to each input shape. If you want to specify the full shape including the batch dim in your input dims config, try setting max_batch_size to zero. See the model configuration docs for more info on max_batch_size.';

const wireName = (type: string): string =>
  type === 'TYPE_STRING' ? 'BYTES' : type === 'TYPE_INVALID' || typeof type !== 'string' ? '<invalid>' : type.replace('TYPE_', '');
