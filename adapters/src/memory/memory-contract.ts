import { deepStrictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '#core/base/digest.ts';
import type { AcceptedTargets, AgentMemory } from '#core/ports/agent.ts';

/** What an agent relies on, whoever keeps its memory. `open` is called for each life of the agent: the memory is the same. */
export function agentMemoryContract(name: string, newMemory: () => () => AgentMemory): void {
  test(`${name}: what was stored is there in the next life, the newest of each model`, async () => {
    const open = newMemory();
    deepStrictEqual(await open().load(), []);
    await open().store(targetsOf('a', 1));
    await open().store(targetsOf('b', 7));
    await open().store(targetsOf('a', 2));
    const loaded = [...(await open().load())].sort((one, other) => one.model.localeCompare(other.model));
    deepStrictEqual(loaded, [targetsOf('a', 2), targetsOf('b', 7)]);
  });
}

export function targetsOf(model: string, poolsGeneration: number): AcceptedTargets {
  const pool = { pool: `${model}~1`, model, release: digestOf('r'), serving: digestOf('s'), gpuClass: 'cpu', servers: 1, loadMs: 1000 };
  return { model, poolsGeneration, pools: [pool] };
}
