import { chosenTritonserver, findTritonservers } from '#adapters/runtime/find-tritonserver.ts';
import type { Finding } from '#core/base/finding.ts';
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

/** Whether it can be had here, and in which words to say what servers run on. */
export function lookForRuntime(name: RuntimeName, command: string): { readonly says: string } | { readonly finding: Finding } {
  if (name === 'embedded') return { says: 'embedded stands in for tritonserver, as the environment declares' };
  const chosen = chosenTritonserver(findTritonservers());
  if (chosen) return { says: `servers run on ${chosen.binary}; nothing stands in for it` };
  const says = 'there is no tritonserver on this machine';
  return { finding: mistake('runtime/missing', `${command} --runtime tritonserver`, says, 'conch runtime install tritonserver') };
}
