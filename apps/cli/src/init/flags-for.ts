import type { Question, Said } from '#core/init/settle.ts';
import { writeTensor } from '#core/init/tensor-flag.ts';

/** A command that would do: what was said already, and an example for each thing that is missing. */
export function flagsFor(typed: string, said: Said, questions: readonly Question[]): string {
  const given = [
    ...said.inputs.map((spec) => `--input ${inShell(writeTensor(spec))}`),
    ...said.outputs.map((spec) => `--output ${inShell(writeTensor(spec))}`),
    ...(said.batch === 'unsaid' ? [] : [`--batch ${said.batch}`]),
    ...(said.gpu === 'unsaid' ? [] : [`--gpu ${inShell(said.gpu)}`]),
  ];
  return `say it, with your own types and sizes: conch init ${[inShell(typed), ...given, ...questions.map(exampleOf)].join(' ')}`;
}

function exampleOf(question: Question): string {
  switch (question.asks) {
    case 'tensor':
      return `--${question.kind} ${inShell(`${question.name}:FP32:${question.kind === 'input' ? '3,224,224' : '1000'}`)}`;
    case 'tensors':
      return question.kind === 'input' ? '--input input__0:FP32:3,224,224' : '--output output__0:FP32:1000';
    case 'batch':
      return '--batch 8';
    case 'gpu':
      return '--gpu L4';
  }
}

const inShell = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
