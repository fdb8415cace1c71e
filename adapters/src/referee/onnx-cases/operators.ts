import { graphAttribute, intAttribute, localFunction, model, node, value, zeros, type MadeUpModel } from '#core/model-file/made-up-onnx.ts';
import { joined, message } from '#core/model-file/made-up-protobuf.ts';
import { call, withFunctions, bytes, range, type OnnxCases } from './onnx-case.ts';

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

/** Operators that ONNX defines, from their first opset on and to their last. */
export const operatorCases: readonly OnnxCases[] = [
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
];
