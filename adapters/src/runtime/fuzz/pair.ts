import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LikenessServer, startBoth } from '../likeness/servers.ts';
import { type Case, forServer, sharedFile, type Step } from './case.ts';
import { GrpcWire } from './send-grpc.ts';
import { converse, sendHttp } from './send-http.ts';
import { sharedBytes } from './shared-memory-case.ts';
import { toldByGrpc } from './told-grpc.ts';
import { toldByHttp } from './told.ts';

/** One step as both answered it, or what lies in their shared memory after the last one. */
export type Heard = { readonly step: string; readonly mine: unknown; readonly real: unknown };

const letters = { embedded: 'E', tritonserver: 'T' } as const;

/** Both servers on one repository, started again when one of them has died. */
export class Pair {
  readonly #repository: string;
  readonly #flags: readonly string[];
  #servers: readonly [LikenessServer, LikenessServer];
  #wires: readonly [GrpcWire, GrpcWire];
  restarts = 0;

  static async start(repository: string, flags: readonly string[]): Promise<Pair | { skip: string }> {
    const servers = await startBoth([repository], flags);
    return 'skip' in servers ? servers : new Pair(repository, flags, servers);
  }

  private constructor(repository: string, flags: readonly string[], servers: readonly [LikenessServer, LikenessServer]) {
    this.#repository = repository;
    this.#flags = flags;
    this.#servers = servers;
    this.#wires = wiresOf(servers);
    for (const name of ['embedded', 'tritonserver'] as const) clearShared(name);
  }

  get mine(): LikenessServer {
    return this.#servers[0];
  }

  get real(): LikenessServer {
    return this.#servers[1];
  }

  /** One step after the other; both are asked at the same time. */
  async ask({ steps }: Case, silenceMs: number): Promise<Heard[]> {
    const heard: Heard[] = [];
    for (const step of steps) {
      const [mine, real] = await Promise.all(
        this.#servers.map((server, at) => this.#tell(server, this.#wires[at] as GrpcWire, step, silenceMs)),
      );
      heard.push({ step: shownStep(step), mine, real });
      if (step.kind === 'http' && /\/(un)?load /.test(step.request.toString('latin1', 0, 200))) await this.#settle();
    }
    const [mine, real] = (['embedded', 'tritonserver'] as const).map(clearShared);
    return [...heard, { step: 'what lies in shared memory', mine, real }];
  }

  async #tell(server: LikenessServer, wire: GrpcWire, step: Step, silenceMs: number): Promise<unknown> {
    const letter = letters[server.name];
    const port = Number(new URL(server.http).port);
    const told = await (async () => {
      switch (step.kind) {
        case 'http':
          return toldByHttp(await sendHttp(port, forServer(step.request, letter)));
        case 'raw':
          return toldByHttp(await converse(port, step.pieces, { silenceMs, isHalfClosed: step.isHalfClosed, isEnough: () => false }));
        case 'grpc':
          return toldByGrpc(step.path, await wire.send(step.path, step.headers, forServer(step.body, letter)));
      }
    })();
    // Each has a file of its own, and a port.
    const text = JSON.stringify(told).replaceAll(sharedFile(letter), 'the shared file');
    return JSON.parse(text) as unknown;
  }

  /** An unload is answered before the model has gone. */
  async #settle(): Promise<void> {
    const index = Buffer.from('POST /v2/repository/index HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
    const deadlineMs = performance.now() + 20_000;
    for (const server of this.#servers) {
      const port = Number(new URL(server.http).port);
      while ((await sendHttp(port, index)).bytes.includes('UNLOADING') && performance.now() < deadlineMs) await sleep(10);
    }
  }

  /** Which of them no longer answers, if any. */
  async dead(): Promise<LikenessServer['name'] | undefined> {
    for (const { name, http } of this.#servers) {
      const isAlive = await fetch(`${http}/v2/health/live`, { signal: AbortSignal.timeout(10_000) }).then(
        async (reply) => (await reply.text(), reply.ok),
        () => false,
      );
      if (!isAlive) return name;
    }
    return undefined;
  }

  async restart(): Promise<void> {
    await this.stop();
    this.restarts += 1;
    const servers = await startBoth([this.#repository], this.#flags);
    if ('skip' in servers) throw new Error(servers.skip);
    this.#servers = servers;
    this.#wires = wiresOf(servers);
  }

  async stop(): Promise<void> {
    for (const wire of this.#wires) wire.close();
    await Promise.all(this.#servers.map((server) => server.stop()));
  }
}

const wiresOf = ([mine, real]: readonly [LikenessServer, LikenessServer]): readonly [GrpcWire, GrpcWire] => [
  new GrpcWire(mine.grpc),
  new GrpcWire(real.grpc),
];

/** Writes the shared file of one server anew and gives what lay there. */
function clearShared(name: LikenessServer['name']): string {
  const file = `/dev/shm/${sharedFile(letters[name])}`;
  let lay = '';
  try {
    lay = readFileSync(file, 'latin1');
  } catch {
    // It is made below.
  }
  const fresh = Buffer.alloc(sharedBytes, 63);
  if (lay !== fresh.toString('latin1')) writeFileSync(file, fresh);
  return lay;
}

function shownStep(step: Step): string {
  if (step.kind === 'http') return JSON.stringify(step.request.toString());
  if (step.kind === 'raw')
    return `${JSON.stringify(step.pieces.map((piece) => piece.toString('latin1')))}${step.isHalfClosed ? ' and the end' : ''}`;
  return `${step.path} ${JSON.stringify(step.headers)} ${step.body.toString('hex')}`;
}
