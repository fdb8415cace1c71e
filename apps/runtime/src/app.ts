import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { wordsOf } from '#core/base/fault.ts';
import { type Faults, readFaults, seededDice } from './faults.ts';
import { handle } from './http.ts';
import type { Log } from './log.ts';
import { metricsText } from './metrics.ts';
import { isReady, loadVersion, type ModelVersion } from './model-version.ts';
import { Refused } from './refused.ts';
import { type Polled, pollRepository } from './repository.ts';
import type { RuntimeSettings } from './settings.ts';
import type { State } from './state.ts';

/** Says what it is by its name; the version is ours and that of package.json. The extensions are those that are there, no more. */
export const metadata = {
  name: 'conch-embedded',
  version: '0.1.0',
  extensions: ['model_repository', 'model_configuration', 'statistics'],
} as const;

export type RuntimeApp = {
  readonly httpPort: number;
  readonly metricsPort: number;
  readonly adminPort: number | undefined;
  /** Takes no more connections, answers what is under way, ends the instances. False when the time was not enough. */
  stop(): Promise<boolean>;
};

/** Loads every model of the repository, then opens the ports: who can connect sees a server that has made up its mind. Throws when it cannot serve. */
export async function startRuntime(settings: RuntimeSettings, log: Log): Promise<RuntimeApp> {
  for (const line of settings.ignored) log.warning('settings.ts', line);
  const { polled, isPolled } = lookThrough(settings.repository, log);
  const versions = (await Promise.all(polled.map((one) => loadModel(one, log)))).flat();
  const unpolled = polled.filter((one) => 'problem' in one).map(({ name }) => name);
  const endInstances = () => Promise.all(versions.map(endVersion));
  if (!isPolled || unpolled.length > 0 || versions.some(({ state }) => state !== 'READY')) {
    if (settings.exitOnError) {
      await endInstances();
      throw new Error('creating server: Internal - failed to load all models');
    }
    log.error('app.ts', 'Internal: failed to load all models');
  }

  const faults = new FaultDice();
  let isStopping = false;
  const state: State = {
    metadata,
    versions,
    unpolled,
    isStopping: () => isStopping,
    isLive: () => isPolled,
    isReady: () => isPolled && (!settings.strictReadiness || versions.every(isReady)),
    faultOf: () => faults.throwDice(),
  };
  const open: Server[] = [];
  try {
    const http = await listen((request, response) => handle(state, request, response), settings.http, 'HTTP', log);
    open.push(http);
    log.info('app.ts', `Started HTTPService at ${settings.http.address}:${portOf(http)}`);
    const metrics = await listen((request, response) => answerMetrics(versions, request, response), settings.metrics, 'Metrics', log);
    open.push(metrics);
    log.info('app.ts', `Started Metrics Service at ${settings.metrics.address}:${portOf(metrics)}`);
    const admin =
      settings.adminPort === undefined
        ? undefined
        : await listen(
            (request, response) => answerAdmin(faults, log, request, response),
            { port: settings.adminPort, address: '127.0.0.1' },
            'admin',
            log,
          );
    if (admin) {
      open.push(admin);
      log.warning('app.ts', `The admin port 127.0.0.1:${portOf(admin)} takes faults on purpose: for tests and benchmarks only`);
    }
    const stop = async (): Promise<boolean> => {
      isStopping = true;
      admin?.close();
      admin?.closeAllConnections();
      const isDrained = await drain(http, settings.exitTimeoutMs, log);
      await endInstances();
      http.closeAllConnections();
      metrics.close();
      metrics.closeAllConnections();
      return isDrained;
    };
    return { httpPort: portOf(http), metricsPort: portOf(metrics), adminPort: admin && portOf(admin), stop };
  } catch (thrown) {
    for (const server of open) server.close();
    await endInstances();
    throw thrown;
  }
}

function lookThrough(repository: string, log: Log): { polled: readonly Polled[]; isPolled: boolean } {
  try {
    const polled = pollRepository(repository);
    for (const one of polled)
      if ('problem' in one) log.error('repository.ts', `Poll failed for model directory '${one.name}': ${one.problem}`);
    return { polled, isPolled: true };
  } catch (thrown) {
    log.error('repository.ts', `Failed to poll the model repository ${repository}: ${wordsOf(thrown)}`);
    return { polled: [], isPolled: false };
  }
}

async function loadModel(polled: Polled, log: Log): Promise<ModelVersion[]> {
  if ('problem' in polled) return [];
  const { name, folder, config, versions } = polled;
  if (versions.length === 0)
    log.error(
      'repository.ts',
      `failed to load '${name}': Invalid argument: at least one version must be available under the version policy of model '${name}'`,
    );
  return Promise.all(versions.map((version) => loadVersion(config, folder, version, log)));
}

async function endVersion(version: ModelVersion): Promise<void> {
  if (version.state !== 'READY') return;
  version.serving.scheduler.stop();
  await version.serving.instances.end();
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

async function listen(
  handler: Handler,
  at: { readonly port: number; readonly address: string },
  service: string,
  log: Log,
): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 0, noDelay: true }, (request, response) => {
    void Promise.resolve(handler(request, response)).catch((thrown: unknown) => {
      log.error('app.ts', `a request failed through a mistake of ours: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
      if (!response.headersSent) response.writeHead(500, { 'Content-Type': 'application/json' });
      response.end('{"error":"internal error, see the log"}');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (thrown: NodeJS.ErrnoException) => {
      const why =
        thrown.code === 'EADDRINUSE' ? `Unavailable - Socket '${at.address}:${at.port}' already in use` : `Internal - ${thrown.message}`;
      reject(new Error(`failed to start ${service} service: ${why}`));
    });
    server.listen(at.port, at.address, resolve);
  });
  return server;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** Closes the doors and the idle connections, and waits for the requests under way. */
async function drain(server: Server, timeoutMs: number, log: Log): Promise<boolean> {
  log.info('app.ts', 'Waiting for in-flight requests to complete.');
  const closed = new Promise<boolean>((resolve) => server.close(() => resolve(true)));
  server.closeIdleConnections();
  // A connection whose request was under way is idle when that is answered.
  const sweep = setInterval(() => server.closeIdleConnections(), 20);
  const timer = new AbortController();
  const isDrained = await Promise.race([closed, sleep(timeoutMs, false, { signal: timer.signal }).catch(() => false)]);
  timer.abort();
  clearInterval(sweep);
  if (!isDrained) log.error('app.ts', 'Exit timeout expired. Exiting immediately.');
  return isDrained;
}

/** Any other path is an empty 200, as with Triton. */
function answerMetrics(versions: readonly ModelVersion[], request: IncomingMessage, response: ServerResponse): void {
  const isGet = request.method === 'GET';
  const body = !isGet ? '{"error":"Method Not Allowed"}' : /^\/metrics\/?(\?|$)/.test(request.url ?? '') ? metricsText(versions) : '';
  response.writeHead(isGet ? 200 : 405, {
    'Content-Type': isGet ? 'text/plain; charset=utf-8' : 'text/plain',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

class FaultDice {
  #faults: Faults = {};
  #dice: () => number = Math.random;

  set(faults: Faults): void {
    this.#faults = faults;
    this.#dice = faults.seed === undefined ? Math.random : seededDice(faults.seed);
  }

  throwDice(): { delayMs: number; isError: boolean } {
    const { errors, delay } = this.#faults;
    const delayMs = delay && this.#dice() < delay.fraction ? delay.ms : 0;
    return { delayMs, isError: errors !== undefined && this.#dice() < errors.fraction };
  }
}

/** `PUT /faults` sets all faults, `DELETE /faults` ends them. */
async function answerAdmin(faults: FaultDice, log: Log, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  try {
    if (request.url !== '/faults' || (request.method !== 'PUT' && request.method !== 'DELETE'))
      throw new Refused(404, 'there is PUT /faults and DELETE /faults');
    const set = request.method === 'DELETE' ? {} : readFaults(Buffer.concat(pieces).toString());
    faults.set(set);
    log.warning('faults.ts', `Faults on purpose: ${JSON.stringify(set)}`);
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(set));
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown;
    response.writeHead(thrown.status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ error: thrown.message }));
  }
}
