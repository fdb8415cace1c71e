import { comparable } from './repository-control.ts';

/** Our backend for the real server is a script: what a script throws has no code of its own, and the lines that threw it. */
export const unscripted = (words: string): string =>
  words
    .replaceAll('Internal: TritonModelException: onnx runtime', 'Internal: onnx runtime')
    .replaceAll('Internal: TritonModelException: unable to find', 'Unavailable: unable to find')
    .replaceAll('Internal: TritonModelException: configuration specified', 'Internal: configuration specified')
    .replaceAll('Internal: TritonModelException: ', 'Invalid argument: ')
    .replaceAll(/\n\nAt:(\n {2}[^\n]*)+\n/g, '');

/** An answer that is to be compared, without what tells a script from compiled code. */
export function scripted(told: unknown): unknown {
  return JSON.parse(JSON.stringify(comparable(told), (_, value: unknown) => (typeof value === 'string' ? unscripted(value) : value)));
}
