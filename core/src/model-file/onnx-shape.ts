import {
  keep,
  type SeenFunction,
  type SeenGraph,
  type SeenModel,
  type SeenNode,
  type SeenOperators,
  type SeenTensor,
  type SeenValue,
} from './onnx-seen.ts';
import { hash, inner, text, type Wanted, whole } from './protobuf.ts';

// What is read of an ONNX model, by the field numbers of onnx.proto3, and where it goes.

// --- The parts, those that hold no others first.

const opsetShape: Wanted<{ domain: string; version: number }> = {
  1: text((opset, domain) => {
    opset.domain = domain;
  }),
  2: whole((opset, version) => {
    opset.version = version;
  }),
};

type SeenDim = { size: number; symbol?: string };

const dimShape: Wanted<SeenDim> = {
  // A size and a symbol are one of a kind: the last of them counts. A negative size is no size.
  1: whole((dim, size) => {
    dim.size = Math.max(size, -1);
    delete dim.symbol;
  }),
  2: text((dim, symbol) => {
    dim.size = -1;
    if (symbol === '') delete dim.symbol;
    else dim.symbol = symbol;
  }),
};

const tensorShapeShape: Wanted<SeenValue> = {
  1: inner(
    () => dimShape,
    ({ model, shape }) => keep(model, shape ?? [], { size: -1 }),
  ),
};

const tensorTypeShape: Wanted<SeenValue> = {
  1: whole((value, elementType) => {
    value.elementType = elementType;
  }),
  2: inner(
    () => tensorShapeShape,
    (value) => {
      value.shape ??= [];
      return value;
    },
  ),
};

const nothing: Wanted<SeenValue> = {};

/** What is no tensor is told apart, but not looked into. */
const otherType = (kind: SeenValue['kind']) =>
  inner<SeenValue, SeenValue>(
    () => nothing,
    (value) => {
      value.kind = kind;
      return value;
    },
  );

const typeShape: Wanted<SeenValue> = {
  1: inner(
    () => tensorTypeShape,
    (value) => {
      value.kind = 'tensor';
      return value;
    },
  ),
  4: otherType('sequence'),
  5: otherType('map'),
  7: otherType('opaque'),
  8: otherType('sparse tensor'),
  9: otherType('optional'),
};

const valueShape: Wanted<SeenValue> = {
  1: text((value, name) => {
    value.name = name;
  }),
  2: inner(
    () => typeShape,
    (value) => value,
  ),
};

function newValue(model: SeenModel): SeenValue {
  return { model, name: '', kind: 'nothing', elementType: 0, shape: undefined };
}

const entryShape: Wanted<{ tensor: SeenTensor; key: string; value: string }> = {
  1: text((entry, key) => {
    entry.key = key;
  }),
  2: text((entry, value) => {
    entry.value = value;
  }),
  end: ({ tensor, key, value }) => {
    if (key === 'location') tensor.location = value;
    else if (key === 'offset') tensor.offset = value;
    else if (key === 'length') tensor.length = value;
  },
};

const tensorShape: Wanted<SeenTensor> = {
  1: whole((tensor, dim) => {
    tensor.elements *= dim;
  }),
  2: whole((tensor, elementType) => {
    tensor.elementType = elementType;
  }),
  8: text((tensor, name) => {
    tensor.name = name;
  }),
  13: inner(
    () => entryShape,
    (tensor) => ({ tensor, key: '', value: '' }),
  ),
  14: whole((tensor, location) => {
    tensor.isExternal = location === 1;
  }),
};

/** An initializer's name is kept, and where its bytes lie when they lie elsewhere. */
const initializerShape: Wanted<SeenTensor & { initializers: Set<string> }> = {
  ...tensorShape,
  end: ({ model, initializers, ...tensor }) => {
    model.room.left -= 1;
    if (model.room.left < 0) return;
    initializers.add(tensor.name);
    keepExternal(model, tensor);
  },
};

const sparseShape: Wanted<SeenTensor & { initializers: Set<string> }> = {
  1: inner(
    () => initializerShape,
    ({ model, initializers }) => ({ ...newTensor(model), initializers }),
  ),
};

const attributeTensorShape: Wanted<SeenTensor & { node: SeenNode }> = {
  ...tensorShape,
  // The node's outputs may come behind its attributes, so their list is handed over, not copied.
  end: ({ model, node, ...tensor }) => keepExternal(model, { ...tensor, of: node.outputs }),
};

function newTensor(model: SeenModel): SeenTensor {
  return {
    model,
    name: '',
    elementType: 0,
    elements: 1,
    location: undefined,
    offset: undefined,
    length: undefined,
    of: [],
    isExternal: false,
  };
}

function keepExternal(model: SeenModel, { isExternal, ...tensor }: Omit<SeenTensor, 'model'>): void {
  if (isExternal) keep(model, model.externals, tensor);
}

// --- Nodes and graphs, which hold each other.

const attributeTensor = inner(
  () => attributeTensorShape,
  (node: SeenNode) => ({ ...newTensor(node.model), node }),
);

const innerGraph = inner(
  () => graphShape,
  ({ model, operators }: SeenNode): SeenGraph => ({ model, operators, inputs: [], outputs: [], initializers: new Set() }),
);

const attributeShape: Wanted<SeenNode> = { 5: attributeTensor, 6: innerGraph, 10: attributeTensor, 11: innerGraph };

const usedMax = 100_000;

const nodeShape: Wanted<SeenNode> = {
  1: hash(({ model: { used } }, name) => {
    if (used.hashes.size < usedMax) used.hashes.add(name);
    else used.isComplete = false;
  }),
  2: hash(({ outputs }, name) => {
    if (outputs.length < outputsMax) outputs.push(name);
  }),
  4: text((node, op) => {
    node.op = op;
  }),
  5: inner(
    () => attributeShape,
    (node) => node,
  ),
  7: text((node, domain) => {
    node.domain = domain === 'ai.onnx' ? '' : domain;
  }),
  8: text((node, overload) => {
    node.overload = overload;
  }),
  end: countNode,
};

/** A constant has one output; of an operator with many we need no more than these to see that some are taken in. */
const outputsMax = 16;

function newNode({ model, operators }: { readonly model: SeenModel; readonly operators: SeenOperators }): SeenNode {
  return { model, operators, domain: '', op: '', overload: '', outputs: [] };
}

function countNode({ model, operators, domain, op, overload }: SeenNode): void {
  let ops = operators.get(domain);
  if (ops === undefined) {
    ops = new Map();
    operators.set(domain, ops);
  }
  const key = overload === '' ? op : `${op}\n${overload}`;
  const known = ops.get(key);
  if (known !== undefined) known.count += 1;
  else {
    model.room.left -= 1;
    if (model.room.left >= 0) ops.set(key, { op, overload, count: 1 });
  }
}

/** A graph within another gives its operators and external tensors; its edges are the other graph's own business. */
const graphShape: Wanted<SeenGraph> = {
  1: inner(() => nodeShape, newNode),
  5: inner(
    () => initializerShape,
    ({ model, initializers }) => ({ ...newTensor(model), initializers }),
  ),
  11: inner(
    () => valueShape,
    ({ model, inputs }) => keep(model, inputs, newValue(model)),
  ),
  12: inner(
    () => valueShape,
    ({ model, outputs }) => keep(model, outputs, newValue(model)),
  ),
  15: inner(
    () => sparseShape,
    ({ model, initializers }) => ({ ...newTensor(model), initializers }),
  ),
};

const functionShape: Wanted<SeenFunction> = {
  1: text((local, name) => {
    local.name = name;
  }),
  7: inner(() => nodeShape, newNode),
  9: inner(
    () => opsetShape,
    ({ model, opsets }) => keep(model, opsets, { domain: '', version: 0 }),
  ),
  10: text((local, domain) => {
    local.domain = domain;
  }),
  13: text((local, overload) => {
    local.overload = overload;
  }),
};

export const modelShape: Wanted<SeenModel> = {
  1: whole((model, irVersion) => {
    model.irVersion = irVersion;
  }),
  2: text((model, producer) => {
    model.producer = producer;
  }),
  3: text((model, version) => {
    model.producerVersion = version;
  }),
  // Protobuf joins a field that comes twice, so the graph goes on where it was.
  7: inner(
    () => graphShape,
    (model) => {
      model.graph ??= { model, operators: model.operators, inputs: [], outputs: [], initializers: new Set() };
      return model.graph;
    },
  ),
  8: inner(
    () => opsetShape,
    (model) => keep(model, model.opsets, { domain: '', version: 0 }),
  ),
  25: inner(
    () => functionShape,
    (model) => keep(model, model.functions, { model, domain: '', name: '', overload: '', opsets: [], operators: new Map() }),
  ),
};
