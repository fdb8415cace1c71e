import type { IncomingMessage, ServerResponse } from 'node:http';
import { wordsOf } from '#core/base/fault.ts';
import { httpHandler } from './http/handler.ts';
import { startGrpc } from './grpc/start-grpc.ts';
import { readTls, type Tls, type TlsFiles } from './grpc/tls.ts';
import { ForkServer } from './instances/fork-server.ts';
import { listen, portOf } from './http/listen.ts';
import { serveHttp } from './http/serve.ts';
import type { Log } from './log.ts';
import { metricsText } from './metrics.ts';
import { answerAdmin } from './misbehaviour/admin.ts';
import { Misbehaviour } from './misbehaviour/misbehaviour.ts';
import { Registry } from './models/registry.ts';
import { FailureCounts } from './scheduling/failure-counts.ts';
import { RateLimiter } from './scheduling/rate-limiter.ts';
import { Cached } from './scheduling/response-cache.ts';
import { Refused } from './server/refused.ts';
import { Server } from './server/server.ts';
import { logSettings } from './server/log-settings.ts';
import { systemSharedMemory } from './server/shared-memory.ts';
import type { RuntimeSettings } from './settings.ts';
import { SimulatedGpus } from './simulated-gpus.ts';
import { Traces } from './tracing/traces.ts';

/** Says what it is by its name; the version is ours and that of package.json. */
export const metadata = {
  name: 'conch-embedded',
  version: '0.1.0',
  extensions: [
    'classification',
    'sequence',
    'model_repository',
    'model_repository(unload_dependents)',
    'schedule_policy',
    'model_configuration',
    'system_shared_memory',
    'cuda_shared_memory',
    'binary_tensor_data',
    'parameters',
    'statistics',
    'trace',
    'logging',
  ],
} as const;

export type RuntimeApp = {
  /** Undefined for a front end that is off. */
  readonly httpPort: number | undefined;
  readonly grpcPort: number | undefined;
  readonly metricsPort: number | undefined;
  readonly adminPort: number | undefined;
  /** Takes no more connections, answers what is under way, ends the instances. False when the time was not enough. */
  stop(): Promise<boolean>;
};

/** Loads the models that the flags name, then opens the ports: who can connect sees a server that has made up its mind. Throws when it cannot serve. */
export async function startRuntime(settings: RuntimeSettings, log: Log): Promise<RuntimeApp> {
  const logging = logSettings(log, settings.log);
  for (const line of settings.ignored) log.warning('settings.ts', line);
  const cache = settings.cacheBytes !== undefined ? new Cached(settings.cacheBytes) : undefined;
  const memory = systemSharedMemory();
  const { server: flags } = settings.conditions;
  const waiting = (model: string): number =>
    registry.loaded().reduce((sum, { id, statistics }) => (id.name === model ? sum + statistics.pending : sum), 0);
  const misbehaviour = settings.adminPort === undefined ? undefined : new Misbehaviour({ log, waiting });
  const forkServer = new ForkServer(log.fd);
  const failures = new FailureCounts();
  const registry: Registry = new Registry({
    repositories: settings.repositories,
    conditions: settings.conditions,
    mode: settings.mode,
    surroundings: {
      log,
      forkServer,
      limiter: new RateLimiter(flags.rateLimit, flags.rateResources),
      infer: (model, request, answer) => server.inferStep(model, request, answer),
      misbehaviour,
      loadRetries: settings.loadRetries,
      hasSummaries: settings.metricsConfig.summaries,
      failures,
    },
  });
  const traces = new Traces(settings.traces, (model) => registry.loadedOf(model).length > 0, log);
  const server = new Server({
    metadata: { ...metadata, name: settings.id || metadata.name },
    registry,
    mode: settings.mode,
    isStrict: settings.strictReadiness,
    cache,
    misbehaviour,
    sharedMemory: memory,
    logSettings: logging,
    traces,
  });
  let adminPort: number | undefined;
  const closing: (() => void)[] = [() => forkServer.end()];
  const opened = async (handler: Parameters<typeof listen>[0], at: Parameters<typeof listen>[1] | undefined, service: string) => {
    if (!at) return undefined;
    const one = await listen(handler, at, service, log);
    closing.push(() => {
      one.close();
      one.closeAllConnections();
    });
    return one;
  };
  try {
    if (misbehaviour) {
      // Open before models load, since what a load suffers from can be lifted.
      const at = { port: settings.adminPort ?? 0, address: '127.0.0.1' };
      const admin = await opened((request, response) => answerAdmin(misbehaviour, request, response), at, 'admin');
      adminPort = admin && portOf(admin);
      log.warning('app.ts', `The admin port 127.0.0.1:${adminPort} takes faults on purpose: for tests and drills only`);
      await misbehaviour.set(settings.faults);
    }
    await loadAtStart(settings, registry, server, log);
    const options = { bytesMax: settings.httpBytesMax, forwards: settings.httpForwards, restricted: settings.httpRestricted };
    const http = settings.http && (await serveHttp(httpHandler(server, options, log), settings.http, log));
    if (http) closing.push(() => http.close());
    const grpc = settings.grpc && (await openGrpc(server, settings, settings.grpc, log));
    if (grpc) closing.push(() => void grpc.stop(0));
    if (grpc) log.info('app.ts', `Started GRPCInferenceService at ${settings.grpc?.address}:${grpc.port}`);
    if (http) log.info('app.ts', `Started HTTPService at ${settings.http?.address}:${http.port}`);
    const gpus = simulated(settings, misbehaviour, log);
    const tell = () => {
      const versions = registry.loaded();
      const told = gpus?.told(versions, performance.now()) ?? [];
      return metricsText({ versions, failures, cache, config: settings.metricsConfig, cpu: settings.cpuMetrics, gpus: told });
    };
    const answerTold = (request: IncomingMessage, response: ServerResponse): void => answerMetrics(tell, request, response);
    const metrics = await opened(misbehaviour?.metrics.around(answerTold) ?? answerTold, settings.metrics, 'Metrics');
    const metricsPort = metrics && portOf(metrics);
    if (metrics && settings.metrics) await misbehaviour?.metrics.guard(metrics, { ...settings.metrics, port: portOf(metrics) });
    if (metrics) log.info('app.ts', `Started Metrics Service at ${settings.metrics?.address}:${metricsPort}`);
    const isPolling = settings.mode === 'poll' && settings.pollMs > 0 && server.hasModels;
    const polling = isPolling ? setInterval(() => void registry.pollOnce(), settings.pollMs) : undefined;
    const stop = async (): Promise<boolean> => {
      clearInterval(polling);
      server.stop();
      log.info('app.ts', 'Waiting for in-flight requests to complete.');
      const deadlineMs = performance.now() + settings.exitTimeoutMs;
      // Over HTTP nobody comes in any more; over gRPC they are told why, and sequences may go on to their end. One budget for all.
      const drained = await Promise.all([http?.drain(settings.exitTimeoutMs) ?? true, registry.drain(settings.exitTimeoutMs)]);
      const isDrained = (await (grpc?.stop(Math.max(0, deadlineMs - performance.now())) ?? true)) && drained.every((isDone) => isDone);
      if (!isDrained) log.error('app.ts', 'Exit timeout expired. Exiting immediately.');
      await registry.end();
      traces.end();
      misbehaviour?.end();
      memory.close();
      for (const close of closing) close();
      return isDrained;
    };
    return {
      httpPort: http?.port,
      grpcPort: grpc?.port,
      metricsPort,
      adminPort,
      stop,
    };
  } catch (thrown) {
    await registry.end();
    for (const close of closing) close();
    throw thrown;
  }
}

function simulated({ simulatedGpus }: RuntimeSettings, misbehaviour: Misbehaviour | undefined, log: Log): SimulatedGpus | undefined {
  if (!simulatedGpus) return undefined;
  log.warning('app.ts', `Metrics tell of simulated GPUs (${simulatedGpus.count}), which are not there`);
  return new SimulatedGpus(simulatedGpus, () => misbehaviour?.leakedBytes ?? 0, performance.now());
}

function openGrpc(server: Server, settings: RuntimeSettings, at: { readonly address: string; readonly port: number }, log: Log) {
  return startGrpc({
    limits: settings.grpcLimits,
    ...(settings.grpcTls ? { tls: tlsOf(settings.grpcTls, at) } : {}),
    server,
    ...at,
    ...(settings.grpcForwards ? { forwardPattern: settings.grpcForwards } : {}),
    restricted: [...settings.grpcRestricted].map(([protocol, key]) => ({ protocols: [protocol], ...key })),
    compression: settings.grpcCompression,
    log,
  });
}

/** The words are Triton's, which takes the port for the culprit; the reason is ours. */
function tlsOf(files: TlsFiles, { address, port }: { readonly address: string; readonly port: number }): Tls {
  try {
    return readTls(files);
  } catch (thrown) {
    const says = `failed to start GRPC service: Unavailable - Socket '${address}:${port}' already in use `;
    throw new Error(`${says}(in truth: ${wordsOf(thrown)})`, { cause: thrown });
  }
}

async function loadAtStart(settings: RuntimeSettings, registry: Registry, server: Server, log: Log): Promise<void> {
  const flaw = await flawAtStart(settings, registry, server);
  if (!flaw) return;
  const { code, message } = flaw;
  if (settings.exitOnError) {
    await registry.end();
    throw new Error(`creating server: ${code} - ${message}`);
  }
  log.error('app.ts', `${code}: ${message}`);
}

/** What keeps a server from being what its flags ask for, in Triton's words. */
async function flawAtStart(settings: RuntimeSettings, registry: Registry, server: Server): Promise<Refused | undefined> {
  if (settings.cacheBytes !== undefined && settings.cacheBytes < cacheBytesMin) {
    server.hasModels = false;
    return new Refused(
      'Internal',
      'Failed to initialize LocalCache: Could not initialize buffer in basic_managed_external_buffer constructor',
    );
  }
  if (registry.flaw) {
    server.hasModels = false;
    return registry.flaw;
  }
  const names = new Set(settings.loadAtStart);
  if (names.has('*') && names.size > 1)
    return new Refused('Invalid argument', "Wildcard model name '*' must be the ONLY startup model if specified at all.");
  return (await registry.start(settings.loadAtStart)) ? undefined : new Refused('Internal', 'failed to load all models');
}

/** What a cache of Triton's takes for itself. */
const cacheBytesMin = 192;

/** Any other path is an empty 200, as with Triton, which tells no date. */
function answerMetrics(tell: () => string, request: IncomingMessage, response: ServerResponse): void {
  const isGet = request.method === 'GET';
  const body = !isGet ? '{"error":"Method Not Allowed"}' : /^\/metrics\/?(\?|$)/.test(request.url ?? '') ? tell() : '';
  response.sendDate = false;
  // Nor does it speak of a connection that stays open.
  if (response.shouldKeepAlive && request.httpVersionMinor > 0) response.removeHeader('Connection');
  response.writeHead(isGet ? 200 : 405, {
    'Content-Type': isGet ? 'text/plain; charset=utf-8' : 'text/plain',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}
