import { join } from 'node:path';
import { diskArtifacts } from '#adapters/artifacts/artifacts.ts';
import { realClock } from '#adapters/clock/real.ts';
import { endpointsInFile } from '#adapters/endpoints/file.ts';
import { sqliteJournal } from '#adapters/journal/sqlite.ts';
import { agentMemoryInFiles } from '#adapters/memory/agent-file.ts';
import { ociLayout } from '#adapters/registry/oci-layout.ts';
import { embedded } from '#adapters/runtime/embedded.ts';
import { chosenTritonserver, findTritonservers } from '#adapters/runtime/find-tritonserver.ts';
import { tritonserver } from '#adapters/runtime/tritonserver.ts';
import { trialSender } from '#adapters/trials/sender.ts';
import { httpTriton } from '#adapters/triton/client.ts';
import { Fault } from '#core/base/fault.ts';
import type { AgentWorld, Runtime } from '#core/ports/agent.ts';

export const runtimes = ['embedded', 'tritonserver'] as const;
export type RuntimeName = (typeof runtimes)[number];

/** What an agent of a local world runs in: files of its home, processes of this machine. */
export function localWorld(of: {
  home: string;
  id: string;
  incarnation: string;
  runtime: RuntimeName;
  log: (line: string) => void;
  /** Whether embedded servers open a port that takes faults on purpose: for tests and benchmarks. */
  faultPorts: boolean;
}): {
  world: AgentWorld;
  /** What stands in for what releases pin, or 'none'. */
  substitution: string | 'none';
  close(): void;
} {
  const { home, id, incarnation, log } = of;
  const journal = sqliteJournal(join(home, 'journal.sqlite'));
  const world: AgentWorld = {
    node: id,
    clock: realClock,
    artifacts: diskArtifacts({ registry: ociLayout(join(home, 'store')), home, log }),
    runtime: runtimeNamed(of.runtime, join(home, 'logs', 'servers'), of.faultPorts),
    triton: httpTriton(),
    endpoints: endpointsInFile({ home, agent: id, incarnation }),
    trials: trialSender({ home }),
    memory: agentMemoryInFiles({ home, log }),
    journal,
    dice: Math.random,
    log,
  };
  return { world, substitution: of.runtime === 'embedded' ? 'embedded for tritonserver' : 'none', close: () => journal.close() };
}

function runtimeNamed(name: RuntimeName, logFolder: string, faultPorts: boolean): Runtime {
  // Port 0: the system chooses, and the server's log names it.
  if (name === 'embedded') return embedded({ logFolder, ...(faultPorts ? { adminPort: () => 0 } : {}) });
  const found = chosenTritonserver(findTritonservers());
  if (found !== undefined) return tritonserver({ found, logFolder });
  throw new Fault('runtime/missing', 'there is no tritonserver on this machine; install one: conch runtime install tritonserver', {
    isRetryable: false,
  });
}
