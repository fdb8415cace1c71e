import { localFunction, node } from '#core/model-file/made-up-onnx.ts';
import { call, withFunctions, type OnnxCases } from './onnx-case.ts';

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

/** Functions of the model, and operators of other domains. */
export const functionCases: readonly OnnxCases[] = [
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
];
