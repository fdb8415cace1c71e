import { graph, graphAttribute, localFunction, model, node, opset, value, zeros, type MadeUpModel } from '#core/model-file/made-up-onnx.ts';
import { joined, message } from '#core/model-file/made-up-protobuf.ts';
import { withFunctions, bytes, range, type OnnxCases, type OnnxCase } from './onnx-case.ts';

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

/** The file itself, and the versions that it says. */
export const frameCases: readonly OnnxCases[] = [
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
];
