import type { Finding } from '#core/base/finding.ts';
import type { TensorSpec } from '#core/contract/contract.ts';
import { type Question, type Said, type Settled, settle } from '#core/init/settle.ts';
import { readKind, readTensor, tensorForm } from '#core/init/tensor-flag.ts';
import { isRefused, type Told } from '#core/init/told.ts';
import { show } from '../findings.ts';
import type { Terminal } from '../terminal.ts';
import { flagsFor } from './flags-for.ts';

/** A model by what was typed for it, what it told, and what somebody said beside it. */
export type Asked = { readonly typed: string; readonly told: Told; readonly said: Said };

/** Asks a person for what the model does not tell; where nobody sits, says which flags would. */
export async function settleWith({ typed, told, said }: Asked, terminal: Terminal): Promise<Settled | 'refused'> {
  const first = settle(told, said);
  if ('questions' in first && terminal.ask !== 'nobody') {
    terminal.note(`${typed} is ${told.says}, which does not tell all that a contract says. Ctrl-C ends this, and nothing is written.`);
    return await askAll({ typed, told, said }, terminal.ask, terminal);
  }
  if ('questions' in first)
    return refused(
      { file: typed, says: `${told.says} does not tell ${wanted(first.questions)}`, fix: flagsFor(typed, said, first.questions) },
      terminal,
    );
  return isRefused(first) ? refused({ file: typed, ...first }, terminal) : first;
}

type Ask = (question: string) => Promise<string>;

/** One question at a time: an answer may make the next one needless. */
async function askAll(asked: Asked, ask: Ask, terminal: Terminal): Promise<Settled | 'refused'> {
  let { said } = asked;
  for (;;) {
    const settled = settle(asked.told, said);
    if (isRefused(settled)) return refused({ file: asked.typed, ...settled }, terminal);
    if (!('questions' in settled)) return settled;
    const [question] = settled.questions;
    if (question === undefined) return 'refused';
    const answer = read(question, await ask(wordsOf(question)), said);
    if ('wrong' in answer) terminal.note(`  ${answer.wrong}`);
    else said = answer;
  }
}

function wordsOf(question: Question): string {
  switch (question.asks) {
    case 'tensor':
      return `The ${question.kind} "${question.name}", as DATATYPE:DIMS without the batch dimension, such as FP32:3,224,224 or BYTES:1: `;
    case 'tensors':
      return `All ${question.kind}s, with spaces between, each as ${tensorForm}: `;
    case 'batch':
      return 'The largest batch, such as 8; 0 for a model without a batch dimension: ';
    case 'gpu':
      return 'The class of GPU that it runs on, such as L4: ';
  }
}

function read(question: Question, typed: string, said: Said): Said | { readonly wrong: string } {
  const answer = typed.trim();
  switch (question.asks) {
    case 'tensor': {
      const kind = readKind(answer);
      return 'wrong' in kind ? kind : withTensors(said, question.kind, [{ name: question.name, ...kind }]);
    }
    case 'tensors': {
      const specs = answer.split(/\s+/).filter(Boolean).map(readTensor);
      const wrong = specs.find((spec) => 'wrong' in spec);
      if (wrong && 'wrong' in wrong) return wrong;
      if (specs.length === 0) return { wrong: `a model has at least one ${question.kind}` };
      return withTensors(
        said,
        question.kind,
        specs.filter((spec): spec is TensorSpec => !('wrong' in spec)),
      );
    }
    case 'batch':
      return /^\d{1,5}$/.test(answer) ? { ...said, batch: Number(answer) } : { wrong: `'${answer}' is not a whole number` };
    case 'gpu':
      return answer === '' ? { wrong: 'write its name' } : { ...said, gpu: answer };
  }
}

const withTensors = (said: Said, kind: 'input' | 'output', specs: readonly TensorSpec[]): Said =>
  kind === 'input' ? { ...said, inputs: [...said.inputs, ...specs] } : { ...said, outputs: [...said.outputs, ...specs] };

/** What is missing, as the end of a sentence. */
function wanted(questions: readonly Question[]): string {
  const parts = questions.map((question) => {
    switch (question.asks) {
      case 'tensor':
        return `type and shape of its ${question.kind} "${question.name}"`;
      case 'tensors':
        return `its ${question.kind}s`;
      case 'batch':
        return 'whether it has a batch dimension';
      case 'gpu':
        return 'which GPU it is for';
    }
  });
  return parts.length === 1 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

function refused({ file, says, fix }: { file: string; says: string; fix: string }, terminal: Terminal): 'refused' {
  const finding: Finding = { code: 'init/refused', severity: 'error', place: { file }, says, fix };
  show([finding], terminal);
  terminal.give({ findings: [finding] });
  return 'refused';
}
