import type { Finding } from '../../base/finding.ts';
import type { Subject } from '../subject.ts';
import type { Pen, Rule } from './rule.ts';

/** The file that the backend opens is there, in every version that is served, and is what it should be. */
export const modelFile: Rule = {
  explains: [
    {
      code: 'layout/model-file-missing',
      severity: 'error',
      means: 'The backend opens a file that is not in the version’s folder.',
      triton: "unable to find '…' for model '…'",
      example: 'backend: "onnxruntime"  # and 1/ holds no model.onnx',
      fix: 'put the file there, or name it in default_model_filename',
      unrefereed: 'the compiled backends say it',
    },
    {
      code: 'layout/model-file-empty',
      severity: 'error',
      means: 'The model file has no bytes: an upload, or a Git LFS checkout, went wrong.',
      example: 'a model.onnx of 0 bytes',
      fix: 'copy the file again',
      unrefereed: 'the compiled backends say it',
    },
    {
      code: 'layout/model-file-folder',
      severity: 'error',
      means: 'A folder stands where the backend opens a file.',
      example: '1/model.plan/',
      fix: 'put the file itself there',
      unrefereed: 'the compiled backends say it',
    },
    {
      code: 'layout/model-file-outside',
      severity: 'warning',
      means: 'The path of the model file leads out of its version’s folder: Triton does not check it, and what stands there may change.',
      example: 'default_model_filename: "../shared/model.onnx"',
      fix: 'put the file into the version’s folder',
    },
  ],
  *judge(subject, pen) {
    const { config, conditions } = subject;
    if (conditions.backends !== 'judged') return;
    const { default_model_filename: name = '' } = config;
    if (name.startsWith('/') || name.split('/').includes('..')) {
      yield pen.at(['default_model_filename'], 'layout/model-file-outside', `'${name}' leads out of the version's folder`);
      return;
    }
    for (const version of subject.served) yield* judgeFile(subject, version.file, pen);
  },
  *needs({ served }) {
    for (const { file } of served) {
      if (file.is === 'unseen') yield `reading ${file.path}`;
      yield* file.needs ?? [];
    }
  },
};

function* judgeFile({ config }: Subject, file: Subject['served'][number]['file'], pen: Pen): Iterable<Finding> {
  if (file.path === 'none') return;
  if (file.is === 'absent') {
    const says = `unable to find '${file.path}' for model '${config.name}'`;
    yield pen.file(
      file.path,
      'layout/model-file-missing',
      says,
      `put ${file.path.split('/').at(-1)} there, or name the file that is meant in default_model_filename`,
    );
  } else if (file.is === 'folder' && config.backend !== 'tensorflow') {
    yield pen.file(file.path, 'layout/model-file-folder', `a folder stands where the backend ${config.backend} opens a file`);
  } else if (file.is === 'file' && file.size === 0) {
    yield pen.file(file.path, 'layout/model-file-empty', 'the file is empty');
  }
}
