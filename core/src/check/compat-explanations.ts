import type { Explanation } from '../model/rules/rule.ts';

const byTables = "NVIDIA's release notes and support matrices say it; there is no machine of each kind to ask";

/** Everything that a target may have against a model, and what may be wrong with the words that name it. */
export const compatExplanations: readonly Explanation[] = [
  {
    code: 'compat/target',
    severity: 'error',
    means: '--target says something that is not understood, so nothing was checked.',
    example: '--target triton=24.13,gpu=L5',
    fix: 'write it as triton=24.10,gpu=L4,driver=550.54: each part may be left out',
    unrefereed: 'it is about a flag of ours',
  },
  {
    code: 'compat/server-args',
    severity: 'error',
    means: '--server-args has a flag that tritonserver does not have, or a value that it does not take: the server would end at once.',
    triton: 'invalid value for bool option: …',
    example: "--server-args '--strict-model-config=yes'",
    fix: 'write the flags as the server is started with; tritonserver --help lists them',
  },
  {
    code: 'compat/unknown-version',
    severity: 'warning',
    means: 'We know nothing of this release of Triton, and judge by the releases next to it. It may be newer than this Conch.',
    example: '--target triton=99.01',
    fix: 'take a release that is known, or a newer Conch',
    unrefereed: byTables,
  },
  {
    code: 'compat/backend-not-shipped',
    severity: 'error',
    means: "Triton's image for the target comes without the model's backend, so the model does not load there.",
    triton: "unable to find backend library for backend '…', try specifying runtime on the model configuration.",
    example: 'backend: "tensorflow"  # for --target triton=25.08',
    fix: 'take an image that has it, or export the model to another format',
    unrefereed: byTables,
  },
  {
    code: 'compat/no-gpu',
    severity: 'error',
    means: 'The model can only run on a GPU, and the target has none.',
    example: 'instance_group { kind: KIND_GPU }  # for --target gpu=cpu',
    fix: 'name the GPU in the target, or write KIND_CPU or KIND_AUTO',
    unrefereed: byTables,
  },
  {
    code: 'compat/compute-capability',
    severity: 'error',
    means:
      "The GPU is older than this Triton's build sees, or newer than it was built for, or not the one that a TensorRT plan was made for. Where a CPU does as well it is a warning.",
    example: 'a plan built on an A100, for --target gpu=L4',
    fix: 'take a GPU or a Triton that fit each other, or build the plan on the GPU that it runs on',
    unrefereed: byTables,
  },
  {
    code: 'compat/driver',
    severity: 'error',
    means:
      "The machine's NVIDIA driver is older than the CUDA in Triton's image asks for. Where most of it runs all the same it is a warning.",
    example: '--target triton=25.08,gpu=L4,driver=535.54',
    fix: 'install a newer driver, or take an older Triton',
    unrefereed: byTables,
  },
  {
    code: 'compat/opset',
    severity: 'error',
    means: "The model was exported with a newer ONNX opset than the target's ONNX Runtime loads.",
    example: 'a model with opset 22, for --target triton=24.05',
    fix: 'export the model with an older opset, or take a newer Triton',
    unrefereed: 'refereed by ONNX Runtime itself, where it is at hand; else by its table of versions',
  },
  {
    code: 'compat/ir-version',
    severity: 'error',
    means: "The model file is of a newer format (IR version) than the target's ONNX Runtime loads.",
    example: 'a model with IR version 11, for --target triton=24.05',
    fix: 'save the model with an older IR version, or take a newer Triton',
    unrefereed: 'refereed by ONNX Runtime itself, where it is at hand; else by its table of versions',
  },
  {
    code: 'compat/tensorrt-version',
    severity: 'error',
    means: 'A TensorRT plan is loaded only by the version that built it, and this one was built by another than the target has.',
    example: 'a plan built by TensorRT 8.6, for --target triton=25.08',
    fix: "build the plan again in the container of the target's release",
    unrefereed: byTables,
  },
];
