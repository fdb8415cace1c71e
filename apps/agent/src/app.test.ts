import { deepStrictEqual, match, ok, rejects, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { FakeRelease } from '#adapters/artifacts/fake.ts';
import { Fault } from '#core/base/fault.ts';
import { faultsOf } from '#core/journal/chain.ts';
import type { AgentWorld } from '#core/ports/agent.ts';
import { agentApp } from './app.ts';
import { newWorld, only, pool, started, type World } from './made-up-world.ts';

const kinds = (world: World): string[] => [...world.world.journal.entries.values()].map(({ kind }) => kind);

test('a server is published once it is proven, and not before', async () => {
  const made = newWorld();
  const { agent, end } = await started(made);
  await agent.applyPools('digits', [pool(made.first)], 1);
  await made.clock.advance(400);
  strictEqual(only(agent).state.is, 'starting');
  deepStrictEqual(made.world.endpoints.list, []);
  await made.clock.advance(600);
  const server = only(agent);
  ok(server.state.is === 'proven');
  const { artifact, config, engine, processing, versions } = made.first.parts;
  deepStrictEqual(server.state.observed, {
    artifact,
    config,
    runtime: { name: 'triton', version: '0-fake' },
    engine,
    processing,
    versions,
  });
  strictEqual(server.substitution, 'embedded for tritonserver');
  deepStrictEqual(made.world.endpoints.list, [
    { server: 'n1/digits~pool/1', incarnation: 'i1', model: 'digits', pool: 'digits~pool', http: 'http://fake.invalid/i1' },
  ]);
  await end();
  deepStrictEqual([made.servers.running(), made.world.endpoints.list, made.clock.next()], [[], [], 'never']);
  deepStrictEqual(kinds(made), ['load', 'proven', 'unload']);
  deepStrictEqual(faultsOf([...made.world.journal.entries.values()]), []);
});

for (const { name, choices, kind, says } of [
  {
    name: 'wrong golden answers',
    choices: { isLoadedWrong: true },
    kind: 'proof',
    says: /golden case case-0, output y\[0\]: got .*, expected/,
  },
  { name: 'another configuration', choices: { isConfiguredWrong: true }, kind: 'proof', says: /max_batch_size is 16, packed was 8/ },
  { name: 'a refused load', choices: { refuses: 'Internal: no such file' }, kind: 'load', says: /^Internal: no such file$/ },
  {
    name: 'a process that ends while it loads',
    choices: { diesLoading: 'terminate called: bad' },
    kind: 'load',
    says: /exit code 1: terminate called: bad/,
  },
  {
    name: 'a load that takes too long',
    choices: { loadMs: 60_000 },
    kind: 'load',
    says: /not loaded within 5.0 s; last it said: loading: digits/,
  },
] as const) {
  test(`${name}: never published, failed for good, and its process ends`, async () => {
    const made = newWorld([{ name: 'bad', ...choices }]);
    const published: number[] = [];
    made.world.endpoints.onPublish = (list) => published.push(list.length);
    const { agent, end } = await started(made);
    await agent.applyPools('digits', [pool(made.first)], 1);
    await made.clock.advance(200_000);
    const { state } = only(agent);
    ok(state.is === 'failed' && state.isFinal);
    strictEqual(state.kind, kind);
    match(state.why.says, says);
    deepStrictEqual([Math.max(...published), made.servers.running()], [0, []]);
    deepStrictEqual(kinds(made), ['load', 'failed']);
    await end();
  });
}

test('bytes that are corrupt are final, bytes that cannot be had just now are fetched again', async () => {
  const made = newWorld();
  const { agent, end } = await started(made);
  const { faults } = made.world.artifacts;
  faults.fails = () => new Fault('registry/timeout', 'the registry did not answer', { isRetryable: true });
  await agent.applyPools('digits', [pool(made.first)], 1);
  await made.clock.advance(10_000);
  const waiting = only(agent).state;
  ok(waiting.is === 'failed' && waiting.kind === 'fetch' && !waiting.isFinal);
  faults.fails = () => 'no';
  await made.clock.advance(40_000);
  strictEqual(only(agent).state.is, 'proven');

  faults.fails = () => new Fault('artifact/corrupt', '1/model.onnx does not match its digest', { isRetryable: false });
  const other = newWorld();
  other.world.artifacts.faults.fails = faults.fails;
  const corrupt = await started(other);
  await corrupt.agent.applyPools('digits', [pool(other.first)], 1);
  await other.clock.advance(1000);
  const { state } = only(corrupt.agent);
  ok(state.is === 'failed' && state.kind === 'fetch' && state.isFinal);
  match(state.why.says, /does not match its digest/);
  await corrupt.end();
  await end();
});

test('a server that crashes is withdrawn at once, and starts again as another incarnation', async () => {
  const made = newWorld();
  const { agent, end } = await started(made);
  await agent.applyPools('digits', [pool(made.first)], 1);
  await made.clock.advance(2000);
  made.servers.running()[0]?.crash('Segmentation fault');
  await made.clock.advance(0);
  const { state } = only(agent);
  ok(state.is === 'failed' && state.kind === 'crash' && !state.isFinal);
  match(state.why.says, /SIGSEGV: Segmentation fault/);
  deepStrictEqual(made.world.endpoints.list, []);
  await made.clock.advance(2000);
  const again = only(agent);
  deepStrictEqual([again.state.is, again.incarnation, again.restarts], ['proven', 'i2', 1]);
  deepStrictEqual(
    made.world.endpoints.list.map(({ incarnation }) => incarnation),
    ['i2'],
  );
  await end();
  deepStrictEqual(kinds(made), ['load', 'proven', 'failed', 'restart', 'proven', 'unload']);
});

test('a crash loop is said to be one, and a server that once was right still comes back', async () => {
  const made = newWorld();
  const { agent, end } = await started(made);
  await agent.applyPools('digits', [pool(made.first)], 1);
  let crashes = 0;
  for (; crashes < 5; crashes += 1) {
    while (only(agent).state.is !== 'proven') await made.clock.advance(200);
    made.servers.running()[0]?.crash('Segmentation fault');
    await made.clock.advance(0);
  }
  const { state } = only(agent);
  ok(state.is === 'failed' && state.isFinal);
  await made.clock.advance(40_000);
  strictEqual(only(agent).state.is, 'proven');
  await end();
});

test('a process killed from outside while it loads says nothing about the release', async () => {
  const made = newWorld();
  const { agent, end } = await started(made);
  await agent.applyPools('digits', [pool(made.first)], 1);
  await made.clock.advance(200);
  made.servers.running()[0]?.crash('', 'SIGKILL');
  await made.clock.advance(0);
  const { state } = only(agent);
  ok(state.is === 'failed' && state.kind === 'crash' && !state.isFinal);
  await made.clock.advance(3000);
  strictEqual(only(agent).state.is, 'proven');
  await end();
});

test('a proof is kept fresh: a wrong answer un-proves, slowness does not', async () => {
  const made = newWorld();
  const { agent, end } = await started(made);
  await agent.applyPools('digits', [pool(made.first)], 1);
  await made.clock.advance(2000);
  const [server] = made.servers.running();
  ok(server);
  server.wrongs.isStuck = true;
  await made.clock.advance(60_000);
  strictEqual(only(agent).state.is, 'proven');
  server.wrongs.isStuck = false;
  server.wrongs.isAnswerWrong = true;
  await made.clock.advance(12_000);
  const { state } = only(agent);
  ok(state.is !== 'proven');
  deepStrictEqual(made.world.endpoints.list, []);
  await made.clock.advance(60_000); // another process has the right bytes
  strictEqual(only(agent).state.is, 'proven');
  await end();
  ok(kinds(made).includes('un-proven'));
});

test('a lost version un-proves too', async () => {
  const made = newWorld();
  const { agent, end } = await started(made);
  await agent.applyPools('digits', [pool(made.first)], 1);
  await made.clock.advance(2000);
  for (const server of made.servers.running()) server.wrongs.isVersionLost = true;
  await made.clock.advance(2100);
  ok(only(agent).state.is !== 'proven');
  await end();
});

test('an older generation is refused, the same one again changes nothing', async () => {
  const made = newWorld([{ name: 'a' }, { name: 'b' }]);
  const { agent, end } = await started(made);
  const [a, b] = made.made as [FakeRelease, FakeRelease];
  await agent.applyPools('digits', [pool(a, 1, 'one')], 5);
  await rejects(agent.applyPools('digits', [pool(b, 1, 'two')], 4), { code: 'generation/old' });
  await rejects(agent.applyTrials('digits', [], 4), { code: 'generation/old' });
  await agent.applyPools('digits', [pool(b, 1, 'two')], 5);
  deepStrictEqual(
    agent.servers('digits').map(({ pool }) => pool),
    ['one'],
  );
  strictEqual(agent.newest('digits'), 5);
  await end();
  await rejects(agent.applyPools('digits', [], 6), { code: 'agent/not-ready' });
});

test('a pool that leaves the targets: endpoint first, then requests under way, then the process', async () => {
  const made = newWorld([{ name: 'slow', serviceMs: 1000 }]);
  const { agent, end } = await started(made);
  await agent.applyPools('digits', [pool(made.first, 2)], 1);
  await made.clock.advance(10_000);
  strictEqual(made.world.endpoints.list.length, 2);
  const [one] = made.servers.running();
  ok(one);
  const [golden] = made.first.golden.cases;
  ok(golden);
  const request = { inputs: [{ name: 'x', ...(golden.inputs['x'] ?? { datatype: 'FP32', shape: [], data: [] }) }] } as const;
  const underWay = one.infer(request, 5000);
  await agent.applyPools('digits', [], 2);
  await made.clock.advance(1);
  deepStrictEqual([made.world.endpoints.list.length, made.servers.running().length, agent.servers('digits').length], [0, 2, 2]);
  deepStrictEqual(
    agent.servers('digits').map(({ state }) => state.is),
    ['starting', 'starting'],
  );
  await made.clock.advance(3000);
  deepStrictEqual([made.servers.running().length, agent.servers('digits').length, agent.samples('digits').length], [0, 0, 0]);
  ok('response' in (await underWay));
  await end();
});

test('an agent that starts again has what it had accepted, and goes on with its journal', async () => {
  const made = newWorld();
  const before = await started(made);
  await before.agent.applyPools('digits', [pool(made.first, 2)], 3);
  await made.clock.advance(2000);
  await before.end();
  const after = await started(made);
  await made.clock.advance(2000);
  deepStrictEqual(
    after.agent.servers('digits').map(({ id, state }) => [id, state.is]),
    [
      ['n1/digits~pool/1', 'proven'],
      ['n1/digits~pool/2', 'proven'],
    ],
  );
  await rejects(after.agent.applyPools('digits', [], 2), { code: 'generation/old' });
  await after.end();
  const entries = [...made.world.journal.entries.values()];
  deepStrictEqual([faultsOf(entries), entries.length], [[], 12]);
});

test('a journal, a memory and endpoints that fail for a while hold up nothing for long', async () => {
  const made = newWorld();
  const down = new Fault('disk/full', 'no space left', { isRetryable: true });
  let isDown = true;
  const { append } = made.world.journal;
  made.world.journal.append = async (entries) => {
    if (isDown) throw down;
    await append(entries);
  };
  made.world.endpoints.onPublish = () => {
    if (isDown) throw down;
  };
  const agent = agentApp(made.world);
  const ending = new AbortController();
  const ended = agent.run(ending.signal);
  await made.clock.advance(10_000);
  await agent.applyPools('digits', [pool(made.first)], 1);
  await made.clock.advance(5000);
  strictEqual(only(agent).state.is, 'proven');
  isDown = false;
  await made.clock.advance(60_000);
  deepStrictEqual([made.world.endpoints.list.length, kinds(made)], [1, ['load', 'proven']]);
  ending.abort();
  await made.clock.advance(5000);
  await ended;
  strictEqual(made.servers.running().length, 0);
});

test('when the world is gone everything ends by itself, and nothing goes on in it', async () => {
  const made = newWorld();
  let isGone = false;
  const mortal = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]): unknown => {
          if (isGone) throw new Error('this world is gone');
          return value.apply(target, given);
        };
      },
    });
  const ports = Object.entries(made.world).map(([name, port]) => [name, typeof port === 'object' ? mortal(port) : port]);
  const agent = agentApp(mortal(Object.fromEntries(ports) as AgentWorld));
  void agent.run(new AbortController().signal);
  await made.clock.advance(0);
  await agent.applyPools('digits', [pool(made.first, 2)], 1);
  await made.clock.advance(3000);
  isGone = true;
  made.servers.endAll();
  await made.clock.advance(100_000);
  deepStrictEqual([made.servers.running(), made.clock.next()], [[], 'never']);
});

test('changes are told by model', async () => {
  const made = newWorld();
  const { agent, end } = await started(made);
  const told: string[] = [];
  const stop = agent.watch((model) => told.push(model));
  await agent.applyPools('digits', [pool(made.first)], 1);
  await made.clock.advance(2000);
  ok(told.length > 2 && told.every((model) => model === 'digits'));
  const count = told.length;
  await made.clock.advance(60_000);
  strictEqual(told.length, count, 'an idle model tells nothing');
  stop();
  await end();
});
