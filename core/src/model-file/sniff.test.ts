import { deepStrictEqual, strictEqual } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { readMadeUp } from './made-up-file.ts';
import { model } from './made-up-onnx.ts';
import { message } from './made-up-protobuf.ts';
import { zip } from './made-up-zip.ts';
import { sniffModel } from './sniff.ts';

const sniff = (name: string, held: string | Uint8Array) => {
  const bytes = typeof held === 'string' ? Uint8Array.from(held, (one) => one.charCodeAt(0)) : held;
  return readMadeUp(sniffModel(name, bytes.length), bytes).read;
};

for (const [name, held, kind] of [
  ['anything', model(), 'onnx'],
  ['anything', readFileSync(join(import.meta.dirname, '../../../examples/digits/releases/a/repository/digits/1/model.onnx')), 'onnx'],
  ['m.onnx', message([7, message([2, 'g'])], [1, 8]), 'onnx'],
  ['saved_model.pb', message([1, 1], [2, message()]), 'savedmodel'],
  ['anything', 'ftrt\u0000\u0000\u0000\u0000', 'tensorrt plan'],
  ['a/model.pt', zip({ 'a/data.pkl': '', 'a/constants.pkl': '', 'a/code/__torch__.py': '' }), 'torchscript'],
  ['model.pt', zip({ 'a/data.pkl': '' }), 'torch.save'],
  ['model.pt2', zip({ 'a/data/aotinductor/model/m.so': '' }), 'aoti'],
  ['model.pt2', zip({ 'a/archive_format': 'pt2' }), 'exported program'],
  ['x.zip', zip({ a: 'b' }), 'zip'],
  ['x.zip', 'PK and no zip', 'zip'],
  ['model.xml', '<?xml version="1.0"?>\n<net name="m" version="11">', 'openvino ir'],
  ['renamed', '<net name="m" version="11">', 'openvino ir'],
  ['model.py', 'import os\n', 'python'],
  ['model.h5', '\u0089HDF\r\n\u001a\n', 'keras'],
  ['model.tflite', '\u001c\u0000\u0000\u0000TFL3', 'tflite'],
  ['model.safetensors', '\u0040\u0000\u0000\u0000\u0000\u0000\u0000\u0000{"a":1}', 'safetensors'],
  ['model.gguf', 'GGUF\u0003\u0000', 'gguf'],
  ['model.pkl', '\u0080\u0004\u0095', 'pickle'],
  ['model.onnx', '<html>', 'stand-in'],
  ['model.onnx', '', 'stand-in'],
  ['notes', 'hello\n', 'unknown'],
] as const) {
  test(`${name} that begins ${JSON.stringify(typeof held === 'string' ? held.slice(0, 8) : [...held.subarray(0, 4)])} is ${kind}`, () => {
    strictEqual(sniff(name, held), kind);
  });
}

test('a file that cannot be read is of no kind', () => {
  const asking = sniffModel('m', 5);
  asking.next();
  deepStrictEqual(asking.next({ unseen: 'gone' }).value, { problem: 'its bytes could not be read: gone', why: 'unseen' });
});

test('any bytes are of some kind', () => {
  fc.assert(fc.property(fc.string({ maxLength: 12 }), fc.uint8Array({ maxLength: 100 }), (name, bytes) => void sniff(name, bytes)));
});
