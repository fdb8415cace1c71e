import type { ModelName } from '#core/base/names.ts';
import type { AcceptedTargets, AgentMemory } from '#core/ports/agent.ts';

/** What an agent keeps, in memory: hand the same one to its next life. */
export function fakeMemory(): AgentMemory {
  const kept = new Map<ModelName, AcceptedTargets>();
  return {
    load: async () => [...kept.values()],
    async store(targets) {
      kept.set(targets.model, targets);
    },
  };
}
