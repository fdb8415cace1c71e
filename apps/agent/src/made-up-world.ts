import { ok } from 'node:assert/strict';
import { type FakeRelease, type FakeReleaseChoices, fakeArtifacts, fakeRelease } from '#adapters/artifacts/fake.ts';
import { virtualClock } from '#adapters/clock/virtual.ts';
import { fakeEndpoints } from '#adapters/endpoints/fake.ts';
import { memoryJournal } from '#adapters/journal/memory.ts';
import { fakeMemory } from '#adapters/memory/fake.ts';
import { FakeServers } from '#adapters/runtime/fake.ts';
import { fakeSender } from '#adapters/trials/fake-sender.ts';
import { fakeTriton } from '#adapters/triton/fake.ts';
import type { Digest } from '#core/base/digest.ts';
import type { AgentWorld } from '#core/ports/agent.ts';
import type { PoolTarget } from '#core/ports/targets.ts';
import type { Server } from '#core/rollout/known.ts';
import { type Agent, agentApp } from './app.ts';

/** Everything an agent touches, made up; `first` is the first of the releases. */
export function newWorld(choices: FakeReleaseChoices[] = [{ name: 'a' }]) {
  const clock = virtualClock(1_000_000);
  const made = choices.map(fakeRelease);
  const releases = new Map<Digest, FakeRelease>(made.map((release) => [release.digest, release]));
  let seed = 7;
  const dice = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  const servers = new FakeServers({ releases, clock, dice });
  const triton = fakeTriton(servers);
  const endpoints = fakeEndpoints();
  const logged: string[] = [];
  const world = {
    node: 'n1',
    clock,
    endpoints,
    triton,
    dice,
    artifacts: fakeArtifacts(releases, clock),
    runtime: servers,
    trials: fakeSender(endpoints, triton),
    memory: fakeMemory(),
    journal: memoryJournal(),
    log: (line: string) => void logged.push(line),
  } satisfies AgentWorld;
  return { world, clock, servers, made, logged, first: made[0] as FakeRelease };
}

export type World = ReturnType<typeof newWorld>;

/** An agent that runs in it; `end` ends it and waits until it has. */
export async function started({ world, clock }: World): Promise<{ agent: Agent; end: () => Promise<void> }> {
  const agent = agentApp(world, { substitution: 'embedded for tritonserver' });
  const ending = new AbortController();
  const ended = agent.run(ending.signal);
  await clock.advance(0);
  const end = async (): Promise<void> => {
    ending.abort();
    await clock.advance(20_000);
    await ended;
  };
  return { agent, end };
}

export const pool = (release: FakeRelease, servers = 1, name = 'digits~pool'): PoolTarget => ({
  pool: name,
  model: 'digits',
  release: release.digest,
  serving: release.serving,
  gpuClass: 'cpu',
  servers,
  loadMs: 5000,
});

export const only = (agent: Agent): Server => {
  const [server, ...more] = agent.servers('digits');
  ok(server && more.length === 0, 'exactly one server');
  return server;
};
