import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { removeTree } from '#adapters/artifacts/disk.ts';
import { realClock } from '#adapters/clock/real.ts';
import { agents } from '#adapters/fleet/agents.ts';
import { sqliteJournal } from '#adapters/journal/sqlite.ts';
import { exampleRelease } from '#adapters/registry/example-release.ts';
import { ociLayout } from '#adapters/registry/oci-layout.ts';
import { installedTritonserver } from '#adapters/runtime/find-tritonserver.ts';
import { Fault } from '#core/base/fault.ts';
import { faultsOf } from '#core/journal/chain.ts';
import type { Fleet, Trials } from '#core/ports/control.ts';
import type { PoolTarget, TrialTarget } from '#core/ports/targets.ts';
import { servingDigest } from '#core/release/release.ts';
import type { Server } from '#core/rollout/known.ts';
import { endpointsFile } from '#core/traffic/wire.ts';

/** A home folder, the agent of it as a process of its own, and the fleet as control sees it. */
class AgentHome {
  readonly folder = mkdtempSync(join(tmpdir(), 'conch-agent-'));
  readonly fleet: Fleet;
  readonly trials: Trials;
  readonly #children: ChildProcess[] = [];
  output = '';

  constructor(t: TestContext) {
    ({ fleet: this.fleet, trials: this.trials } = agents({ home: this.folder, clock: realClock, log: () => undefined }));
    t.after(async () => {
      for (const child of this.#children) {
        if (child.exitCode === null && child.signalCode === null) {
          child.kill('SIGKILL');
          await once(child, 'exit');
        }
      }
      await wait(300); // servers end a moment after their agent
      await removeTree(this.folder);
    });
  }

  start(app: 'agent' | 'gateway', ...flags: string[]): ChildProcess {
    const main = new URL(`../../${app}/src/main.ts`, import.meta.url).pathname;
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, '--home', this.folder, ...flags], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (this.output += chunk));
    this.#children.push(child);
    return child;
  }

  async pool(name: string): Promise<PoolTarget> {
    const packed = exampleRelease(name);
    await ociLayout(join(this.folder, 'store')).store(packed);
    const { release, digest } = packed;
    const parts = release.classes['cpu'];
    ok(parts);
    const serving = servingDigest('digits', 'cpu', parts);
    return { pool: `digits~${name}`, model: 'digits', release: digest, serving, gpuClass: 'cpu', servers: 1, loadMs: 20_000 };
  }

  async proven(count: number): Promise<Server[]> {
    return this.eventually(async () => {
      const servers = await this.fleet.servers('digits');
      const failed = servers.find(({ state }) => state.is === 'failed');
      if (failed?.state.is === 'failed' && failed.state.isFinal) throw new Error(failed.state.why.says);
      return servers.length === count && servers.every(({ state }) => state.is === 'proven') ? servers : 'not yet';
    });
  }

  /** Waits for it; a Fault means that it is not so yet. */
  async eventually<T>(look: () => Promise<T | 'not yet'>): Promise<T> {
    for (const until = Date.now() + 30_000; Date.now() < until; await wait(50)) {
      try {
        const seen = await look();
        if (seen !== 'not yet') return seen;
      } catch (thrown) {
        if (!(thrown instanceof Fault)) throw thrown;
      }
    }
    throw new Error(`not within 30 s; the processes said:\n${this.output}`);
  }

  async applied(pools: PoolTarget[], generation: number): Promise<void> {
    await this.eventually(async () => this.fleet.apply('digits', pools, generation));
  }

  endpoints(): number {
    const file = join(this.folder, 'run', 'endpoints', 'n1.json');
    return endpointsFile.parse(JSON.parse(readFileSync(file, 'utf8'))).endpoints.length;
  }
}

const isAlive = async ({ http }: Server): Promise<boolean> =>
  fetch(`${http}/v2/health/live`).then(
    () => true,
    () => false,
  );

for (const { runtime, substitution } of [
  { runtime: 'embedded', substitution: 'embedded for tritonserver' },
  { runtime: 'tritonserver', substitution: 'none' },
]) {
  const skip = runtime === 'tritonserver' && !installedTritonserver() && 'tritonserver is not installed: run scripts/peers/tritonserver.sh';
  test(`on ${runtime}, as a process: a release is proven, tried through a gateway, and all of it ends on SIGTERM`, { skip }, (t) =>
    proveAndTry(new AgentHome(t), runtime, substitution),
  );
}

async function proveAndTry(home: AgentHome, runtime: string, substitution: string): Promise<void> {
  const agent = home.start('agent', '--id', 'n1', '--runtime', runtime);
  home.start('gateway', '--port', '0');
  const pool = await home.pool('a');
  const told: string[] = [];
  const unwatch = home.fleet.watch((model) => told.push(model));
  await home.applied([pool], 3);
  const [server] = await home.proven(1);
  ok(server?.state.is === 'proven');
  deepStrictEqual([server.substitution, server.restarts, home.endpoints()], [substitution, 0, 1]);
  unwatch();
  ok(told.includes('digits'));

  await home.fleet.apply('digits', [], 2).then(
    () => ok(false, 'an older generation was accepted'),
    (thrown: unknown) => ok(thrown instanceof Fault && thrown.code === 'generation/old'),
  );

  const golden: TrialTarget = { id: 'g', model: 'digits', pool: pool.pool, release: pool.release, kind: 'golden' };
  const load: TrialTarget = { ...golden, id: 'l', kind: 'load', rate: 100, requests: 200, arrival: 'poisson', limitMs: 1000 };
  await home.trials.apply('digits', [golden, load], 4);
  const results = await home.eventually(async () => {
    const seen = await home.trials.results('digits');
    return seen.length === 2 && seen.every(({ outcome }) => outcome.is !== 'running') ? seen : 'not yet';
  });
  const [first, second] = results;
  ok(first?.outcome.is === 'golden' && second?.outcome.is === 'load', JSON.stringify(results));
  const { cases, right, unanswered } = first.outcome.score;
  ok(right / cases > 0.85 && unanswered === 0, JSON.stringify(first));
  strictEqual(second.outcome.score.errors, 0);
  // Every request is accounted for: what servers counted, less our probes, is what the trials sent.
  await home.eventually(async () => {
    const [sample] = await home.fleet.samples('digits');
    return sample && sample.succeeded + sample.failed - sample.probes === first.sent + second.sent ? true : 'not yet';
  });

  agent.kill('SIGTERM');
  const [code] = await once(agent, 'exit');
  strictEqual(code, 0, home.output);
  strictEqual(await isAlive(server), false);
  deepStrictEqual([home.endpoints(), existsSync(join(home.folder, 'run', 'agent-n1.json'))], [0, false]);
  const journal = sqliteJournal(join(home.folder, 'journal.sqlite'));
  const entries = await journal.read({ writer: 'agent/n1' });
  journal.close();
  deepStrictEqual([faultsOf(entries), entries.map(({ kind }) => kind)], [[], ['load', 'proven', 'unload']]);
}

test('an agent that is killed takes its servers along, and its next life starts them again', async (t) => {
  const home = new AgentHome(t);
  const agent = home.start('agent', '--id', 'n1', '--runtime', 'embedded');
  await home.applied([await home.pool('a')], 1);
  const [before] = await home.proven(1);
  ok(before);
  agent.kill('SIGKILL');
  await once(agent, 'exit');
  await home.fleet.servers('digits').then(
    () => ok(false, 'servers are known without an agent'),
    (thrown: unknown) => ok(thrown instanceof Fault && thrown.code === 'fleet/unreachable' && thrown.isRetryable),
  );
  await home.eventually(async () => ((await isAlive(before)) ? 'not yet' : true));
  home.start('agent', '--id', 'n1', '--runtime', 'embedded');
  const [after] = await home.proven(1);
  ok(after && after.incarnation !== before.incarnation);
  strictEqual(after.id, before.id);
});

test('a release that does not load says why, in the words of the runtime, and is never published', async (t) => {
  const home = new AgentHome(t);
  home.start('agent', '--id', 'n1', '--runtime', 'embedded');
  await home.applied([await home.pool('e-misfit')], 1);
  const failed = await home.eventually(async () => {
    const [server] = await home.fleet.servers('digits');
    return server?.state.is === 'failed' ? server.state : 'not yet';
  });
  deepStrictEqual([failed.kind, failed.isFinal, home.endpoints()], ['load', true, 0]);
  match(failed.why.says, /pixels|dims|shape|INVALID/i);
});

test('a second agent under the same id is refused', async (t) => {
  const home = new AgentHome(t);
  home.start('agent', '--id', 'n1', '--runtime', 'embedded');
  await home.eventually(async () =>
    readdirSync(home.folder).includes('run') && existsSync(join(home.folder, 'run', 'agent-n1.json')) ? true : 'not yet',
  );
  const twin = home.start('agent', '--id', 'n1', '--runtime', 'embedded');
  const [code] = await once(twin, 'exit');
  strictEqual(code, 1);
  match(home.output, /runs already/);
});

test('with --fault-ports each server names a port that takes faults, and only then', async (t) => {
  for (const flags of [[], ['--fault-ports']]) {
    const home = new AgentHome(t);
    home.start('agent', '--id', 'n1', '--runtime', 'embedded', ...flags);
    await home.applied([await home.pool('a')], 1);
    await home.proven(1);
    const logs = join(home.folder, 'logs', 'servers');
    const log = readFileSync(join(logs, readdirSync(logs)[0] ?? ''), 'utf8');
    const [, port] = /The admin port (127\.0\.0\.1:\d+) takes faults/.exec(log) ?? [];
    strictEqual(port !== undefined, flags.length > 0, log);
    if (port === undefined) continue;
    match(home.output, /for tests and benchmarks only/);
    strictEqual((await fetch(`http://${port}/faults`, { method: 'PUT', body: '{"errors":{"fraction":0.3}}' })).ok, true);
  }
});
