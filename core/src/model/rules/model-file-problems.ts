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

/** What the readers of model files found wrong with the file itself. */
export const modelFileProblems: Rule = {
  explains: onnxExplains,
  *judge({ served, folder }, pen) {
    for (const { file } of served) {
      for (const { code, says, fix, needs } of file.problems) {
        if (needs === undefined) yield pen.place({ file: `${folder}/${file.path}` }, code, says, fix);
      }
    }
  },
};
