import { deepStrictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { modelNameOf } from './source.ts';

const names: readonly (readonly [path: string, name: string])[] = [
  ['/work/resnet50.onnx', 'resnet50'],
  ['/work/model.onnx', 'model'],
  ['/work/resnet50/1/model.onnx', 'resnet50'],
  ['/1/model.onnx', 'model'],
  ['/work/bert.v2/3/model.savedmodel', 'bert.v2'],
  ['/work/engine.plan', 'engine'],
  ['/work/My model (v2).pt', 'My_model__v2_'],
  ['/work/..hidden.onnx', 'hidden'],
  ['/work/.onnx', 'model'],
  [`/work/${'a'.repeat(200)}.onnx`, 'a'.repeat(128)],
];

for (const [path, name] of names) {
  test(`a model at ${path.length > 60 ? 'a very long path' : path} is called ${name.length > 60 ? 'by 128 letters of it' : name}`, () => {
    deepStrictEqual(modelNameOf(path), name);
  });
}
