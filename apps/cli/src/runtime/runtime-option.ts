import { askTritonserver } from '#adapters/runtime/ask-tritonserver.ts';
import { chosenTritonserver, type Env, findTritonservers, type FoundTritonserver } from '#adapters/runtime/find-tritonserver.ts';
import type { Finding } from '#core/base/finding.ts';
import type { Ms } from '#core/base/time.ts';
import { choiceOption } from '../command.ts';
import { mistake } from '../findings.ts';

const runtimeNames = ['embedded', 'tritonserver'] as const;
export type RuntimeName = (typeof runtimeNames)[number];

/** What the servers of a local world run on. */
export const runtimeOption = choiceOption(
  runtimeNames,
  "What servers run on: Conch's own runtime, or a tritonserver of this machine",
  'embedded',
);

/** The same, where nobody needs to say: the real one where it is there. */
export const anyRuntimeOption = choiceOption(
  ['auto', ...runtimeNames],
  "What servers run on: Conch's own runtime, or a tritonserver of this machine; auto takes that one where it starts and runs ONNX models",
  'auto',
);

/** Long for a program that prints a table and ends. */
const askMaxMs: Ms = 10_000;

/** A runtime that can be had here, and in which words to say what servers run on. */
export type ChosenRuntime = { readonly name: RuntimeName; readonly says: string };

/** What servers run on when nobody says: a tritonserver that starts and runs ONNX models, or else the embedded runtime. */
export async function runtimeHere(signal: AbortSignal, env: Env = process.env): Promise<ChosenRuntime> {
  const found = chosenTritonserver(findTritonservers(env));
  if (!found) return embedded('; for the real one: conch runtime install tritonserver');
  if (found.onnx === 'none') return embedded(`; ${found.binary} runs no ONNX models`);
  const told = await askTritonserver(found.binary, askMaxMs, signal);
  return 'table' in told ? real(found) : embedded(`; ${found.binary} does not start, and conch runtime list says why`);
}

export function lookForRuntime(name: RuntimeName, command: string): ChosenRuntime | { readonly finding: Finding } {
  if (name === 'embedded') return embedded('');
  const found = chosenTritonserver(findTritonservers());
  if (found) return real(found);
  const says = 'there is no tritonserver on this machine';
  return { finding: mistake('runtime/missing', `${command} --runtime tritonserver`, says, 'conch runtime install tritonserver') };
}

const embedded = (more: string): ChosenRuntime => ({
  name: 'embedded',
  says: `embedded stands in for tritonserver, as the environment declares${more}`,
});

const real = ({ binary }: FoundTritonserver): ChosenRuntime => ({
  name: 'tritonserver',
  says: `servers run on ${binary}; nothing stands in for it`,
});
