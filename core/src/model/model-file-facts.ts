import type { OnnxFacts } from '../model-file/onnx.ts';
import type { PythonFacts } from '../model-file/python-model.ts';
import type { OnnxProblem } from '../model-file/onnx-problem.ts';

/** What is known of the file that a backend opens in a version's folder. */
export type ModelFileFacts = {
  /** Its path below the model's folder, or `none` where the backend opens no file that we know of. */
  readonly path: string | 'none';
  readonly is: 'file' | 'folder' | 'absent' | 'unseen';
  readonly size: number;
  /** What was found wrong with the file itself. */
  readonly problems: readonly FileProblem[];
  /** What would have to be seen or run to say more of it. */
  readonly needs?: readonly string[];
  readonly onnx?: OnnxFacts;
  readonly python?: PythonFacts;
  readonly tensorRt?: PlanFacts;
};

/** What the header of a TensorRT plan says. */
export type PlanFacts = { readonly version?: string; readonly computeCapability?: string };

export type FileProblem = Omit<OnnxProblem, 'code'> & { readonly code: `${string}/${string}`; readonly line?: number };
