import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { releaseFolder } from '../demo/play.ts';

/** The Python model of the tiny repository: it gives back what it gets. */
export const pythonModel = 'conch_doctor';
export const onnxModel = 'digits';

export type TinyRepository = { readonly folder: string; readonly models: readonly string[]; remove(): void };

/** A model repository with an ONNX model, a Python model, or both: enough to see whether a runtime runs them. */
export function tinyRepository(has: { readonly onnx: boolean; readonly python: boolean }): TinyRepository {
  const folder = mkdtempSync(join(tmpdir(), 'conch-doctor-'));
  if (has.onnx) cpSync(join(releaseFolder('a'), 'repository', onnxModel), join(folder, onnxModel), { recursive: true });
  if (has.python) {
    mkdirSync(join(folder, pythonModel, '1'), { recursive: true });
    writeFileSync(join(folder, pythonModel, 'config.pbtxt'), configText);
    writeFileSync(join(folder, pythonModel, '1', 'model.py'), modelText);
  }
  const models = [...(has.onnx ? [onnxModel] : []), ...(has.python ? [pythonModel] : [])];
  return { folder, models, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

const configText = `name: "${pythonModel}"
backend: "python"
input [{ name: "x", data_type: TYPE_FP32, dims: [ 2 ] }]
output [{ name: "y", data_type: TYPE_FP32, dims: [ 2 ] }]
instance_group [{ kind: KIND_CPU }]
`;

const modelText = `import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    def execute(self, requests):
        return [pb_utils.InferenceResponse([pb_utils.Tensor("y", pb_utils.get_input_tensor_by_name(request, "x").as_numpy())]) for request in requests]
`;
