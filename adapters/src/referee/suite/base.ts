import type { Case } from '../triton-referee.ts';

/** One way to make a case of a base: what is written in the place of its parts, behind them, and beside config.pbtxt. */
export type Piece = {
  readonly append?: string | ((mbs: number) => string);
  readonly mbs?: number | 'none';
  readonly backend?: string;
  readonly input?: string;
  readonly output?: string;
  /** The whole text. */
  readonly raw?: (base: string) => string;
  readonly files?: Readonly<Record<string, string>>;
  /** Files of the base that are left out. */
  readonly without?: readonly string[];
};

/** Cases that one rule refuses, and cases that come near and are taken. */
export type Entry = { readonly code: string; readonly bad: readonly Piece[]; readonly good: readonly Piece[] };

/** At least this many of each kind, for every rule. */
export const casesEach = 20;

/** Every piece on one base after the other until there are enough. Seeds are the numbers of the bases, and always the same. */
export function casesOf({ code, bad, good }: Entry): { bad: Case[]; good: Case[] } {
  const make = (pieces: readonly Piece[], kind: string): Case[] => {
    const count = Math.max(casesEach, pieces.length);
    return Array.from({ length: count }, (_, index) => caseOf(`${code}-${kind}-${index}`, pieces[index % pieces.length] ?? {}, index));
  };
  return { bad: make(bad, 'bad'), good: make(good, 'good') };
}

const backends = ['accept', 'identity', 'onnxruntime', 'python', 'openvino', 'dali', 'fil', 'vllm', 'pytorch', 'tensorrt'] as const;
const batches = [1, 2, 4, 8, 16, 3, 64] as const;

/** Harmless statements that differ from base to base, so that a rule is met in many surroundings. */
const extras = [
  '',
  '# a comment',
  'version_policy { all { } }',
  'version_policy: { latest: { num_versions: 2 } }',
  'optimization { graph { level: 1 } }',
  'parameters { key: "a" value { string_value: "b" } }',
  'metric_tags { key: "team" value: "vision" }',
  'cc_model_filenames { key: "7.5" value: "model.plan" };',
  'optimization < input_pinned_memory < enable: false > >',
  'model_operations { op_library_filename: [ "ops.so" ] }',
  'default_model_filename: "model.bin",',
] as const;

const types = ['TYPE_FP32', 'TYPE_FP16', 'TYPE_INT64', 'TYPE_UINT8', 'TYPE_BOOL', 'TYPE_STRING', 'TYPE_BF16'] as const;

function caseOf(id: string, piece: Piece, index: number): Case {
  const pick = <T>(list: readonly T[]): T => list[index % list.length] as T;
  const mbs = piece.mbs === undefined ? pick(batches) : piece.mbs;
  const type = pick(types);
  const backend = piece.backend ?? `backend: "${pick(backends)}"`;
  const text = [
    index % 2 === 0 ? 'name: "m"' : '',
    backend,
    mbs === 'none' ? '' : `max_batch_size: ${mbs}`,
    piece.input ?? `input [ { name: "x" data_type: ${type} dims: [ ${1 + (index % 5)} ] } ]`,
    piece.output ?? `output { name: "y" data_type: ${type} dims: ${2 + (index % 3)} }`,
    pick(extras),
    typeof piece.append === 'function' ? piece.append(mbs === 'none' ? 0 : mbs) : (piece.append ?? ''),
  ]
    .filter((line) => line !== '')
    .join('\n');
  const files: Record<string, string> = { 'm/1/model.x': 'x', 'm/config.pbtxt': piece.raw ? piece.raw(text) : text, ...piece.files };
  for (const path of piece.without ?? []) delete files[path];
  return { id, model: 'm', files };
}
