/** The newest stamps that one minor version of ONNX Runtime loads; older ones down to opset 7 load too. */
export type OnnxRuntimeVersion = {
  /** Major and minor, such as 1.22: patches change none of the numbers. */
  readonly version: string;
  /** Of the domain ai.onnx, which a model writes as the empty string. */
  readonly opset: number;
  /** Of the domain ai.onnx.ml. */
  readonly mlOpset: number;
  readonly ir: number;
};

/**
 * What each ONNX Runtime accepts, oldest first.
 *
 * Up to 1.11 from the compatibility page of ONNX Runtime (microsoft/onnxruntime, docs/reference/compatibility.md, at
 * 109c0ba). From 1.12 on measured: a release of each from PyPI was asked to load models of one node, with every stamp
 * until it refused one. Where the two differ the measurement stands: the page says ai.onnx.ml 4 for 1.18 to 1.20, and
 * IR 8 for 1.15. The page has no rows from 1.21 on.
 */
export const onnxRuntimeVersions: readonly OnnxRuntimeVersion[] = [
  { version: '1.8', opset: 14, mlOpset: 2, ir: 7 },
  { version: '1.9', opset: 15, mlOpset: 2, ir: 8 },
  { version: '1.10', opset: 15, mlOpset: 2, ir: 8 },
  { version: '1.11', opset: 16, mlOpset: 2, ir: 8 },
  { version: '1.12', opset: 17, mlOpset: 3, ir: 8 },
  { version: '1.13', opset: 17, mlOpset: 3, ir: 8 },
  { version: '1.14', opset: 18, mlOpset: 3, ir: 8 },
  { version: '1.15', opset: 19, mlOpset: 3, ir: 9 },
  { version: '1.16', opset: 19, mlOpset: 3, ir: 9 },
  { version: '1.17', opset: 20, mlOpset: 4, ir: 9 },
  { version: '1.18', opset: 21, mlOpset: 5, ir: 10 },
  { version: '1.19', opset: 21, mlOpset: 5, ir: 10 },
  { version: '1.20', opset: 21, mlOpset: 5, ir: 10 },
  { version: '1.21', opset: 22, mlOpset: 5, ir: 10 },
  { version: '1.22', opset: 22, mlOpset: 5, ir: 10 },
  { version: '1.23', opset: 23, mlOpset: 5, ir: 11 },
  { version: '1.24', opset: 25, mlOpset: 5, ir: 13 },
  { version: '1.25', opset: 26, mlOpset: 5, ir: 13 },
  { version: '1.26', opset: 26, mlOpset: 5, ir: 13 },
  { version: '1.27', opset: 26, mlOpset: 5, ir: 13 },
  { version: '1.28', opset: 26, mlOpset: 5, ir: 13 },
  { version: '1.29', opset: 26, mlOpset: 5, ir: 13 },
  { version: '1.30', opset: 26, mlOpset: 5, ir: 13 },
  { version: '1.31', opset: 26, mlOpset: 5, ir: 13 },
  { version: '1.32', opset: 28, mlOpset: 5, ir: 14 },
];

/** The row of a version given in full, such as 1.22.0, or as major and minor. */
export function onnxRuntimeVersion(version: string): OnnxRuntimeVersion | undefined {
  const minor = version.split('.').slice(0, 2).join('.');
  return onnxRuntimeVersions.find((row) => row.version === minor);
}
