import type { OnnxFacts } from '../model-file/onnx.ts';

/** What is known of the file that a backend opens in a version's folder. */
export type ModelFileFacts = {
  /** Its path below the model's folder, or `none` where the backend opens no file that we know of. */
  readonly path: string | 'none';
  readonly is: 'file' | 'folder' | 'absent' | 'unseen';
  readonly size: number;
  readonly onnx?: OnnxFacts | { readonly problem: string };
};
