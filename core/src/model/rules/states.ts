import type { Finding } from '../../base/finding.ts';
import type { SequenceStateJson } from '../../pbtxt/model-config.ts';
import { asBigInt, elementCount } from '../int64.ts';
import { statePath } from '../side-files.ts';
import type { Subject } from '../subject.ts';
import type { Pen, Rule } from './rule.ts';

const state = 'sequence_batching { state { input_name: "i" output_name: "o" data_type: TYPE_FP32 dims: [ 4 ]';

/** Initial states are of the state's type and shape, and their data are there. */
export const states: Rule = {
  explains: [
    {
      code: 'config/state-initial-twice',
      severity: 'error',
      means: 'A state begins in one way.',
      triton: "initial_state field for state input '…' must contain exactly one or zero element. Found '2' elements.",
      example: `${state}\n  initial_state { name: "a" data_type: TYPE_FP32 dims: [ 4 ] zero_data: true }\n  initial_state { name: "b" data_type: TYPE_FP32 dims: [ 4 ] zero_data: true } } }`,
      fix: 'keep one of them',
    },
    {
      code: 'config/state-initial-type',
      severity: 'error',
      means: 'The initial state has another datatype than the state.',
      triton: "The data type used for 'initial_state' field of state '…' does not match the state data type.",
      example: `${state} initial_state { name: "a" data_type: TYPE_INT32 dims: [ 4 ] zero_data: true } } }`,
      fix: "write the state's datatype",
    },
    {
      code: 'config/state-initial-name',
      severity: 'error',
      means: 'An initial state needs a name.',
      triton: "Field 'name' must be set when using initial_state for state input '…'.",
      example: `${state} initial_state { data_type: TYPE_FP32 dims: [ 4 ] zero_data: true } } }`,
      fix: 'write name: "…"',
    },
    {
      code: 'config/state-input-twice',
      severity: 'error',
      means: 'Two states with an initial state go to one input.',
      triton: "State input name '…' specified more than once.",
      example: 'two states with input_name: "i", each with initial_state',
      fix: 'give each state an input of its own',
    },
    {
      code: 'config/state-initial-shape',
      severity: 'error',
      means: 'The initial state has as many dimensions as the state, of the same sizes, and none of them open.',
      triton: "Number of dimensions in 'initial_state' doesn't match the size of 'state' dimensions for state input '…'.",
      example: `${state} initial_state { name: "a" data_type: TYPE_FP32 dims: [ 4, 1 ] zero_data: true } } }`,
      fix: "write the state's dims, with sizes for -1",
    },
    {
      code: 'config/state-initial-data',
      severity: 'error',
      means: 'The initial state does not say which data it has.',
      triton: "initial_state setting expects state'…' to have state_data set",
      example: `${state} initial_state { name: "a" data_type: TYPE_FP32 dims: [ 4 ] } } }`,
      fix: 'write zero_data: true or data_file: "…"',
    },
    {
      code: 'config/state-file-missing',
      severity: 'error',
      means: "The initial state's data are not there. They stand in the folder initial_state, below the model's.",
      triton: 'failed to open text file for read …: No such file or directory',
      example: `${state} initial_state { name: "a" data_type: TYPE_FP32 dims: [ 4 ] data_file: "a.bin" } } }`,
      fix: 'put the file into the folder initial_state',
    },
    {
      code: 'config/state-file-folder',
      severity: 'error',
      means:
        'The name of the data leads to a folder, and the whole server dies of reading it. An empty name is the folder initial_state itself.',
      triton: "terminate called after throwing an instance of 'std::length_error'",
      example: `${state} initial_state { name: "a" data_type: TYPE_FP32 dims: [ 4 ] data_file: "" } } }`,
      fix: 'name a file in the folder initial_state',
    },
    {
      code: 'config/state-file-short',
      severity: 'error',
      means: 'The file holds fewer bytes than the state.',
      triton: 'initial_state setting expects … bytes, but the data provided from … only has … bytes',
      example: `${state} initial_state { name: "a" data_type: TYPE_FP32 dims: [ 4 ] data_file: "a.bin" } } }  # and a.bin has 4 bytes`,
      fix: 'give as many bytes as the shape needs',
    },
  ],
  *judge(subject, pen) {
    const taken = new Set<string>();
    for (const [index, one] of (subject.config.sequence_batching?.state ?? []).entries()) {
      yield* judgeState(one, index, { subject, taken }, pen);
    }
  },
};

function* judgeState(
  { input_name: input = '', data_type: type = 'TYPE_INVALID', dims = [], initial_state: initials = [] }: SequenceStateJson,
  index: number,
  { subject, taken }: { subject: Subject; taken: Set<string> },
  pen: Pen,
): Iterable<Finding> {
  const path = ['sequence_batching', 'state', index];
  if (initials.length > 1) {
    const says = `initial_state field for state input '${input}' must contain exactly one or zero element. Found '${initials.length}' elements.`;
    yield pen.at([...path, 'initial_state'], 'config/state-initial-twice', says);
    return;
  }
  const [initial] = initials;
  if (!initial) return;
  const here = [...path, 'initial_state', 0];
  if ((initial.data_type ?? 'TYPE_INVALID') !== type) {
    const says = `The data type used for 'initial_state' field of state '${input}' does not match the state data type.`;
    yield pen.at([...here, 'data_type'], 'config/state-initial-type', says);
  }
  if (!initial.name)
    yield pen.at(here, 'config/state-initial-name', `Field 'name' must be set when using initial_state for state input '${input}'.`);
  if (taken.has(input))
    yield pen.at([...path, 'input_name'], 'config/state-input-twice', `State input name '${input}' specified more than once.`);
  taken.add(input);
  const shape = initial.dims ?? [];
  if (shape.length !== dims.length) {
    const says = `Number of dimensions in 'initial_state' doesn't match the size of 'state' dimensions for state input '${input}'. ${shape.length} != ${dims.length}`;
    yield pen.at([...here, 'dims'], 'config/state-initial-shape', says);
  } else {
    for (const [at, dim] of shape.entries()) {
      const [has, wants] = [asBigInt(dim), asBigInt(dims[at] ?? 0)];
      if (has === -1n) {
        const says = `'initial_state' field for state input name '${input}' contains variable dimensions.`;
        yield pen.at([...here, 'dims', at], 'config/state-initial-shape', says);
      } else if (wants !== -1n && has !== wants) {
        const says = `'initial_state' dim for input name '${input}' doesn't match 'state' dim description. ${has} != ${wants}`;
        yield pen.at([...here, 'dims', at], 'config/state-initial-shape', says);
      }
    }
  }
  const { data_file: file, zero_data: zero } = initial;
  if (file === undefined) {
    if (zero === undefined)
      yield pen.at(here, 'config/state-initial-data', `initial_state setting expects state'${input}' to have state_data set`);
    return;
  }
  const full = `${subject.folder}/${statePath(file)}`;
  const found = subject.sideFiles.get(statePath(file));
  if (found?.is === 'absent') {
    yield pen.at(
      [...here, 'data_file'],
      'config/state-file-missing',
      `failed to open text file for read ${full}: No such file or directory`,
    );
  } else if (found?.is === 'folder') {
    yield pen.at([...here, 'data_file'], 'config/state-file-folder', `${full} is a folder, and Triton dies of reading it as a file`);
  } else if (found?.is === 'file' && type !== 'TYPE_STRING' && bytesOf(type, elementCount(shape)) > BigInt(found.size)) {
    const says = `initial_state setting expects ${bytesOf(type, elementCount(shape))} bytes, but the data provided from ${file}only has ${found.size} bytes.`;
    yield pen.at([...here, 'data_file'], 'config/state-file-short', says);
  }
}

function bytesOf(type: string, count: bigint): bigint {
  const bits = Number(/\d+$/.exec(type)?.[0] ?? 8);
  return BigInt.asIntN(64, count * BigInt(type === 'TYPE_BOOL' ? 1 : bits / 8));
}
