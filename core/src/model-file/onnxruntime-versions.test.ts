import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { onnxRuntimeVersion, onnxRuntimeVersions } from './onnxruntime-versions.ts';

test('a newer ONNX Runtime accepts all that an older one accepts', () => {
  onnxRuntimeVersions.slice(1).forEach((newer, index) => {
    const older = onnxRuntimeVersions[index];
    if (older === undefined) return;
    strictEqual(newer.opset >= older.opset && newer.mlOpset >= older.mlOpset && newer.ir >= older.ir, true, newer.version);
  });
});

test('the versions stand in order, one row for each minor version', () => {
  const minors = onnxRuntimeVersions.map(({ version }) => Number(version.split('.')[1]));
  deepStrictEqual(
    minors,
    minors.map((_, index) => (minors[0] ?? 0) + index),
  );
});

test('a version is found with its patch and without', () => {
  strictEqual(onnxRuntimeVersion('1.22.1')?.opset, 22);
  strictEqual(onnxRuntimeVersion('1.22')?.opset, 22);
  strictEqual(onnxRuntimeVersion('9.1'), undefined);
});
