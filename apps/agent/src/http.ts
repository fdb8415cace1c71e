import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';
import { Fault, wordsOf } from '#core/base/fault.ts';
import { isModelName, type ModelName } from '#core/base/names.ts';
import { type AgentReport, type ChangesLine, poolsOffer, trialsOffer } from '#core/rollout/fleet-wire.ts';
import type { Agent } from './app.ts';

export type AgentPort = { readonly url: string; close(): Promise<void> };

/** The agent's port, on loopback alone: targets in, what it sees out. */
export async function agentPort(agent: Agent, about: { id: string; incarnation: string }): Promise<AgentPort> {
  const server = createServer((request, response) => {
    answer(request, response, { agent, about }).catch((thrown: unknown) => answerFault(response, thrown));
  });
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Answering = { readonly agent: Agent; readonly about: { readonly id: string; readonly incarnation: string } };

async function answer(request: IncomingMessage, response: ServerResponse, { agent, about }: Answering): Promise<void> {
  if (!isLocal(request)) return send(response, 403, { error: 'this port answers to its loopback name only' });
  const { pathname } = new URL(request.url ?? '/', 'http://agent');
  const [, version, what, name = ''] = pathname.split('/');
  const asked = `${request.method} ${version}/${what}`;
  if (asked === 'GET v1/health') return send(response, 200, about);
  if (asked === 'GET v1/changes') return tellChanges(response, agent);
  const model = decodeURIComponent(name);
  if (!isModelName(model)) return send(response, 404, { error: `no ${request.method} ${pathname} here` });
  switch (asked) {
    case 'GET v1/models': {
      const report: AgentReport = { servers: agent.servers(model), samples: agent.samples(model), results: agent.results(model) };
      return send(response, 200, report);
    }
    case 'PUT v1/pools': {
      const { generation, pools } = await read(request, poolsOffer);
      refuseOthers(model, pools);
      return accept(response, agent, model, generation, () => agent.applyPools(model, pools, generation));
    }
    case 'PUT v1/trials': {
      const { generation, trials } = await read(request, trialsOffer);
      refuseOthers(model, trials);
      return accept(response, agent, model, generation, () => agent.applyTrials(model, trials, generation));
    }
    default:
      return send(response, 404, { error: `no ${request.method} ${pathname} here` });
  }
}

/** A web page that a browser on this machine shows must not reach us under a name of its own (DNS rebinding). */
function isLocal({ headers }: IncomingMessage): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(headers.host ?? '') && headers.origin === undefined;
}

async function accept(
  response: ServerResponse,
  agent: Agent,
  model: ModelName,
  generation: number,
  apply: () => Promise<void>,
): Promise<void> {
  try {
    await apply();
  } catch (thrown) {
    if (!(thrown instanceof Fault && thrown.code === 'generation/old')) throw thrown;
    return send(response, 409, { error: thrown.message, code: thrown.code, newest: agent.newest(model) });
  }
  send(response, 200, { accepted: generation });
}

const offerBytesMax = 1024 * 1024;

async function read<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > offerBytesMax) throw badOffer(`it is larger than ${offerBytesMax} bytes`);
    chunks.push(chunk);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString());
  } catch (thrown) {
    throw badOffer(wordsOf(thrown));
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw badOffer(z.prettifyError(parsed.error));
  return parsed.data;
}

function refuseOthers(model: ModelName, targets: readonly { readonly model: ModelName }[]): void {
  const other = targets.find((target) => target.model !== model);
  if (other) throw badOffer(`it names ${other.model}, and it is about ${model}`);
}

function badOffer(says: string): Fault {
  return new Fault('offer/bad', `this cannot be accepted: ${says}`, { isRetryable: false });
}

/** One line for each handful of changes, and an empty one every second, so that who listens knows that we are there. */
function tellChanges(response: ServerResponse, agent: Agent): void {
  const changed = new Set<ModelName>();
  let soon: NodeJS.Timeout | undefined;
  const tell = (): void => {
    soon = undefined;
    const line: ChangesLine = { changed: [...changed] };
    changed.clear();
    // Who reads too slowly reads anew: a queue of ours must not grow without bound.
    if (response.writableLength > 1024 * 1024) response.destroy();
    else response.write(`${JSON.stringify(line)}\n`);
  };
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
  tell();
  const heartbeat = setInterval(tell, 1000);
  const stop = agent.watch((model) => {
    changed.add(model);
    soon ??= setTimeout(tell, 10);
  });
  response.once('close', () => {
    stop();
    clearInterval(heartbeat);
    clearTimeout(soon);
  });
}

function answerFault(response: ServerResponse, thrown: unknown): void {
  if (response.headersSent) return void response.destroy();
  const fault = thrown instanceof Fault ? thrown : undefined;
  send(response, fault === undefined ? 500 : fault.isRetryable ? 503 : 400, { error: wordsOf(thrown), code: fault?.code ?? 'agent/bug' });
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}
