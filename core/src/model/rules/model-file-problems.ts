import type { Explanation, Rule } from './rule.ts';

const byRuntime = 'refereed by ONNX Runtime itself, in adapters/src/referee/onnx-problems.test.ts';

const onnxExplains: readonly Explanation[] = [
  {
    code: 'onnx/not-a-model',
    severity: 'error',
    means: 'The file is no ONNX model: its bytes are no protobuf of that shape.',
    example: 'a web page or an archive saved as model.onnx',
    fix: 'export the model again, or copy it again from where it loads',
    unrefereed: byRuntime,
  },
  {
    code: 'onnx/truncated',
    severity: 'error',
    means: 'The file ends before the model does.',
    example: 'a download that broke off',
    fix: 'copy the file again, and compare its size with the original',
    unrefereed: byRuntime,
  },
  {
    code: 'onnx/no-graph',
    severity: 'error',
    means: 'The file is a protobuf, and holds no graph: it is empty, or another kind of message.',
    example: 'an ONNX file without a graph',
    fix: 'export the model again',
    unrefereed: byRuntime,
  },
  {
    code: 'onnx/no-opset',
    severity: 'error',
    means: 'The model does not say which opset its operators are of, so they have no meaning.',
    example: 'opset_import is empty',
    fix: 'export the model again',
    unrefereed: byRuntime,
  },
  {
    code: 'onnx/no-ir-version',
    severity: 'error',
    means: 'The model does not say its IR version.',
    example: 'ir_version is missing',
    fix: 'export the model again',
    unrefereed: byRuntime,
  },
  {
    code: 'onnx/ir-version',
    severity: 'error',
    means: "The model file is of a newer format (IR version) than the target's ONNX Runtime reads.",
    example: 'a model with IR version 11, and ONNX Runtime 1.18',
    fix: 'save the model with an older IR version, or take a newer Triton',
    unrefereed: byRuntime,
  },
  {
    code: 'onnx/opset',
    severity: 'error',
    means: "The model imports a newer opset than the target's ONNX Runtime has.",
    example: 'opset 22, and ONNX Runtime 1.18',
    fix: 'export the model with an older opset, or take a newer Triton',
    unrefereed: byRuntime,
  },
  {
    code: 'onnx/opset-missing',
    severity: 'error',
    means: 'The model uses operators of a domain that it does not import.',
    example: 'an operator of ai.onnx.ml, and no import of ai.onnx.ml',
    fix: 'export the model again, or add the import',
    unrefereed: byRuntime,
  },
  {
    code: 'onnx/operator-unknown',
    severity: 'error',
    means: 'The model uses an operator that its opset does not have.',
    example: 'an operator Gelu in opset 17, which has none',
    fix: 'export the model with an opset that has it, or correct its domain',
    unrefereed: byRuntime,
  },
  {
    code: 'onnx/operator-deprecated',
    severity: 'error',
    means: 'The model uses an operator that its opset took out.',
    example: 'an operator Upsample in opset 10',
    fix: 'export the model again with a current exporter',
    unrefereed: byRuntime,
  },
  {
    code: 'onnx/custom-operator',
    severity: 'error',
    means: 'The model uses an operator of a domain that ONNX Runtime does not have: it needs a library of its own.',
    example: 'an operator of the domain com.example',
    fix: 'name the library in model_operations { op_library_filename }',
    unrefereed: byRuntime,
  },
  {
    code: 'onnx/external-missing',
    severity: 'error',
    means: "A tensor's bytes lie in another file, and it is not beside the model.",
    example: 'a model.onnx copied without its model.onnx.data',
    fix: 'copy that file beside the model',
    unrefereed: byRuntime,
  },
  {
    code: 'onnx/external-escape',
    severity: 'error',
    means: "A tensor's bytes lie outside the model's folder; ONNX Runtime refuses to read there.",
    example: 'location: ../weights.bin',
    fix: 'save the external data beside the model',
    unrefereed: byRuntime,
  },
  {
    code: 'onnx/external-malformed',
    severity: 'error',
    means: 'Offset or length of a tensor in another file is no number.',
    example: 'offset: "x"',
    fix: 'export the model again',
    unrefereed: byRuntime,
  },
  {
    code: 'onnx/external-length',
    severity: 'error',
    means: 'The length of a tensor in another file is not what its shape and type need.',
    example: 'length: 4 for a tensor of 16 bytes',
    fix: 'export the model again, with its external data',
    unrefereed: byRuntime,
  },
  {
    code: 'onnx/external-range',
    severity: 'error',
    means: 'A tensor lies behind the end of the file that should hold it: that file was cut short, or belongs to another model.',
    example: 'a model.onnx.data of an older export',
    fix: 'copy model and data of the same export',
    unrefereed: byRuntime,
  },
  {
    code: 'onnx/too-large',
    severity: 'error',
    means: 'Protobuf reads no file of 2 GiB or more.',
    example: 'a model.onnx of 3 GB',
    fix: 'save the weights as external data beside the model',
    unrefereed: byRuntime,
  },
];

const unasked = 'the wheel that we ask has no such backend';

const otherExplains: readonly Explanation[] = [
  {
    code: 'layout/model-file-stand-in',
    severity: 'error',
    means: 'A Git LFS pointer, or an error page, stands where the model should.',
    example: 'a model.onnx that begins with "version https://git-lfs.github.com/spec/v1"',
    fix: 'fetch the file itself (for Git LFS: git lfs pull)',
    unrefereed: unasked,
  },
  {
    code: 'tensorrt/not-a-plan',
    severity: 'error',
    means: 'The file is no TensorRT engine.',
    example: 'an ONNX model saved as model.plan',
    fix: 'build the engine again, on the GPU and with the TensorRT of the target',
    unrefereed: unasked,
  },
  {
    code: 'torch/not-a-model',
    severity: 'error',
    means: 'The file is nothing that PyTorch wrote.',
    example: 'a model.pt that is no zip',
    fix: 'save it again with torch.jit.save',
    unrefereed: unasked,
  },
  {
    code: 'torch/wrong-kind',
    severity: 'error',
    means: 'The file is a PyTorch file of another kind than the platform loads.',
    example: 'a state_dict of torch.save as model.pt',
    fix: 'save it with torch.jit.save, or write the platform that it is for',
    unrefereed: unasked,
  },
  {
    code: 'torch/input-count',
    severity: 'error',
    means: 'The PyTorch backend gives forward() one tensor for each configured input.',
    triton: 'Number of inputs (…) specified in the configuration does not match the number of inputs (…) expected by the model',
    example: 'def forward(self, x, y)  # and one input',
    fix: 'configure as many inputs as forward() takes, in its order',
    unrefereed: unasked,
  },
  {
    code: 'openvino/not-a-model',
    severity: 'error',
    means: 'The file is no OpenVINO model.',
    example: 'a web page saved as model.xml',
    fix: 'convert the model again',
    unrefereed: unasked,
  },
  {
    code: 'python/syntax',
    severity: 'error',
    means: 'Python cannot read model.py, so the model does not load.',
    example: 'an open bracket that is never closed',
    fix: 'mend it',
    unrefereed: 'Python says it, not Triton',
  },
  {
    code: 'python/no-class',
    severity: 'error',
    means: 'The Python backend runs a class TritonPythonModel, and the file has none.',
    example: 'class MyModel: …',
    fix: 'define class TritonPythonModel with initialize, execute and finalize',
    unrefereed: 'the Python backend says it, when it runs the file',
  },
  {
    code: 'python/no-execute',
    severity: 'warning',
    means: 'The class has no method execute: it loads, and every request fails.',
    example: 'class TritonPythonModel:\n    def initialize(self, args): ...',
    fix: 'define execute(self, requests)',
    unrefereed: 'the Python backend says it, when it runs the file',
  },
];

/** What the readers of model files found wrong with the file itself. */
export const modelFileProblems: Rule = {
  explains: [...onnxExplains, ...otherExplains],
  *judge({ served, folder }, pen) {
    for (const { file } of served) {
      for (const { code, says, fix, line } of file.problems) {
        yield pen.place({ file: `${folder}/${file.path}`, ...(line ? { line } : {}) }, code, says, fix);
      }
    }
  },
};
