import type { Rule } from './rule.ts';

/** Backends that make a configuration of a model that they read. */
const completes: readonly string[] = ['onnxruntime', 'tensorrt', 'openvino', 'python', 'tensorflow', 'dali', 'vllm'];

/** What a backend fills in with auto-complete on, and where it gives up. */
export const completion: Rule = {
  explains: [
    {
      code: 'onnx/autofill-batching',
      severity: 'error',
      means:
        'Inputs or outputs are left to auto-complete, max_batch_size is above 0, and the model has a tensor whose first dimension is fixed.',
      triton: "autofill failed for model '…': model does not support batching while non-zero max_batch_size is specified",
      example: 'max_batch_size: 8  # no inputs and outputs, and a model of the shape [ 1, 4 ]',
      fix: 'write max_batch_size: 0, or export the model with a dynamic batch dimension',
      unrefereed: 'the compiled ONNX Runtime backend says it',
    },
    {
      code: 'layout/config-not-completed',
      severity: 'error',
      means:
        'There is no config.pbtxt, and the backend does not make one: auto-complete works for ONNX Runtime, TensorRT, OpenVINO and Python models alone.',
      triton: "model configuration is not provided for model '…'",
      example: 'models/digits/1/model.pt, and no models/digits/config.pbtxt',
      fix: 'write config.pbtxt',
    },
  ],
  *judge({ completionFailure, text, config, conditions, inferenceFailure }, pen) {
    if (
      text === 'absent' &&
      inferenceFailure === 'none' &&
      !(conditions.backends === 'judged' && completes.includes(config.backend ?? ''))
    ) {
      yield pen.at([], 'layout/config-not-completed', `model configuration is not provided for model '${config.name}'`);
    }
    if (completionFailure === 'none') return;
    yield pen.at(['max_batch_size'], 'onnx/autofill-batching', completionFailure);
  },
  *needs({ completed, completionFailure, config, served }) {
    if (completed !== 'unknown' || completionFailure !== 'none') return;
    if (config.backend === 'onnxruntime' && served[0]?.file.problems.length !== 0) return;
    yield `the inputs and outputs, which config.pbtxt leaves to the backend ${config.backend}`;
  },
};
