import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type MadeUpField, message } from '#core/model-file/made-up-protobuf.ts';
import { zip } from '#core/model-file/made-up-zip.ts';
import { standIn } from '../check/check-in-test.ts';
import { foundIn, runInit, treeOf } from './init-in-test.ts';

const openvino = `<?xml version="1.0"?>
<net name="digits" version="11">
  <layers>
    <layer id="0" name="x" type="Parameter" version="opset1"><data shape="?,64" element_type="f32"/>
      <output><port id="0" precision="FP32" names="pixels,image"><dim>-1</dim><dim>64</dim></port></output></layer>
    <layer id="1" name="w" type="Const" version="opset1"><data element_type="f32" shape="4" offset="0" size="16"/></layer>
    <layer id="3" name="y" type="Result" version="opset1"></layer>
  </layers>
  <edges><edge from-layer="0" from-port="0" to-layer="3" to-port="0"/></edges>
</net>`;

const size16 = new Uint8Array(16);

test('an OpenVINO model brings its weights along, and its tensors have the names that Triton shows', async (t) => {
  standIn(t, { 'digits.xml': openvino, 'digits.bin': size16 });
  const { code, said } = await runInit('digits.xml');
  strictEqual(code, 0);
  match(said, /OpenVINO IR 11[^]*Inputs: image FP32 \[64\]\. Outputs: image FP32 \[64\]\. Largest batch: 8/);
  deepStrictEqual(Object.keys(treeOf('digits/repository/digits/1')), ['model.bin', 'model.xml']);
  strictEqual((await foundIn('digits'))[0], 'accept');
});

test('an OpenVINO model without its weights is refused', async (t) => {
  standIn(t, { 'digits.xml': openvino });
  match((await runInit('digits.xml')).noted, /belong into digits\.bin beside it, which is not there/);
  standIn(t, { 'digits.xml': openvino, 'digits.bin': 'short' });
  match((await runInit('digits.xml')).noted, /digits\.bin has 5 bytes, and the model reads 16/);
});

const tensor = (name: string, shape: readonly number[] | 'unknown'): Uint8Array => {
  const dims = shape === 'unknown' ? message([3, 1]) : message(...shape.map((size): MadeUpField => [2, message([1, size])]));
  return message([1, name], [2, message([1, `${name}:0`], [2, 1], [3, dims])]);
};

const savedModel = (...fields: readonly MadeUpField[]): Uint8Array =>
  message([1, 1], [2, message([1, message([4, 'serve'], [5, '2.15.0'])], [5, message([1, 'serving_default'], [2, message(...fields)])])]);

test('a SavedModel is a folder, and is copied whole', async (t) => {
  const saved = savedModel([1, tensor('pixels', [-1, 64])], [2, tensor('scores', [-1, 10])]);
  standIn(t, { 'digits/saved_model.pb': saved, 'digits/variables/variables.index': 'i' });
  const { code, said } = await runInit('digits', { into: 'releases' });
  strictEqual(code, 0);
  match(said, /a SavedModel of TensorFlow 2\.15\.0[^]*Inputs: pixels FP32 \[64\]\. Outputs: scores FP32 \[10\]\. Largest batch: 8/);
  const below = 'model.savedmodel';
  deepStrictEqual(Object.keys(treeOf('releases/digits/repository/digits/1')), [
    `${below}/saved_model.pb`,
    `${below}/variables/variables.index`,
  ]);
  match(readFileSync('releases/digits/contract.yaml', 'utf8'), /files: \[ 1\/model\.savedmodel \]/);
  const [verdict, ...found] = await foundIn('releases/digits');
  deepStrictEqual(
    found.filter((one) => !one.startsWith('advice/')),
    [],
  );
  strictEqual(verdict === 'reject', false);
});

test('a shape that a SavedModel leaves open is asked for, and the others are not', async (t) => {
  standIn(t, { 'm/saved_model.pb': savedModel([1, tensor('pixels', [-1, 64])], [2, tensor('scores', 'unknown')]) });
  const { code, noted } = await runInit('m', { into: 'releases' });
  strictEqual(code, 2);
  match(noted, /conch init m --output scores:FP32:1000 --batch 8$/);
  strictEqual((await runInit('m', { into: 'releases', output: ['scores:FP32:10'], batch: '8' })).code, 0);
  match(
    readFileSync('releases/m/contract.yaml', 'utf8'),
    /pixels, datatype: FP32, shape: \[ 64 \][^]*scores, datatype: FP32, shape: \[ 10 \]/,
  );
});

test('TorchScript tells the names of its inputs where they stand unpacked', async (t) => {
  const code = 'class Net(Module):\n  def forward(self: __torch__.nets.Net,\n    pixels: Tensor) -> Tensor:\n    return pixels\n';
  const files = {
    'net/data.pkl': '\u0080\u0002c__torch__.nets\nNet\nq\u0000)\u0081}',
    'net/constants.pkl': '\u0080\u0002).',
    'net/code/__torch__/nets.py': code,
  };
  standIn(t, { 'net.pt': zip(files) });
  match((await runInit('net.pt')).noted, /conch init net\.pt --input pixels:FP32:3,224,224 --output output__0:FP32:1000 --batch 8/);
  const typed = { input: ['pixels:FP32:64'], output: ['output__0:FP32:10'], batch: '16' };
  strictEqual((await runInit('net.pt', typed)).code, 0);
  const [verdict, ...found] = await foundIn('net');
  deepStrictEqual(
    found.filter((one) => !one.startsWith('advice/')),
    [],
  );
  strictEqual(verdict === 'reject', false);
});
