import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { request } from 'undici';
import type { Endpoint } from '#core/ports/agent.ts';
import type { RouteTarget } from '#core/ports/targets.ts';
import type { ModelReport } from '#core/traffic/wire.ts';
import { type GatewayHandle, type GatewaySettings, gatewayApp } from './app.ts';
import { StubServer } from './stub-server.ts';
import { writeWhole } from './whole-file.ts';

export const releaseA = `sha256:${'a'.repeat(64)}` as const;
export const releaseB = `sha256:${'b'.repeat(64)}` as const;

/** Ninety to ten on a lease; tests change what they are about. */
export const canary: RouteTarget = {
  model: 'digits',
  generation: 1,
  arms: [
    { arm: 'stable', pool: 'old', release: releaseA },
    { arm: 'candidate', pool: 'new', release: releaseB },
  ],
  split: { stable: 90, candidate: 10 },
  leaseMs: 60_000,
  edgesMs: [1, 10, 100, 1000],
};

export type Answered = { status: number; headers: Record<string, string | string[] | undefined>; text: string };

/** A home folder with stub servers and a gateway in this process; all of it goes when the test ends. */
export class TestHome {
  readonly folder = mkdtempSync(join(tmpdir(), 'conch-gateway-'));
  readonly log: string[] = [];
  #passedMs = 0;
  readonly #test: TestContext;
  readonly #servers: StubServer[] = [];

  constructor(test: TestContext) {
    this.#test = test;
    test.after(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  async server(name: string, pool: string): Promise<StubServer> {
    const server = await new StubServer(name, pool).open();
    this.#servers.push(server);
    this.#test.after(() => server.close());
    return server;
  }

  async publish(endpoints: readonly Endpoint[] = this.#servers.map(({ endpoint }) => endpoint), agent = 'agent'): Promise<void> {
    const folder = join(this.folder, 'run', 'endpoints');
    await mkdir(folder, { recursive: true });
    await writeWhole(join(folder, `${agent}.json`), JSON.stringify({ agent, incarnation: '1', endpoints }));
  }

  /** Lets time pass for leases alone, whatever the machine is busy with. */
  pass(ms: number): void {
    this.#passedMs += ms;
  }

  async gateway(settings: Partial<GatewaySettings> = {}): Promise<GatewayHandle> {
    const gateway = await gatewayApp(
      { home: this.folder, port: 0, drainIdleMs: 20, ...settings },
      { now: () => performance.now() + this.#passedMs, log: (line) => this.log.push(line) },
    );
    this.#test.after(() => gateway.close());
    return gateway;
  }
}

export async function call(
  url: string,
  { method = 'GET', body, headers }: { method?: string; body?: string | Buffer; headers?: Record<string, string> } = {},
): Promise<Answered> {
  const answer = await request(url, { method, ...(body === undefined ? {} : { body }), ...(headers === undefined ? {} : { headers }) });
  return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
}

export function infer({ client }: GatewayHandle, body = '{}', model = 'digits'): Promise<Answered> {
  return call(`${client}/v2/models/${model}/infer`, { method: 'POST', body });
}

export async function inferMany(gateway: GatewayHandle, count: number): Promise<Answered[]> {
  const answers: Answered[] = [];
  for (let sent = 0; sent < count; sent++) answers.push(await infer(gateway));
  return answers;
}

export function putRoute(
  { admin }: { admin: string },
  route: RouteTarget | 'none',
  generation = route === 'none' ? 0 : route.generation,
): Promise<Answered> {
  return call(`${admin}/v1/routes/digits`, { method: 'PUT', body: JSON.stringify({ route, generation }) });
}

export async function report({ admin }: { admin: string }): Promise<ModelReport> {
  return JSON.parse((await call(`${admin}/v1/models/digits`)).text) as ModelReport;
}

export async function sampleOf(gateway: { admin: string }, pool: string): Promise<ModelReport['samples'][number]> {
  const found = (await report(gateway)).samples.find((sample) => sample.pool === pool);
  if (!found) throw new Error(`no sample of ${pool}`);
  return found;
}

export async function eventually(holds: () => boolean | Promise<boolean>, withinMs = 5000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
