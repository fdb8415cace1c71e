import type { Explanation } from '../model/rules/rule.ts';

/** Why the server was not asked: it never sees these files. */
export const notTritons = 'a file of ours, which Triton does not read';

/** What one kind of file may be found wrong with while it is read; each with an example of that kind. */
type Kind = {
  readonly topic: string;
  readonly file: string;
  /** 'taken' where other tools may add fields of their own. */
  readonly unknown: string | 'taken';
  readonly missing: string;
  readonly invalid: { readonly example: string; readonly fix: string };
};

const kinds: readonly Kind[] = [
  {
    topic: 'contract',
    file: 'contract.yaml',
    unknown: 'artefact: { format: onnx, files: [1/model.onnx] }',
    missing: 'a contract without owner:',
    invalid: {
      example: 'runtime: { triton: 24.10, backend: onnxruntime, … }  # a number, and not a text',
      fix: 'write the value as the finding says; conch init writes a contract to start from',
    },
  },
  {
    topic: 'golden',
    file: 'golden.json',
    unknown: '{ "golden": "conch/v1", "modle": "digits", … }',
    missing: 'a case without "expect"',
    invalid: {
      example: '"pixels": { "datatype": "FP32", "shape": [1, 64], "data": [0, 0, 1] }',
      fix: 'write the set again with the training framework: shape, data and outputs must fit each other',
    },
  },
  {
    topic: 'route',
    file: 'route.json',
    unknown: '{ "route": "conch/v1", "model": "digits", "weights": [90, 10], … }',
    missing: 'a route without "timeoutMs"',
    invalid: { example: '"retries": 20', fix: 'write the value as the finding says; weights are state, and never stand in a route' },
  },
  {
    topic: 'environment',
    file: "an environment's file",
    unknown: 'gpus: { class: L4 }',
    missing: 'an environment without lease:',
    invalid: { example: 'look: 250ms\nlease: 300ms  # shorter than two looks', fix: 'write the value as the finding says' },
  },
  {
    topic: 'release',
    file: 'release.json',
    unknown: 'a release.json of a newer Conch',
    missing: 'a release.json without "contract"',
    invalid: { example: '"golden": "latest"', fix: 'pack the release again: nobody writes its release.json by hand' },
  },
  {
    topic: 'oci',
    file: "a manifest or index of the store's",
    unknown: 'taken',
    missing: 'a manifest without "layers"',
    invalid: { example: '"digest": "latest"', fix: 'pack the release again: nobody writes the files of the store by hand' },
  },
];

const findingsOf = ({ topic, file, unknown, missing, invalid }: Kind): Explanation[] =>
  [
    {
      code: 'empty',
      means: `${capital(file)} is there and says nothing: it is empty, or holds comments alone.`,
      example: `${file}, empty`,
      fix: 'write it, or copy it again: an upload may have gone wrong',
    },
    {
      code: 'unknown-field',
      means: `${capital(file)} has a field that nobody reads. It is refused, since who wrote it expects something of it.`,
      example: unknown,
      fix: 'correct the name, or take it out',
    },
    {
      code: 'missing-field',
      means: `${capital(file)} lacks a field. None has a default: what is meant is written.`,
      example: missing,
      fix: 'add the field',
    },
    { code: 'invalid-value', means: `A value in ${file} is of the wrong kind, out of its range, or contradicts another one.`, ...invalid },
  ]
    .filter(({ example }) => example !== 'taken')
    .map((one): Explanation => ({ ...one, code: `${topic}/${one.code}`, severity: 'error', unrefereed: notTritons }));

const capital = (file: string): string => (/^an? /.test(file) ? `A${file.slice(1)}` : file);

/** Everything that reading our own files may say, whatever they say. */
export const fileExplanations: readonly Explanation[] = [
  {
    code: 'yaml/syntax',
    severity: 'error',
    means: 'The file is no YAML, so nothing of it was read.',
    example: 'model: digits\n  io: { inputs: [',
    fix: 'correct the line: mostly it is indentation, a tab, or a bracket that is never closed',
    unrefereed: notTritons,
  },
  {
    code: 'json/syntax',
    severity: 'error',
    means: 'The file is no JSON, so nothing of it was read.',
    example: '{ "route": "conch/v1", }',
    fix: 'correct the line: JSON has no comments, no single quotes, and no comma after the last item',
    unrefereed: notTritons,
  },
  ...kinds.flatMap(findingsOf),
];
