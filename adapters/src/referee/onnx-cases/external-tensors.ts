import { external, model, node, tensorAttribute, value } from '#core/model-file/made-up-onnx.ts';
import { range, type OnnxCases } from './onnx-case.ts';

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

/** Tensors whose bytes lie in other files. */
export const externalCases: readonly OnnxCases[] = [
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
      ...['..w.bin', '...', 'a..b', '..a/w.bin', 'sub/..w', 'a/b/c/w.bin'].map((location) => ({
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
      {
        says: 'a file that is longer than what is read',
        model: weightsIn({ location: 'w.bin', offset: 8, length: 8 }),
        files: { 'w.bin': 17 },
      },
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
