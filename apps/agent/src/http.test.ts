import { deepStrictEqual, match, ok, rejects, strictEqual } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { request } from 'undici';
import { realClock } from '#adapters/clock/real.ts';
import { agents } from '#adapters/fleet/agents.ts';
import { digestOf } from '#core/base/digest.ts';
import { Fault } from '#core/base/fault.ts';
import type { PoolTarget, TrialTarget } from '#core/ports/targets.ts';
import type { Server, TrialResult } from '#core/rollout/known.ts';
import type { ServerSample } from '#core/signals/sample.ts';
import { announce } from './announcement.ts';
import type { Agent } from './app.ts';
import { agentPort } from './http.ts';

const pool: PoolTarget = {
  pool: 'digits~1',
  model: 'digits',
  gpuClass: 'cpu',
  servers: 1,
  loadMs: 1e3,
  release: digestOf('r'),
  serving: digestOf('s'),
};
const trial: TrialTarget = { id: 't', model: 'digits', pool: 'digits~1', release: digestOf('r'), kind: 'golden' };
const server: Server = {
  id: 'n1/digits~1/1',
  incarnation: 'i',
  node: 'n1',
  model: 'digits',
  pool: 'digits~1',
  serving: digestOf('s'),
  gpuClass: 'cpu',
  state: {
    is: 'proven',
    at: 5,
    observed: {
      artifact: digestOf('a'),
      config: digestOf('c'),
      engine: 'absent',
      processing: 'absent',
      versions: ['1'],
      runtime: {
        name: 'triton',
        version: '2.51.0',
      },
    },
  },
  restarts: 0,
  http: 'http://127.0.0.1:1',
  substitution: 'none',
};
const sample: ServerSample = {
  source: 'server',
  reader: 'agent/n1',
  incarnation: 'i',
  model: 'digits',
  pool: 'digits~1',
  server: server.id,
  gpuClass: 'cpu',
  at: 7,
  succeeded: 9,
  failed: 0,
  queueUs: 12,
  pending: 0,
  probes: 4,
};
const result: TrialResult = {
  id: 't',
  model: 'digits',
  pool: 'digits~1',
  sent: 3,
  at: 9,
  outcome: {
    is: 'golden',
    score: {
      cases: 3,
      right: 2,
      unanswered: 0,
      perClass: {
        1: {
          cases: 3,
          right: 2,
        },
      },
    },
  },
};

/** An agent that only says what it was told, behind its real port and the real client of it. */
async function reachable(t: TestContext) {
  const home = mkdtempSync(join(tmpdir(), 'conch-agent-port-'));
  const applied: unknown[] = [];
  const watchers = new Set<(model: string) => void>();
  const agent: Agent = {
    async applyPools(...given) {
      if (given[2] < 3) throw new Fault('generation/old', `generation ${given[2]} of digits is older than 3`, { isRetryable: false });
      applied.push(given);
    },
    applyTrials: async (...given) => void applied.push(given),
    servers: () => [server],
    samples: () => [sample],
    results: () => [result],
    newest: () => 3,
    watch(changed) {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    run: async () => undefined,
  };
  const about = { kind: 'agent', id: 'n1', pid: process.pid, startedAt: 1 } as const;
  let port = await agentPort(agent, { id: 'n1', incarnation: 'x' });
  announce(home, { ...about, incarnation: 'x', url: port.url });
  const close = () => port.close();
  const again = async () => {
    port = await agentPort(agent, { id: 'n1', incarnation: 'y' });
    announce(home, { ...about, incarnation: 'y', url: port.url });
  };
  t.after(async () => {
    await port.close();
    rmSync(home, { recursive: true });
  });
  const tell = (model: string): void => watchers.forEach((changed) => changed(model));
  const control = agents({ home, clock: realClock, log: () => undefined });
  return { home, agent, applied, watchers, tell, close, again, url: () => port.url, ...control };
}

test('targets arrive as they were sent, and what the agent sees comes back as it was', async (t) => {
  const { fleet, trials, applied } = await reachable(t);
  const load: TrialTarget = { ...trial, kind: 'load', rate: 10, requests: 100, arrival: 'poisson', limitMs: 40 };
  await fleet.apply('digits', [pool], 3);
  await trials.apply('digits', [trial, load], 3);
  deepStrictEqual(applied, [
    ['digits', [pool], 3],
    ['digits', [trial, load], 3],
  ]);
  deepStrictEqual(
    [await fleet.servers('digits'), await fleet.samples('digits'), await trials.results('digits')],
    [[server], [sample], [result]],
  );
});

test('an older generation is answered with 409 and the newest one', async (t) => {
  const { fleet, url } = await reachable(t);
  await rejects(fleet.apply('digits', [pool], 2), { code: 'generation/old', isRetryable: false });
  const { statusCode, body } = await request(`${url()}/v1/pools/digits`, {
    method: 'PUT',
    body: JSON.stringify({ generation: 2, pools: [] }),
  });
  deepStrictEqual([statusCode, ((await body.json()) as { newest: number }).newest], [409, 3]);
});

for (const { name, path, body, headers = {}, status, says } of [
  { name: 'no JSON', path: 'pools/digits', body: '{', status: 400, says: /cannot be accepted/ },
  { name: 'an unknown field', path: 'pools/digits', body: '{"generation":4,"pools":[],"force":true}', status: 400, says: /force/ },
  {
    name: 'another model',
    path: 'pools/digits',
    body: JSON.stringify({ generation: 4, pools: [{ ...pool, model: 'x' }] }),
    status: 400,
    says: /names x/,
  },
  { name: 'a name that is none', path: 'pools/..%2fetc', body: '{}', status: 404, says: /here/ },
  {
    name: 'a request of a web page',
    path: 'pools/digits',
    body: '{}',
    headers: { origin: 'http://evil.example' },
    status: 403,
    says: /loopback/,
  },
]) {
  test(`refused: ${name}`, async (t) => {
    const { url, applied } = await reachable(t);
    const answer = await request(`${url()}/v1/${path}`, { method: 'PUT', body, headers });
    match(await answer.body.text(), says);
    deepStrictEqual([answer.statusCode, applied], [status, []]);
  });
}

test('without an agent nothing is known, which is not the same as nothing being there', async (t) => {
  const { home, close, fleet, trials } = await reachable(t);
  await close();
  const unreachable = { code: 'fleet/unreachable', isRetryable: true };
  await rejects(fleet.servers('digits'), unreachable);
  await rejects(fleet.apply('digits', [], 4), unreachable);
  rmSync(join(home, 'run'), { recursive: true });
  await rejects(trials.results('digits'), unreachable);
});

test('an agent that does not know yet what it had accepted says so', async (t) => {
  const { agent, fleet } = await reachable(t);
  agent.servers = () => {
    throw new Fault('agent/not-ready', 'agent n1 is starting or ending', { isRetryable: true });
  };
  await rejects(fleet.servers('digits'), { code: 'fleet/unreachable', message: /503.*starting or ending/ });
});

test('changes are told by model; a loss, and a new life of the agent, concern every model', async (t) => {
  const { fleet, tell, close, again, watchers } = await reachable(t);
  await fleet.servers('digits');
  await fleet.servers('other');
  const told: string[] = [];
  const unwatch = fleet.watch((model) => told.push(model));
  const toldSoon = async (...models: string[]): Promise<void> => {
    for (let tries = 0; tries < 100 && !models.every((model) => told.includes(model)); tries += 1) await wait(50);
    deepStrictEqual([...new Set(told)].sort(), models);
    told.length = 0;
  };
  await toldSoon('digits', 'other');
  tell('digits');
  await toldSoon('digits');
  await close();
  await toldSoon('digits', 'other');
  await wait(300);
  told.length = 0;
  await again();
  await toldSoon('digits', 'other');
  unwatch();
  for (let tries = 0; tries < 100 && watchers.size > 0; tries += 1) await wait(20);
  strictEqual(watchers.size, 0);
});

test('of several agents the one with the lowest id is meant', async (t) => {
  const { home, fleet, url } = await reachable(t);
  announce(home, { kind: 'agent', id: 'z9', incarnation: 'z', pid: process.pid, url: 'http://127.0.0.1:1', startedAt: 2 });
  strictEqual((await fleet.servers('digits')).length, 1);
  ok(url());
});
