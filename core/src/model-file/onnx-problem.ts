/**
 * What ONNX Runtime refuses of a model. With `needs`, it loads where that is given, and nothing here shows whether it is: the verdict is
 * open. Whether a kernel exists for an operator and its types, and whether shapes agree, only ONNX Runtime itself can say.
 */
export type OnnxProblem = {
  readonly code: `onnx/${string}`;
  readonly says: string;
  readonly fix?: string;
  readonly needs?: string;
};

/** Where the model lies, and the version of ONNX Runtime that will load it, if it is known: 1.23.2. */
export type OnnxPlace = { readonly file: string; readonly isLink?: boolean; readonly onnxRuntime?: string | undefined };
