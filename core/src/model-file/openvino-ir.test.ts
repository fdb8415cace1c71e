import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { test } from 'node:test';
import fc from 'fast-check';
import { readMadeUp } from './made-up-file.ts';
import { readOpenvino } from './openvino-ir.ts';
import { isProblem } from './problem.ts';

const read = (text: string) => {
  const bytes = new TextEncoder().encode(text);
  return readMadeUp(readOpenvino('model.xml', bytes.length), bytes).read;
};

const port = (id: number, names: string, dims: readonly (number | string)[], precision = 'FP32') =>
  `<port id="${id}" precision="${precision}" names="${names}">${dims.map((dim) => `<dim>${dim}</dim>`).join('\n')}</port>`;
const net = (parameter: string, inside = '') => `<?xml version="1.0"?>
<!-- made up: <layer type="Parameter"> -->
<net name="digits" version="11">
  <layers>
    <layer id="0" name="x" type="Parameter" version="opset1">${parameter}
      <output>${port(0, 'pixels,image', [-1, 64])}</output></layer>
    <layer id="1" name="w" type="Const" version="opset1"><data element_type="f32" shape="64, 10" offset="0" size="2560"/>
      <output>${port(0, '', [64, 10])}</output></layer>
    <layer id="2" name="mm" type="MatMul" version="opset1"><input>${port(0, '', [1])}</input>
      <output>${port(2, 'z,a\\,b', [-1, 10], 'FP16')}</output></layer>${inside}
    <layer id='3' name='r &amp; s' type='Result' version="opset1"><input>${port(0, '', [-1, 10])}</input></layer>
  </layers>
  <edges><edge from-layer="0" from-port="0" to-layer="2" to-port="0"/><edge from-layer="2" from-port="2" to-layer="3" to-port="0"/></edges>
  <rt_info/>
</net>`;

test('an IR tells its edges with all their names, and how far its weights reach', () => {
  deepStrictEqual(read(net('<data shape="?,64" element_type="f32"/>')), {
    version: 11,
    inputs: [{ names: ['pixels', 'image'], layer: 'x', dataType: 'TYPE_FP32', shape: [-1, 64] }],
    outputs: [{ names: ['z', 'a,b'], layer: 'r & s', dataType: 'TYPE_FP16', shape: [-1, 10] }],
    weightsEnd: 2560,
  });
});

for (const [shape, means] of [
  ['1,3,224,224', [1, 3, 224, 224]],
  ['1, 3', [1, 3]],
  ['', []],
  ['1..8,64', [-1, 64]],
  ['...', undefined],
] as const) {
  test(`a parameter of the shape "${shape}" is read as such`, () => {
    const facts = read(net(`<data shape="${shape}" element_type="i64"/>`));
    ok(!isProblem(facts));
    deepStrictEqual([facts.inputs[0]?.dataType, facts.inputs[0]?.shape], ['TYPE_INT64', means]);
  });
}

test('what stands in the body of a loop is no edge of the model', () => {
  const body = '<layer id="7" name="l" type="Loop"><body><layers><layer id="0" name="i" type="Parameter"></layer></layers></body></layer>';
  const facts = read(net('<data shape="1" element_type="f32"/>', body));
  ok(!isProblem(facts));
  deepStrictEqual(
    facts.inputs.map(({ layer }) => layer),
    ['x'],
  );
});

test('a large file is read in parts, wherever they begin', () => {
  const facts = read(net(`<data shape="1" element_type="f32"/>${`<!-- ${'x'.repeat(50)} -->\n`.repeat(5000)}`));
  ok(!isProblem(facts));
  strictEqual(facts.outputs[0]?.names[0], 'z');
});

test('what is no IR, or is cut off, is a problem', () => {
  const why = (text: string) => {
    const found = read(text);
    return isProblem(found) ? found.why : 'an IR';
  };
  strictEqual(why(''), 'malformed');
  strictEqual(why('{"a": 1}'), 'malformed');
  strictEqual(why('<html></html>'), 'malformed');
  const whole = net('<data shape="1" element_type="f32"/>');
  for (let end = 0; end < whole.length - 6; end += 7) ok(isProblem(read(whole.slice(0, end))), `cut off after ${end}`);
});

test('entities of its own are not looked up', () => {
  const bomb = '<!DOCTYPE net [<!ENTITY a "&b;&b;"><!ENTITY b "lol">]>';
  const facts = read(bomb + net('<data shape="&a;" element_type="f32"/>').replace('<?xml version="1.0"?>', ''));
  ok(isProblem(facts) || facts.inputs[0]?.shape?.[0] === -1);
});

test('tags that never end, or have no end of attributes, do not take long', () => {
  const began = performance.now();
  for (const text of [
    '<net '.repeat(200_000),
    `<net>${'<a'.repeat(400_000)}`,
    `<net><layer ${'a'.repeat(900_000)} id="1">`,
    `<net><layer ${'a= '.repeat(300_000)}>`,
  ])
    read(text);
  ok(performance.now() - began < 30_000);
});

test('any text gives facts or a problem', () => {
  const parts = fc.constantFrom(
    '<net>',
    '</net>',
    '<layer id="0" type="Parameter">',
    '<output>',
    '<port id="0">',
    '<dim>',
    '</dim>',
    '1',
    '<',
    '>',
    '"',
    '/',
    '<!--',
    '&#x110000;',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ maxLength: 200 }),
        fc.array(parts, { maxLength: 40 }).map((all) => all.join('')),
      ),
      (text) => void read(text),
    ),
    {
      numRuns: 1000,
    },
  );
});
