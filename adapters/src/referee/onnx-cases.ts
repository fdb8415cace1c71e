import {
  external,
  graph,
  graphAttribute,
  intAttribute,
  localFunction,
  type MadeUpModel,
  model,
  node,
  opset,
  tensorAttribute,
  value,
  zeros,
} from '#core/model-file/made-up-onnx.ts';
import { joined, message } from '#core/model-file/made-up-protobuf.ts';

/** A model, what lies beside it, and whether ONNX Runtime takes it: files by their path from the model's folder, links by where they lead. */
export type OnnxCase = {
  readonly says: string;
  readonly model: Uint8Array;
  readonly files?: Readonly<Record<string, number | string>>;
};

/** A rule, the words in which ONNX Runtime refuses what it refuses, and cases on both sides of the line. */
export type OnnxCases = {
  readonly code: `onnx/${string}`;
  readonly refusal: RegExp;
  readonly refused: readonly OnnxCase[];
  readonly accepted: readonly OnnxCase[];
};

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);
const bytes = (...all: readonly number[]): Uint8Array => Uint8Array.from(all);
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const plain = model();

const malformedTails: readonly (readonly [string, Uint8Array])[] = [
  ['field number 0', bytes(0)],
  ['field number 0 with a length', bytes(2, 1, 1)],
  ['a tag that does not end', bytes(255)],
  ['wire type 6', bytes(0x76)],
  ['wire type 7', bytes(0x77)],
  ['wire type 6 of a known field', bytes(0x0e, 1)],
  ['wire type 7 of the graph', bytes(0x3f, 1)],
  ['a group that nobody closes', bytes(0x9b, 0x06)],
  ['the end of a group that nobody opened', bytes(0x9c, 0x06)],
  ['a group that another number closes', bytes(0x9b, 0x06, 0xa4, 0x06)],
  ['a varint of eleven bytes', bytes(0x28, ...new Array<number>(10).fill(0x80), 0)],
  ['a varint that does not end', bytes(0x28, 0x80)],
  ['a tag of six bytes', bytes(0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0)],
  ['a graph that is longer than its holder', message([25, bytes(0x3a, 200, 1)])],
  ['an opset with a broken tag', message([8, bytes(0)])],
  ['an opset with wire type 7', message([8, bytes(0x17)])],
  ['an opset longer than its holder', joined([message([8, bytes(0x0a, 9, 1)]), message([4, 'long enough for nine bytes'])])],
  ['a graph with a node with a broken tag', message([7, message([1, bytes(0)])])],
  ['a group in a graph that ends with the graph', message([7, bytes(0x9b, 0x06)])],
  ['a broken attribute', message([7, message([1, message([4, 'Abs'], [5, bytes(0x0e)])])])],
];

const notModels: OnnxCase[] = [
  ...malformedTails.map(([what, tail]) => ({ says: what, model: joined([plain, tail]) })),
  ...[
    'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
    '<!DOCTYPE html>\n<html></html>\n',
    '{"error": "not found"}',
    'ftrt\0\0\0\0\0\0\0\0',
    'PK\u0003\u0004\u0014\0\0\0',
    'name: "digits"\n',
    'import triton_python_backend_utils\n',
  ].map((text) => ({ says: `a file that begins ${JSON.stringify(text.slice(0, 12))}`, model: ascii(text) })),
  { says: 'graphs nested deeper than protobuf goes', model: nestedIfs(31) },
];

const oddModels: OnnxCase[] = [
  { says: 'an unknown field with a length', model: joined([plain, message([999, 'abc'])]) },
  { says: 'an unknown number', model: joined([plain, message([999, 5])]) },
  { says: 'an unknown number below zero', model: joined([plain, message([999, -5])]) },
  { says: 'an unknown 64-bit field', model: joined([plain, bytes(0xb9, 0x3e, 1, 2, 3, 4, 5, 6, 7, 8)]) },
  { says: 'an unknown 32-bit field', model: joined([plain, bytes(0xbd, 0x3e, 1, 2, 3, 4)]) },
  { says: 'an empty group', model: joined([plain, bytes(0x9b, 0x06, 0x9c, 0x06)]) },
  { says: 'a group with a field', model: joined([plain, bytes(0x9b, 0x06, 0x08, 1, 0x9c, 0x06)]) },
  { says: 'a group in a group', model: joined([plain, bytes(0x9b, 0x06, 0x9b, 0x06, 0x9c, 0x06, 0x9c, 0x06)]) },
  { says: 'an unknown field whose bytes are no message', model: joined([plain, message([999, bytes(0, 0, 255, 255)])]) },
  { says: 'the IR version as a text, then as a number', model: joined([message([1, 'abc']), plain]) },
  { says: 'the IR version twice', model: joined([message([1, 99]), plain]) },
  { says: 'the graph as a number, then as a graph', model: joined([message([7, 5]), plain]) },
  { says: 'an opset as a number too', model: joined([plain, message([8, 5])]) },
  { says: 'a graph in two parts', model: joined([plain, message([7, message([1, node('Abs', ['y'], ['q'])], [12, value('q')])])]) },
  { says: 'a name that is no UTF-8', model: joined([plain, message([7, message([2, bytes(255, 254)])])]) },
  {
    says: 'a number in more bytes than it needs',
    model: joined([bytes(0x08, 0x88, 0x80, 0x80, 0), message([7, graph({})], [8, opset('', 17)])]),
  },
  { says: 'a length in more bytes than it needs', model: joined([plain, bytes(0xba, 0x3e, 0x81, 0x80, 0, 7)]) },
  { says: 'parts in another order', model: message([8, opset('', 17)], [7, graph({})], [1, 8]) },
  { says: 'notes and metadata', model: joined([plain, message([6, 'notes'], [14, message([1, 'key'], [2, 'value'])])]) },
  { says: 'what training would need', model: joined([plain, message([20, message([2, graph({ nodes: [node('Nope', ['x'], ['y'])] })])])]) },
  { says: 'graphs nested as deep as protobuf goes', model: nestedIfs(30) },
];

/** If in If: each level adds three messages to the depth. */
function nestedIfs(depth: number): Uint8Array {
  const leaf: MadeUpModel = { inputs: [], outputs: [value('z')], nodes: [node('Abs', ['x'], ['z'])] };
  const within = (left: number): MadeUpModel => (left === 0 ? leaf : { ...leaf, nodes: [branch(within(left - 1), 'z')] });
  const branch = (then: MadeUpModel, out: string) =>
    node('If', ['c'], [out], { attributes: [graphAttribute('then_branch', then), graphAttribute('else_branch', leaf)] });
  return model({ inputs: [value('x'), value('c', [], 9)], nodes: [branch(within(depth), 'y')] });
}

const weighty = model({
  initializers: [zeros('w', 300)],
  inputs: [value('x', [300])],
  outputs: [value('y', [300])],
  nodes: [node('Add', ['x', 'w'], ['y'])],
});

/** One node from `x` to `y`, at an opset. */
const unary = (op: string, version: number, made: { domain?: string; attributes?: readonly Uint8Array[] } = {}): Uint8Array =>
  model({
    irVersion: version > 21 ? 10 : 8,
    opsets:
      made.domain === undefined
        ? [['', version]]
        : [
            ['', 17],
            [made.domain, version],
          ],
    inputs: [value('x', [2, 2])],
    outputs: [value('y', [2, 2])],
    nodes: [node(op, ['x'], ['y'], made)],
  });

/** Operators of one float tensor to one, with the opset where each began. */
const began: readonly (readonly [op: string, opset: number])[] = [
  ['Acos', 7],
  ['Acosh', 9],
  ['Asin', 7],
  ['Asinh', 9],
  ['Atan', 7],
  ['Atanh', 9],
  ['Celu', 12],
  ['Cos', 7],
  ['Cosh', 9],
  ['Erf', 9],
  ['Gelu', 20],
  ['HardSwish', 14],
  ['Mish', 18],
  ['Round', 11],
  ['Shrink', 9],
  ['Sign', 9],
  ['Sin', 7],
  ['Sinh', 9],
  ['Swish', 24],
  ['Tan', 7],
  ['EyeLike', 9],
  ['Trilu', 14],
];

const inBranch = (op: string, version: number): Uint8Array => {
  const leaf = (of: string): MadeUpModel => ({ inputs: [], outputs: [value('z')], nodes: [node(of, ['x'], ['z'])] });
  const attributes = [graphAttribute('then_branch', leaf('Abs')), graphAttribute('else_branch', leaf(op))];
  return model({ opsets: [['', version]], inputs: [value('x'), value('c', [], 9)], nodes: [node('If', ['c'], ['y'], { attributes })] });
};

const inFunction = (op: string, versions: { model: number; within: number }): Uint8Array =>
  model({
    opsets: [
      ['', versions.model],
      ['foo', 1],
    ],
    functions: [localFunction('foo', 'F', { opsets: [['', versions.within]], nodes: [node(op, ['a'], ['b'])] })],
    nodes: [node('F', ['x'], ['y'], { domain: 'foo' })],
  });

const floatAttribute = (name: string): Uint8Array => joined([message([1, name]), bytes(0x15, 0, 0, 0x80, 0x3f), message([20, 1])]);
const scatter = (version: number): Uint8Array =>
  model({ opsets: [['', version]], inputs: [value('x'), value('i', [2], 7)], nodes: [node('Scatter', ['x', 'i', 'x'], ['y'])] });
const upsample = (version: number): Uint8Array =>
  model({
    opsets: [['', version]],
    inputs: [value('x', [1, 1, 2, 2])],
    outputs: [value('y', [1, 1, 4, 4])],
    initializers: [message([1, 4], [2, 1], [8, 's'], [9, new Uint8Array(Float32Array.of(1, 1, 2, 2).buffer)])],
    nodes: [node('Upsample', ['x', 's'], ['y'])],
  });
const scaledTanh = (version: number): Uint8Array =>
  unary('ScaledTanh', version, { attributes: [floatAttribute('alpha'), floatAttribute('beta')] });

type Functions = {
  readonly opsets?: readonly (readonly [string, number])[];
  readonly functions?: readonly Uint8Array[];
  readonly nodes?: readonly Uint8Array[];
};

const withFunctions = ({ opsets = [], ...made }: Functions): Uint8Array => model({ irVersion: 10, opsets: [['', 17], ...opsets], ...made });
const call = (domain: string, name: string, overload?: string): Uint8Array =>
  node(name, ['x'], ['y'], overload === undefined ? { domain } : { domain, overload });
const domains = [
  'foo',
  'com.example',
  'ai.onnx.contrib',
  'x',
  'com.Microsoft',
  'ai.onnx.ml2',
  'org.pytorch',
  'AI.ONNX',
  'com.microsoft.mine',
  'trt.plugins',
];
const bodyOf = (domain: string) => [node('G', ['a'], ['b'], { domain })];

type Lying = { readonly location?: string; readonly offset?: number | string; readonly length?: number | string };

/** `x + w` with the two floats of `w` in another file. */
const weightsIn = (lying: Lying, dims: readonly number[] = [2]): Uint8Array =>
  model({ initializers: [external('w', lying, dims)], outputs: [value('y', [null])], nodes: [node('Add', ['x', 'w'], ['y'])] });
const constantIn = (lying: Lying, takes = 'w'): Uint8Array =>
  model({
    nodes: [
      node('Constant', [], ['w'], { attributes: [tensorAttribute('value', external('t', lying))] }),
      node('Add', ['x', takes], ['y']),
    ],
  });
const typed = (lying: Lying, elementType: number, count: number): Uint8Array =>
  model({
    inputs: [value('x', [count], elementType)],
    outputs: [value('y', [count], elementType)],
    initializers: [external('w', lying, [count], elementType)],
    nodes: [node(elementType === 9 ? 'And' : 'Add', ['x', 'w'], ['y'])],
  });
const unusedIn = (lying: Lying): Uint8Array => model({ initializers: [external('w', lying)] });
const w = { 'w.bin': 64 };

const missingNames = [
  'nope.bin',
  'W.bin',
  'w.bin ',
  'w',
  'sub/w.bin',
  'sub\\w.bin',
  './nope.bin',
  'w.bin.part',
  'model.onnx.data',
  'ẃ.bin',
];
const thereNames = [
  'w.bin',
  './w.bin',
  'sub/w.bin',
  'sub//w.bin',
  './sub/./w.bin',
  'sub/../w.bin',
  'model.onnx.data',
  'ẃ.bin',
  'with space.bin',
  '.hidden',
];

export const onnxCases: readonly OnnxCases[] = [
  { code: 'onnx/not-a-model', refusal: /Protobuf parsing failed/, refused: notModels, accepted: oddModels },
  {
    code: 'onnx/truncated',
    refusal: /Protobuf parsing failed/,
    refused: [
      ...range(1, 40).map((part) => {
        const at = Math.floor((weighty.length * (part + 8)) / 50);
        return { says: `cut off after ${at} of ${weighty.length} bytes`, model: weighty.subarray(0, at) };
      }),
    ],
    accepted: [
      { says: 'the whole of it', model: weighty },
      ...range(1, 20).map((count) => ({ says: `with ${count} more`, model: joined([weighty, message([999, new Uint8Array(count)])]) })),
    ],
  },
  {
    code: 'onnx/no-graph',
    refusal: /does not have a graph/,
    refused: [
      { says: 'an empty file', model: bytes() },
      ...range(1, 20).map((version) => ({ says: `no graph, opset ${version}`, model: message([1, 8], [8, opset('', version)]) })),
    ],
    accepted: range(1, 20).map((version) => ({ says: `opset ${version}`, model: model({ opsets: [['', version]] }) })),
  },
  {
    code: 'onnx/no-opset',
    refusal: /Missing opset in the model/,
    refused: range(-6, 13).map((irVersion) => ({ says: `IR version ${irVersion}`, model: model({ irVersion, opsets: [] }) })),
    accepted: [
      ...range(1, 20).map((version) => ({ says: `only foo ${version}`, model: model({ opsets: [['foo', version]] }) })),
      { says: 'only ai.onnx.ml', model: model({ opsets: [['ai.onnx.ml', 3]] }) },
    ],
  },
  {
    code: 'onnx/no-ir-version',
    refusal: /Missing model IR version/,
    refused: range(1, 20).map((version) => ({ says: `opset ${version}`, model: message([7, graph({})], [8, opset('', version)]) })),
    accepted: range(-10, 10).map((irVersion) => ({ says: `IR version ${irVersion}`, model: model({ irVersion }) })),
  },
  {
    code: 'onnx/ir-version',
    refusal: /Unsupported model IR version/,
    refused: [...range(14, 33), 2 ** 31, 2 ** 33].map((irVersion) => ({ says: `IR version ${irVersion}`, model: model({ irVersion }) })),
    accepted: [...range(-9, 13), -(2 ** 40)].map((irVersion) => ({ says: `IR version ${irVersion}`, model: model({ irVersion }) })),
  },
  {
    code: 'onnx/opset',
    refusal: /is under development|only \*guarantees\* support/,
    refused: [
      ...[...range(27, 48), 2 ** 31 - 1, 2 ** 32 + 27].map((version) => ({
        says: `opset ${version}`,
        model: model({ opsets: [['', version]] }),
      })),
      ...range(6, 25).map((version) => ({
        says: `ai.onnx.ml ${version}`,
        model: model({
          opsets: [
            ['', 17],
            ['ai.onnx.ml', version],
          ],
        }),
      })),
      ...range(2, 21).map((version) => ({
        says: `com.microsoft ${version}`,
        model: model({
          opsets: [
            ['', 17],
            ['com.microsoft', version],
          ],
        }),
      })),
      ...range(27, 46).map((version) => ({
        says: `opset ${version} of a function that nothing calls`,
        model: withFunctions({ opsets: [['foo', 1]], functions: [localFunction('foo', 'F', { opsets: [['', version]] })] }),
      })),
    ],
    accepted: [
      ...[...range(1, 26), 2 ** 32 + 17].map((version) => ({ says: `opset ${version}`, model: model({ opsets: [['', version]] }) })),
      ...range(-1, 5).map((version) => ({
        says: `ai.onnx.ml ${version}`,
        model: model({
          opsets: [
            ['', 17],
            ['ai.onnx.ml', version],
          ],
        }),
      })),
      ...[1, 2, 1000].map((version) => ({
        says: `a domain of nobody, ${version}`,
        model: model({
          opsets: [
            ['', 17],
            ['foo', version],
          ],
        }),
      })),
      { says: 'an opset of ai.onnx by its name', model: model({ opsets: [['ai.onnx', 27]] }) },
      {
        says: 'com.microsoft 1',
        model: model({
          opsets: [
            ['', 17],
            ['com.microsoft', 1],
          ],
        }),
      },
      {
        says: 'an opset twice',
        model: model({
          opsets: [
            ['', 20],
            ['', 17],
          ],
        }),
      },
    ],
  },
  {
    code: 'onnx/operator-unknown',
    refusal: /No Op registered for|is not a registered function\/op|required to be non-empty/,
    refused: [
      ...began.map(([op, from]) => ({ says: `${op} before opset ${from}`, model: unary(op, from - 1) })),
      ...['Nope', 'gelu', 'GeLU', 'Swishh', 'FusedConv', 'Rope', '', 'constructor', '__proto__', 'toString'].map((op) => ({
        says: `"${op}"`,
        model: unary(op, 17),
      })),
      ...['Nope', 'normalizer', 'Relu', 'Scalers', 'constructor'].map((op) => ({
        says: `ai.onnx.ml.${op}`,
        model: unary(op, 3, { domain: 'ai.onnx.ml' }),
      })),
      ...[0, -1, 2 ** 31 + 17].map((version) => ({ says: `opset ${version}`, model: model({ opsets: [['', version]] }) })),
      { says: 'in a branch', model: inBranch('Nope', 17) },
      { says: 'in a branch, before its opset', model: inBranch('Gelu', 19) },
      { says: 'in a function that is called', model: inFunction('Nope', { model: 17, within: 17 }) },
      { says: 'in a function whose opset has it, in a model whose opset has not', model: inFunction('Gelu', { model: 17, within: 20 }) },
      { says: 'a function in the default domain', model: withFunctions({ functions: [localFunction('', 'F')], nodes: [call('', 'F')] }) },
      { says: 'a function in ai.onnx', model: withFunctions({ functions: [localFunction('ai.onnx', 'F')], nodes: [call('', 'F')] }) },
      {
        says: 'a function in ai.onnx.ml',
        model: withFunctions({
          opsets: [['ai.onnx.ml', 3]],
          functions: [localFunction('ai.onnx.ml', 'F')],
          nodes: [call('ai.onnx.ml', 'F')],
        }),
      },
      {
        says: 'an opset twice, the last one before the operator',
        model: model({
          opsets: [
            ['', 20],
            ['', 17],
          ],
          nodes: [node('Gelu', ['x'], ['y'])],
        }),
      },
      { says: 'in a node that nothing needs', model: model({ nodes: [node('Identity', ['x'], ['y']), node('Nope', ['x'], ['q'])] }) },
    ],
    accepted: [
      ...began.map(([op, from]) => ({ says: `${op} from opset ${from}`, model: unary(op, from) })),
      ...['MemcpyToHost', 'ThresholdedRelu', 'Identity', 'Relu'].map((op) => ({ says: op, model: unary(op, 17) })),
      {
        says: 'ai.onnx.ml without an import',
        model: model({
          inputs: [value('x', [1, 2])],
          outputs: [value('y', [1, 2])],
          nodes: [node('Normalizer', ['x'], ['y'], { domain: 'ai.onnx.ml' })],
        }),
      },
      { says: 'the default domain without an import', model: model({ opsets: [['ai.onnx.ml', 3]], nodes: [node('Gelu', ['x'], ['y'])] }) },
      { says: 'a node that writes ai.onnx', model: model({ nodes: [node('Abs', ['x'], ['y'], { domain: 'ai.onnx' })] }) },
      { says: 'in a branch', model: inBranch('Gelu', 20) },
      { says: 'in a function whose opset has it not, in a model whose opset has', model: inFunction('Gelu', { model: 20, within: 17 }) },
      {
        says: 'in a function that nothing calls',
        model: withFunctions({ opsets: [['foo', 1]], functions: [localFunction('foo', 'F', { nodes: [node('Nope', ['a'], ['b'])] })] }),
      },
      {
        says: 'an opset twice, the last one with the operator',
        model: model({
          opsets: [
            ['', 17],
            ['', 20],
          ],
          nodes: [node('Gelu', ['x'], ['y'])],
        }),
      },
      { says: 'GroupNormalization of opset 18', model: groupNormalization(18) },
    ],
  },
  {
    code: 'onnx/operator-deprecated',
    refusal: /is deprecated in domain_version|is not a registered function\/op/,
    refused: [
      ...range(10, 20).map((version) => ({ says: `Upsample at ${version}`, model: upsample(version) })),
      ...range(11, 20).map((version) => ({ says: `Scatter at ${version}`, model: scatter(version) })),
      ...['Affine', 'Crop', 'Scale', 'DynamicSlice', 'GRUUnit', 'GivenTensorFill', 'ImageScaler', 'ParametricSoftplus'].map((op) => ({
        says: op,
        model: unary(op, 10),
      })),
      { says: 'ScaledTanh', model: scaledTanh(10) },
      ...['TreeEnsembleClassifier', 'TreeEnsembleRegressor'].map((op) => ({ says: op, model: unary(op, 5, { domain: 'ai.onnx.ml' }) })),
    ],
    accepted: [
      ...[9].map((version) => ({ says: `Upsample at ${version}`, model: upsample(version) })),
      ...[9, 10].map((version) => ({ says: `Scatter at ${version}`, model: scatter(version) })),
      ...[1, 6, 7, 8, 9].flatMap((version) =>
        ['Affine', 'Crop', 'Scale', 'DynamicSlice'].map((op) => ({ says: `${op} at ${version}`, model: cropped(op, version) })),
      ),
      ...[7, 8, 9].map((version) => ({ says: `ScaledTanh at ${version}`, model: scaledTanh(version) })),
    ],
  },
  {
    code: 'onnx/opset-missing',
    refusal: /No opset import for domain|No opset registered for domain|function_utils\.cc/,
    refused: [
      ...domains.map((domain) => ({ says: `an operator of ${domain}`, model: withFunctions({ nodes: [call(domain, 'F')] }) })),
      ...domains.map((domain) => ({
        says: `a function in ${domain}`,
        model: withFunctions({ functions: [localFunction(domain, 'F')], nodes: [call(domain, 'F')] }),
      })),
      ...domains.slice(0, 5).map((domain) => ({
        says: `a function with an operator of ${domain}`,
        model: withFunctions({
          opsets: [
            ['f', 1],
            [domain, 1],
          ],
          functions: [localFunction('f', 'F', { nodes: bodyOf(domain) }), localFunction(domain, 'G')],
          nodes: [call('f', 'F')],
        }),
      })),
      {
        says: 'a function without imports that nothing calls',
        model: withFunctions({ opsets: [['f', 1]], functions: [localFunction('f', 'F', { opsets: [] })] }),
      },
      {
        says: 'a function that calls one of a domain that only it imports',
        model: withFunctions({
          opsets: [['f', 1]],
          functions: [localFunction('f', 'F', { opsets: [['g', 1]], nodes: bodyOf('g') }), localFunction('g', 'G')],
          nodes: [call('f', 'F')],
        }),
      },
    ],
    accepted: [
      ...domains.map((domain) => ({
        says: `a function in ${domain}`,
        model: withFunctions({ opsets: [[domain, 1]], functions: [localFunction(domain, 'F')], nodes: [call(domain, 'F')] }),
      })),
      ...domains.map((domain) => ({
        says: `a function with a function of ${domain}`,
        model: withFunctions({
          opsets: [
            ['f', 1],
            [domain, 7],
          ],
          functions: [localFunction('f', 'F', { opsets: [[domain, 7]], nodes: bodyOf(domain) }), localFunction(domain, 'G')],
          nodes: [call('f', 'F')],
        }),
      })),
      { says: 'com.microsoft without an import', model: withFunctions({ nodes: [call('com.microsoft', 'Gelu')] }) },
      { says: 'an import that nothing needs', model: withFunctions({ opsets: [['foo', 3]] }) },
    ],
  },
  {
    code: 'onnx/custom-operator',
    refusal: /is not a registered function\/op/,
    refused: [
      ...domains.map((domain) => ({
        says: `an operator of ${domain}`,
        model: withFunctions({ opsets: [[domain, 1]], nodes: [call(domain, 'F')] }),
      })),
      ...domains.map((domain) => ({
        says: `an operator of ${domain} beside a function`,
        model: withFunctions({ opsets: [[domain, 1]], functions: [localFunction(domain, 'G')], nodes: [call(domain, 'F')] }),
      })),
      {
        says: 'another overload',
        model: withFunctions({ opsets: [['f', 1]], functions: [localFunction('f', 'F', { overload: 'a' })], nodes: [call('f', 'F', 'b')] }),
      },
      {
        says: 'no overload',
        model: withFunctions({ opsets: [['f', 1]], functions: [localFunction('f', 'F', { overload: 'a' })], nodes: [call('f', 'F')] }),
      },
    ],
    accepted: [
      ...domains.flatMap((domain) =>
        [1, 5].map((version) => ({
          says: `a function in ${domain} ${version}`,
          model: withFunctions({ opsets: [[domain, version]], functions: [localFunction(domain, 'F')], nodes: [call(domain, 'F')] }),
        })),
      ),
      {
        says: 'the overload that is asked',
        model: withFunctions({ opsets: [['f', 1]], functions: [localFunction('f', 'F', { overload: 'a' })], nodes: [call('f', 'F', 'a')] }),
      },
      {
        says: 'a function in com.microsoft',
        model: withFunctions({
          opsets: [['com.microsoft', 1]],
          functions: [localFunction('com.microsoft', 'F')],
          nodes: [call('com.microsoft', 'F')],
        }),
      },
    ],
  },
  {
    code: 'onnx/external-missing',
    refusal: /does not exist|Is a directory|not (?:a )?regular file/,
    refused: [
      ...missingNames.map((location) => ({ says: `"${location}"`, model: weightsIn({ location }), files: w })),
      ...missingNames.map((location) => ({ says: `"${location}" of a constant`, model: constantIn({ location }), files: w })),
      { says: 'a folder', model: weightsIn({ location: 'sub' }), files: { 'sub/w.bin': 64 } },
      { says: 'a link that leads nowhere', model: weightsIn({ location: 'w.bin' }), files: { 'w.bin': 'gone.bin' } },
      {
        says: 'a tensor of no elements',
        model: model({
          inputs: [value('x', [1])],
          outputs: [value('y', [0])],
          initializers: [external('w', { location: 'nope.bin' }, [0])],
          nodes: [node('Add', ['x', 'w'], ['y'])],
        }),
      },
      {
        says: 'a weight that is the output',
        model: model({ initializers: [external('w', { location: 'nope.bin' })], outputs: [value('y'), value('w')] }),
      },
      {
        says: 'a weight that a request may replace',
        model: model({ initializers: [external('w', { location: 'nope.bin' })], inputs: [value('x'), value('w')] }),
      },
      {
        says: 'a weight for a node that nothing needs',
        model: model({
          initializers: [external('w', { location: 'nope.bin' })],
          nodes: [node('Abs', ['x'], ['y']), node('Add', ['x', 'w'], ['q'])],
        }),
      },
    ],
    accepted: [
      ...thereNames.map((location) => ({
        says: `"${location}"`,
        model: weightsIn({ location }),
        files: { ...w, 'sub/w.bin': 64, [location.replace(/^\.\//, '')]: 64 },
      })),
      ...thereNames.map((location) => ({
        says: `"${location}" of a constant`,
        model: constantIn({ location }),
        files: { ...w, 'sub/w.bin': 64, [location.replace(/^\.\//, '')]: 64 },
      })),
      ...missingNames.map((location) => ({ says: `"${location}" that nothing uses`, model: unusedIn({ location }) })),
      { says: 'a constant that nothing uses', model: constantIn({ location: 'nope.bin' }, 'x') },
      { says: 'a link to a file beside it', model: weightsIn({ location: 'l.bin' }), files: { ...w, 'l.bin': 'w.bin' } },
      { says: 'a link in a folder', model: weightsIn({ location: 'sub/l.bin' }), files: { ...w, 'sub/l.bin': '../w.bin' } },
    ],
  },
  {
    code: 'onnx/external-escape',
    refusal: /escapes model directory|Absolute path not allowed/,
    refused: [
      ...[
        '../out.bin',
        '../nope.bin',
        '../../out.bin',
        'sub/../../out.bin',
        './../out.bin',
        '../other/w.bin',
        '../1x/w.bin',
        '../0/w.bin',
        '..',
        '../..',
      ].flatMap((location) => [
        { says: `"${location}"`, model: weightsIn({ location }), files: { '../out.bin': 64, '../other/w.bin': 64, 'sub/w.bin': 64 } },
        { says: `"${location}" of a constant`, model: constantIn({ location }), files: { '../out.bin': 64, 'sub/w.bin': 64 } },
      ]),
      ...['/etc/hostname', '/nope.bin', '/', '//w.bin'].map((location) => ({ says: `"${location}"`, model: weightsIn({ location }) })),
    ],
    accepted: [
      ...['../1/w.bin', '../1/../1/w.bin', './../1/./w.bin', 'sub/../../1/w.bin'].map((location) => ({
        says: `"${location}"`,
        model: weightsIn({ location }),
        files: { ...w, 'sub/w.bin': 64 },
      })),
      ...['..w.bin', '...', 'a..b', '..a/w.bin', 'sub/..w'].map((location) => ({
        says: `"${location}"`,
        model: weightsIn({ location }),
        files: { [location]: 64 },
      })),
      ...['../out.bin', '/etc/hostname', '../../out.bin', '/', '..'].flatMap((location) => [
        { says: `"${location}" that nothing uses`, model: unusedIn({ location }) },
        { says: `"${location}" of a constant that nothing uses`, model: constantIn({ location }, 'x') },
      ]),
    ],
  },
  {
    code: 'onnx/external-range',
    refusal: /out of bounds/,
    refused: [
      ...[57, 60, 64, 65, 1000, 2 ** 31, 2 ** 40].map((offset) => ({
        says: `eight bytes from ${offset} of 64`,
        model: weightsIn({ location: 'w.bin', offset }),
        files: w,
      })),
      ...[57, 60, 64, 65, 1000].map((offset) => ({
        says: `eight bytes from ${offset} of 64, with their length`,
        model: weightsIn({ location: 'w.bin', offset, length: 8 }),
        files: w,
      })),
      ...[0, 1, 7].map((size) => ({ says: `a file of ${size} bytes`, model: weightsIn({ location: 'w.bin' }), files: { 'w.bin': size } })),
      ...[
        [7, 49, 2],
        [9, 63, 2],
        [11, 49, 2],
        [6, 57, 2],
        [10, 61, 2],
      ].map(([type = 0, offset = 0, count = 0]) => ({
        says: `type ${type} from ${offset}`,
        model: typed({ location: 'w.bin', offset }, type, count),
        files: w,
      })),
      ...[60, 65].map((offset) => ({ says: `a constant from ${offset}`, model: constantIn({ location: 'w.bin', offset }), files: w })),
      { says: 'seventeen floats', model: typed({ location: 'w.bin' }, 1, 17), files: w },
    ],
    accepted: [
      ...[0, 1, 8, 55, 56].map((offset) => ({
        says: `eight bytes from ${offset} of 64`,
        model: weightsIn({ location: 'w.bin', offset }),
        files: w,
      })),
      ...[0, 56].map((offset) => ({
        says: `eight bytes from ${offset} of 64, with their length`,
        model: weightsIn({ location: 'w.bin', offset, length: 8 }),
        files: w,
      })),
      ...[8, 9, 4096].map((size) => ({
        says: `a file of ${size} bytes`,
        model: weightsIn({ location: 'w.bin' }),
        files: { 'w.bin': size },
      })),
      ...[
        [7, 48, 2],
        [9, 62, 2],
        [11, 48, 2],
        [6, 56, 2],
      ].map(([type = 0, offset = 0, count = 0]) => ({
        says: `type ${type} from ${offset}`,
        model: typed({ location: 'w.bin', offset }, type, count),
        files: w,
      })),
      ...[57, 1000].map((offset) => ({
        says: `from ${offset}, and nothing uses it`,
        model: unusedIn({ location: 'w.bin', offset }),
        files: w,
      })),
      { says: 'sixteen floats', model: typed({ location: 'w.bin' }, 1, 16), files: w },
      { says: 'a constant at the end', model: constantIn({ location: 'w.bin', offset: 56 }), files: w },
      { says: 'the last of two offsets counts', model: weightsIn({ location: 'w.bin', offset: '008' }), files: w },
    ],
  },
  {
    code: 'onnx/external-length',
    refusal: /size mismatch|does not match|out of bounds|length/i,
    refused: [1, 2, 3, 4, 5, 6, 7, 9, 10, 12, 16, 32, 63, 64, 65, 100, 1000, 2 ** 20, 2 ** 31, 2 ** 40].map((length) => ({
      says: `${length} bytes for two floats`,
      model: weightsIn({ location: 'w.bin', length }),
      files: w,
    })),
    accepted: [
      ...[0, 8, '8', '08', '00', '008'].map((length) => ({
        says: `"${length}" bytes for two floats`,
        model: weightsIn({ location: 'w.bin', length }),
        files: w,
      })),
      ...range(1, 16).map((count) => ({
        says: `${4 * count} bytes for ${count} floats`,
        model: typed({ location: 'w.bin', length: 4 * count }, 1, count),
        files: w,
      })),
    ],
  },
  {
    code: 'onnx/external-malformed',
    refusal: /Failed to parse value|model format error|out of bounds/,
    refused: [
      { says: 'no location', model: weightsIn({}), files: w },
      { says: 'an empty location', model: weightsIn({ location: '' }), files: w },
      { says: 'only an offset', model: weightsIn({ offset: 0 }), files: w },
      ...['x', '8x', ' 8', '8 ', '+8', '-8', '8.0', '1e1', '٨'].flatMap((number) => [
        { says: `the offset "${number}"`, model: weightsIn({ location: 'w.bin', offset: number }), files: w },
        { says: `the length "${number}"`, model: weightsIn({ location: 'w.bin', length: number }), files: w },
      ]),
      { says: 'an empty offset', model: weightsIn({ location: 'w.bin', offset: '' }), files: w },
      { says: 'the offset "0x8"', model: weightsIn({ location: 'w.bin', offset: '0x8' }), files: w },
    ],
    accepted: [
      ...['0', '8', '00', '08', '56'].map((offset) => ({
        says: `the offset "${offset}"`,
        model: weightsIn({ location: 'w.bin', offset }),
        files: w,
      })),
      ...['x', '8x', ' 8', '+8', '-8', '', '0x8'].flatMap((number) => [
        { says: `the offset "${number}" that nothing uses`, model: unusedIn({ location: 'w.bin', offset: number }), files: w },
        { says: `the length "${number}" that nothing uses`, model: unusedIn({ location: 'w.bin', length: number }), files: w },
      ]),
      { says: 'no location, and nothing uses it', model: unusedIn({}) },
    ],
  },
];

function groupNormalization(version: number): Uint8Array {
  return model({
    opsets: [['', version]],
    inputs: [value('x', [1, 2, 2])],
    outputs: [value('y', [1, 2, 2])],
    initializers: [zeros('s', 1), zeros('b', 1)],
    nodes: [node('GroupNormalization', ['x', 's', 'b'], ['y'], { attributes: [intAttribute('num_groups', 1)] })],
  });
}

function cropped(op: string, version: number): Uint8Array {
  const attributes = op === 'Crop' ? [message([1, 'border'], ...[0, 0, 0, 0].map((edge) => [8, edge] as const), [20, 7])] : [];
  const edge = (name: string) => value(name, [1, 1, 2, 2]);
  if (op !== 'DynamicSlice')
    return model({ opsets: [['', version]], inputs: [edge('x')], outputs: [edge('y')], nodes: [node(op, ['x'], ['y'], { attributes })] });
  const inputs = [value('x'), value('s', [1], 7), value('e', [1], 7)];
  return model({ opsets: [['', version]], inputs, outputs: [value('y', [null])], nodes: [node(op, ['x', 's', 'e'], ['y'])] });
}
