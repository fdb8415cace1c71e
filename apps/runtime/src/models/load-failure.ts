/** Why a model did not load, as the index and the log print it: `Internal: onnx runtime error 7: ...`. */
export class LoadFailure extends Error {
  constructor(code: 'Internal' | 'Invalid argument' | 'Unsupported' | 'Unavailable', says: string) {
    super(`${code}: ${says}`);
    this.name = 'LoadFailure';
  }
}

/** ONNX Runtime's words as Triton's backend prints them. Its Node binding drops the number, which the words still tell. */
export function onnxFailure(words: string): LoadFailure {
  const number = numbers.find(([pattern]) => pattern.test(words))?.[1] ?? 1;
  return new LoadFailure('Internal', `onnx runtime error ${number}: ${words}`);
}

const numbers: readonly (readonly [RegExp, number])[] = [
  [/Protobuf parsing failed|protobuf parsing failed/, 7],
  [/File doesn't exist/, 3],
  [/Could not find an implementation/, 9],
  [/This is an invalid model|is not a registered function\/op|Type Error:|INVALID_GRAPH/, 10],
  [/Invalid rank for input|Got invalid dimensions for input|Unexpected input data type|Invalid Feed Input Name/, 2],
];
