import type { Asking } from '../base/asking.ts';
import { malformed, type Problem, tooMuch } from './problem.ts';
import { inner, readProtobuf, text, type Wanted, whole } from './protobuf.ts';

/** What saved_model.pb says. The graph itself is jumped over. */
export type SavedModelFacts = { readonly schemaVersion: number; readonly graphs: readonly SavedModelGraph[] };

export type SavedModelGraph = {
  readonly tags: readonly string[];
  readonly tensorflow: string;
  readonly signatures: readonly SavedModelSignature[];
};

export type SavedModelSignature = {
  readonly name: string;
  readonly method: string;
  readonly inputs: readonly SavedModelTensor[];
  readonly outputs: readonly SavedModelTensor[];
};

export type SavedModelTensor = {
  /** The name that Triton uses, not that of the tensor in the graph. */
  readonly name: string;
  readonly dataType: string;
  /** -1 where a size varies; `undefined` when the rank is unknown. */
  readonly shape: readonly number[] | undefined;
};

export function* readSavedModel(file: string, size: number): Asking<SavedModelFacts | Problem> {
  const seen: SeenModel = { schemaVersion: 0, graphs: [], room: { left: keptMax } };
  const problem = yield* readProtobuf(file, size, modelShape, seen);
  if (problem?.why === 'truncated' && seen.schemaVersion === 0) return malformed('it is not a SavedModel');
  if (problem) return problem;
  if (seen.room.left < 0) return tooMuch('it has more signatures and tensors than are read here');
  if (seen.graphs.length === 0) return malformed('it holds no graph: it is empty, or not a SavedModel');
  return {
    schemaVersion: seen.schemaVersion,
    graphs: seen.graphs.map(({ tags, tensorflow, signatures }) => ({
      tags,
      tensorflow,
      signatures: signatures.map(({ name, method, inputs, outputs }) => ({
        name,
        method,
        inputs: inputs.map(tensorOf),
        outputs: outputs.map(tensorOf),
      })),
    })),
  };
}

/** The signature that Triton serves: `serving_default` of the graph for serving, unless the configuration names others. */
export function servedSignature({ graphs }: SavedModelFacts, tag = 'serve', name = 'serving_default'): SavedModelSignature | undefined {
  return graphs.find(({ tags }) => tags.includes(tag))?.signatures.find((one) => one.name === name);
}

type Room = { left: number };
type SeenTensor = { readonly room: Room; name: string; dataType: number; shape: number[] | undefined; isRankUnknown: boolean };
type SeenSignature = { readonly room: Room; name: string; method: string; readonly inputs: SeenTensor[]; readonly outputs: SeenTensor[] };
type SeenGraph = { readonly room: Room; readonly tags: string[]; tensorflow: string; readonly signatures: SeenSignature[] };
type SeenModel = { schemaVersion: number; readonly graphs: SeenGraph[]; readonly room: Room };

const keptMax = 50_000;

const dataTypes: Readonly<Record<number, string>> = {
  1: 'TYPE_FP32',
  2: 'TYPE_FP64',
  3: 'TYPE_INT32',
  4: 'TYPE_UINT8',
  5: 'TYPE_INT16',
  6: 'TYPE_INT8',
  7: 'TYPE_STRING',
  9: 'TYPE_INT64',
  10: 'TYPE_BOOL',
  14: 'TYPE_BF16',
  17: 'TYPE_UINT16',
  19: 'TYPE_FP16',
  22: 'TYPE_UINT32',
  23: 'TYPE_UINT64',
};

function tensorOf({ name, dataType, shape, isRankUnknown }: SeenTensor): SavedModelTensor {
  return { name, dataType: dataTypes[dataType] ?? 'TYPE_INVALID', shape: isRankUnknown ? undefined : shape };
}

function keep<T>(room: Room, list: T[], one: T): T {
  room.left -= 1;
  if (room.left >= 0) list.push(one);
  return one;
}

type SeenDim = { readonly of: SeenTensor; size: number };

const dimShape: Wanted<SeenDim> = {
  1: whole((dim, size) => {
    dim.size = size;
  }),
  end: ({ of, size }) => {
    keep(of.room, of.shape ?? [], size);
  },
};

const tensorShapeShape: Wanted<SeenTensor> = {
  2: inner(
    () => dimShape,
    (of) => ({ of, size: 0 }),
  ),
  3: whole((tensor, isUnknown) => {
    tensor.isRankUnknown = isUnknown !== 0;
  }),
};

const tensorShape: Wanted<SeenTensor> = {
  2: whole((tensor, dataType) => {
    tensor.dataType = dataType;
  }),
  3: inner(
    () => tensorShapeShape,
    (tensor) => {
      tensor.shape ??= [];
      return tensor;
    },
  ),
};

/** An entry of a map: the key names the value. */
const namedTensorShape: Wanted<SeenTensor> = {
  1: text((tensor, name) => {
    tensor.name = name;
  }),
  2: inner(
    () => tensorShape,
    (tensor) => tensor,
  ),
};

const newTensor = (room: Room): SeenTensor => ({ room, name: '', dataType: 0, shape: undefined, isRankUnknown: false });

const signatureShape: Wanted<SeenSignature> = {
  1: inner(
    () => namedTensorShape,
    ({ room, inputs }) => keep(room, inputs, newTensor(room)),
  ),
  2: inner(
    () => namedTensorShape,
    ({ room, outputs }) => keep(room, outputs, newTensor(room)),
  ),
  3: text((signature, method) => {
    signature.method = method;
  }),
};

const namedSignatureShape: Wanted<SeenSignature> = {
  1: text((signature, name) => {
    signature.name = name;
  }),
  2: inner(
    () => signatureShape,
    (signature) => signature,
  ),
};

const metaInfoShape: Wanted<SeenGraph> = {
  4: text(({ room, tags }, tag) => {
    keep(room, tags, tag);
  }),
  5: text((graph, tensorflow) => {
    graph.tensorflow = tensorflow;
  }),
};

const graphShape: Wanted<SeenGraph> = {
  1: inner(
    () => metaInfoShape,
    (graph) => graph,
  ),
  5: inner(
    () => namedSignatureShape,
    ({ room, signatures }) => keep(room, signatures, { room, name: '', method: '', inputs: [], outputs: [] }),
  ),
};

const modelShape: Wanted<SeenModel> = {
  1: whole((model, version) => {
    model.schemaVersion = version;
  }),
  2: inner(
    () => graphShape,
    ({ room, graphs }) => keep(room, graphs, { room, tags: [], tensorflow: '', signatures: [] }),
  ),
};
