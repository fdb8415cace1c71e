import { type Entry, isUnseen } from '../../base/asking.ts';
import type { Subject } from '../subject.ts';
import type { Rule } from './rule.ts';

/** The backend's library is beside the model, in the version's folder, or among the server's backends. */
export const backendLibrary: Rule = {
  explains: [
    {
      code: 'layout/backend-missing',
      severity: 'error',
      means:
        'The target has no backend of this name, and the model brings none. A custom one is libtriton_<backend>.so, or model.py among the backends.',
      triton: "unable to find backend library for backend '…', try specifying runtime on the model configuration.",
      example: 'backend: "onnxrutime"',
      fix: 'correct the name, or install the backend',
    },
    {
      code: 'layout/runtime-missing',
      severity: 'error',
      means: "The file that `runtime` names is neither beside the model nor in the backend's folder.",
      triton: "unable to find backend library '…' for model '…', searched: …",
      example: 'backend: "onnxruntime"\nruntime: "libtriton_other.so"',
      fix: 'leave runtime out: Triton finds the library by the name of the backend',
    },
    {
      code: 'layout/library-broken',
      severity: 'error',
      means: 'A library of the backend stands beside the model, where Triton looks first, and it is no library.',
      triton: 'unable to load shared library: …: file too short',
      example: 'an empty libtriton_onnxruntime.so in the model’s folder',
      fix: 'take it out, or put the library there',
    },
  ],
  *judge(subject, pen) {
    const { config, conditions, inferenceFailure } = subject;
    const { backend = '', runtime = '' } = config;
    const short =
      config.ensemble_scheduling || backend === ''
        ? undefined
        : besideTooShort(subject, runtime === '' ? `libtriton_${backend}.so` : runtime);
    if (short !== undefined) {
      yield pen.file(short, 'layout/library-broken', `unable to load shared library: ${subject.folder}/${short}: file too short`);
      return;
    }
    if (config.ensemble_scheduling || backend === '' || inferenceFailure !== 'none' || conditions.backends === 'judged') return;
    const { accepting } = conditions.backends;
    const isThere = accepting === 'any' || accepting.includes(backend);
    const library = `libtriton_${backend}.so`;
    if (runtime === '') {
      if (isThere || isBeside(subject, library)) return;
      const says = `unable to find backend library for backend '${backend}', try specifying runtime on the model configuration.`;
      yield pen.at(['backend'], 'layout/backend-missing', says);
    } else if (runtime === 'model.py') {
      const says = `unable to find Python backend based backend library 'model.py' for model '${config.name}'`;
      yield pen.at(['runtime'], 'layout/runtime-missing', says);
    } else if (!isBeside(subject, runtime) && !(isThere && runtime === library)) {
      const says = `unable to find backend library '${runtime}' for model '${config.name}'`;
      yield pen.at(['runtime'], 'layout/runtime-missing', says);
    }
  },
  *needs(subject) {
    const { config, conditions } = subject;
    const { backend = '', runtime = '' } = config;
    if (config.ensemble_scheduling || backend === '' || conditions.backends !== 'judged') return;
    const library = runtime === '' ? `libtriton_${backend}.so` : runtime;
    const usual = runtime === '' || runtime === `libtriton_${backend}.so`;
    if (isBeside(subject, library)) yield `running ${library}: what a custom backend refuses, it alone knows`;
    else if (!usual || !known.includes(backend))
      yield `the backend "${backend}" (${library}): nobody said whether the target has it, and what it refuses`;
  },
};

/** Backends whose checks we know, or that come with Triton's images. */
const known: readonly string[] = [
  'onnxruntime',
  'tensorrt',
  'pytorch',
  'python',
  'openvino',
  'tensorflow',
  'dali',
  'fil',
  'vllm',
  'identity',
  'repeat',
  'square',
];

export function isBeside({ entries, served }: Subject, file: string): boolean {
  const holds = (folder: readonly Entry[]): boolean =>
    folder.some(({ name, kind }) => name === file && kind !== 'folder' && kind !== 'broken');
  return holds(entries) || served.some((version) => version.entries !== 'absent' && !isUnseen(version.entries) && holds(version.entries));
}

/** The header of a library alone is longer than this. */
const elfBytesMin = 64;

/** The path of a library beside the model that is too short to be one; the version's folder comes first. */
function besideTooShort({ entries, served }: Subject, library: string): string | undefined {
  for (const version of served) {
    const inside = version.entries === 'absent' || isUnseen(version.entries) ? [] : version.entries;
    const found = inside.find(({ name, kind }) => name === library && kind === 'file');
    if (found) return found.size < elfBytesMin ? `${version.number}/${library}` : undefined;
  }
  const found = entries.find(({ name, kind }) => name === library && kind === 'file');
  return found && found.size < elfBytesMin ? library : undefined;
}
