import { wordsOf } from '#core/base/fault.ts';
import { nearest } from '#core/base/nearest.ts';
import { readServerArgs, splitFlags } from '#core/model/server-args.ts';
import type { Conditions } from '#core/model/conditions.ts';
import type { ConnectionLimits } from './grpc/connection.ts';
import { keepAliveDefault } from './grpc/keep-alive.ts';
import { pingLimitsDefault } from './grpc/ping-strikes.ts';
import type { TlsFiles } from './grpc/tls.ts';
import { honouredFlags } from './honoured-flags.ts';
import { type Faults, readFaults } from './misbehaviour/faults.ts';
import type { ControlMode } from './models/registry.ts';
import { readRestricted } from './read-restricted.ts';
import type { Category } from './http/routes.ts';
import type { LogSettings } from './server/inference-server.ts';
import type { SimulatedGpusAsked } from './simulated-gpus.ts';
import type { TracesAtStart } from './tracing/traces.ts';

export type Address = {
  readonly port: number;
  readonly address: string;
  /** With others that do the same. */
  readonly sharesPort?: boolean;
};

export type RuntimeSettings = {
  readonly id: string;
  readonly repositories: readonly string[];
  /** Undefined for a front end that is off. */
  readonly http: Address | undefined;
  readonly grpc: Address | undefined;
  readonly metrics: Address | undefined;
  readonly mode: ControlMode;
  readonly loadAtStart: readonly string[];
  /** 0: never again after the start. */
  readonly pollMs: number;
  readonly exitOnError: boolean;
  readonly strictReadiness: boolean;
  readonly log: LogSettings;
  /** How often a load that fails is tried again. */
  readonly loadRetries: number;
  readonly exitTimeoutMs: number;
  readonly httpBytesMax: number;
  readonly httpForwards: RegExp | undefined;
  readonly grpcForwards: RegExp | undefined;
  readonly httpRestricted: Restricted;
  readonly grpcRestricted: Restricted;
  readonly grpcCompression: 'none' | 'low' | 'medium' | 'high';
  readonly grpcLimits: Required<ConnectionLimits>;
  /** Undefined where gRPC goes in the clear. */
  readonly grpcTls: TlsFiles | undefined;
  readonly traces: TracesAtStart;
  /** Undefined where there is no cache. */
  readonly cacheBytes: number | undefined;
  readonly metricsConfig: {
    readonly counters: boolean;
    readonly summaries: boolean;
    readonly quantiles: readonly number[];
  };
  readonly cpuMetrics: boolean;
  /** What of the flags decides which models load. */
  readonly conditions: Conditions;
  readonly exitWithParent: boolean;
  readonly adminPort: number | undefined;
  readonly simulatedGpus: SimulatedGpusAsked | undefined;
  /** What goes wrong on purpose from the start. */
  readonly faults: Faults;
  /** Lines for the log: what was asked for and is not done. */
  readonly ignored: readonly string[];
};

export type Restricted = ReadonlyMap<Category, { readonly header: string; readonly value: string }>;

/** Reads a command line of tritonserver, and four flags of our own. Gives settings, or what is wrong with them. */
export function readSettings(args: readonly string[]): RuntimeSettings | { readonly problem: string } {
  const own = args.filter((arg) => ownFlag.test(arg));
  const theirs = args.filter((arg) => !ownFlag.test(arg));
  const { flags, problems } = splitFlags(theirs);
  const judged = readServerArgs(theirs.map(quoted).join(' '));
  const problem = problems[0] ?? judged.problems[0];
  if (problem) return { problem: `${problem.says}${problem.fix ? ` (${problem.fix})` : ''}; see --help` };
  try {
    return settingsFrom(new Given(flags), new Given(own.map(splitOwn)), judged.settings);
  } catch (thrown) {
    if (thrown instanceof BadFlag) return { problem: thrown.message };
    throw thrown;
  }
}

const ownFlag = /^--(admin-port|exit-with-parent|faults|simulated-gpus)(=|$)/;

const splitOwn = (arg: string) => ({
  flag: arg.slice(2).split('=', 1)[0] ?? '',
  value: arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : 'true',
});

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

class BadFlag extends Error {}

/** What was given; of a flag that is given twice the last one counts. */
class Given {
  readonly #flags: readonly { readonly flag: string; readonly value: string }[];

  constructor(flags: readonly { readonly flag: string; readonly value: string }[]) {
    this.#flags = flags;
  }

  get names(): readonly string[] {
    return [...new Set(this.#flags.map(({ flag }) => flag))];
  }

  all(...names: string[]): readonly string[] {
    return this.#flags.filter(({ flag }) => names.includes(flag)).map(({ value }) => value);
  }

  text(name: string, otherwise = ''): string {
    return this.all(name).at(-1) ?? otherwise;
  }

  bool(name: string, otherwise: boolean): boolean {
    const value = this.text(name, String(otherwise));
    if (/^(true|on|1)$/i.test(value)) return true;
    if (/^(false|off|0)$/i.test(value)) return false;
    throw new BadFlag(`--${name} takes true or false, not '${value}'`);
  }

  whole(name: string, otherwise: number): number {
    const value = this.text(name, String(otherwise));
    if (!/^\d{1,12}$/.test(value)) throw new BadFlag(`--${name} takes a number, not '${value}'`);
    return Number(value);
  }

  oneOf<T extends string>(name: string, choices: readonly T[], otherwise: T): T {
    const value = this.text(name, otherwise);
    const chosen = choices.find((choice) => choice === value);
    if (chosen === undefined)
      throw new BadFlag(
        `--${name} is one of ${choices.join(', ')}, not '${value}' (did you mean ${nearest(value, choices) ?? choices[0]}?)`,
      );
    return chosen;
  }

  pattern(name: string): RegExp | undefined {
    const text = this.text(name);
    if (text === '') return undefined;
    try {
      // Header names come in small letters, and Triton's pattern does not mind the case unless it says so.
      return text.startsWith('(?-i)') ? new RegExp(text.slice('(?-i)'.length)) : new RegExp(text, 'i');
    } catch {
      throw new BadFlag(`--${name} takes a regular expression, not '${text}'`);
    }
  }
}

function settingsFrom(given: Given, own: Given, server: Conditions['server']): RuntimeSettings {
  const repositories = given.all('model-repository', 'model-store');
  if (repositories.length === 0) throw new BadFlag('the --model-repository option must specify a value');
  const mode = given.oneOf('model-control-mode', ['none', 'poll', 'explicit'], 'none');
  const loadAtStart = given.all('load-model');
  if (loadAtStart.length > 0 && mode !== 'explicit')
    throw new BadFlag('--load-model is for --model-control-mode=explicit: the other modes load every model of the repository');
  const httpAddress = given.text('http-address', '0.0.0.0');
  const adminPort = own.text('admin-port');
  return {
    id: given.text('id'),
    repositories,
    http: given.bool('allow-http', true)
      ? { port: given.whole('http-port', 8000), address: httpAddress, sharesPort: given.bool('reuse-http-port', false) }
      : undefined,
    grpc: given.bool('allow-grpc', true)
      ? {
          port: given.whole('grpc-port', 8001),
          address: given.text('grpc-address', '0.0.0.0'),
          sharesPort: given.bool('reuse-grpc-port', false),
        }
      : undefined,
    metrics: given.bool('allow-metrics', true)
      ? { port: given.whole('metrics-port', 8002), address: given.text('metrics-address', httpAddress) }
      : undefined,
    mode,
    loadAtStart,
    pollMs: given.whole('repository-poll-secs', 15) * 1000,
    exitOnError: given.bool('exit-on-error', true),
    strictReadiness: given.bool('strict-readiness', true),
    log: logAtStart(given),
    loadRetries: given.whole('model-load-retry-count', 0),
    exitTimeoutMs: given.whole('exit-timeout-secs', 30) * 1000,
    httpBytesMax: given.whole('http-max-input-size', 64 * 1024 * 1024),
    httpForwards: given.pattern('http-header-forward-pattern'),
    grpcForwards: given.pattern('grpc-header-forward-pattern'),
    httpRestricted: restricted('http-restricted-api', given),
    grpcRestricted: restricted('grpc-restricted-protocol', given),
    grpcCompression: given.oneOf('grpc-infer-response-compression-level', ['none', 'low', 'medium', 'high'], 'none'),
    grpcLimits: grpcLimits(given),
    grpcTls: grpcTls(given),
    traces: tracesAtStart(given),
    cacheBytes: cacheBytes(given),
    metricsConfig: metricsConfig(given.all('metrics-config')),
    cpuMetrics: given.bool('allow-cpu-metrics', true),
    conditions: { triton: { major: 2, minor: 51 }, gpus: [], server, backends: 'judged' },
    exitWithParent: own.bool('exit-with-parent', false),
    adminPort: adminPort === '' ? undefined : own.whole('admin-port', 0),
    simulatedGpus: simulatedGpus(own),
    faults: faultsFrom(own, adminPort),
    ignored: given.names
      .filter((name) => !honoured.has(name))
      .map((name) => `--${name}=${given.text(name)} is ignored: conch-embedded has no such thing`),
  };
}

const honoured: ReadonlySet<string> = new Set(honouredFlags.map(({ name }) => name));

function restricted(flag: string, given: Given): Restricted {
  const read = readRestricted(given.all(flag));
  if ('says' in read) throw new BadFlag(`--${flag}: ${read.says}`);
  return read.restricted;
}

function grpcLimits(given: Given): Required<ConnectionLimits> {
  const maybe = (name: string): number | undefined => (given.text(name) === '' ? undefined : given.whole(name, 0));
  return {
    keepAlive: {
      everyMs: given.whole('grpc-keepalive-time', keepAliveDefault.everyMs),
      timeoutMs: given.whole('grpc-keepalive-timeout', keepAliveDefault.timeoutMs),
      withoutCalls: given.bool('grpc-keepalive-permit-without-calls', keepAliveDefault.withoutCalls),
    },
    pings: {
      everyMs: given.whole('grpc-http2-min-recv-ping-interval-without-data', pingLimitsDefault.everyMs),
      strikesMax: given.whole('grpc-http2-max-ping-strikes', pingLimitsDefault.strikesMax),
    },
    age: { maxMs: maybe('grpc-max-connection-age'), graceMs: maybe('grpc-max-connection-age-grace') },
  };
}

function grpcTls(given: Given): TlsFiles | undefined {
  const isMutual = given.bool('grpc-use-ssl-mutual', false);
  if (!isMutual && !given.bool('grpc-use-ssl', false)) return undefined;
  return { cert: given.text('grpc-server-cert'), key: given.text('grpc-server-key'), root: given.text('grpc-root-cert'), isMutual };
}

function logAtStart(given: Given): LogSettings {
  return {
    log_file: given.text('log-file'),
    log_info: given.bool('log-info', true),
    log_warning: given.bool('log-warning', true),
    log_error: given.bool('log-error', true),
    log_verbose_level: verboseLevel(given.text('log-verbose', '0')),
    log_format: given.oneOf('log-format', ['default', 'ISO8601'], 'default'),
  };
}

/** As C reads a number, and a word for its lowest. */
function verboseLevel(value: string): number {
  if (/^(true|false)$/i.test(value)) return value.toLowerCase() === 'true' ? 1 : 0;
  const level = Number.parseInt(value, 10);
  if (Number.isNaN(level) || Math.abs(level) >= 2 ** 31) throw new BadFlag(`--log-verbose takes a number of 32 bits, not '${value}'`);
  return Math.max(0, level);
}

/** The older flags are those of the setting of the same name. */
function tracesAtStart(given: Given): TracesAtStart {
  const said = given.all('trace-config').map((value) => /^(?:triton,)?([^,=]+)=(.*)$/.exec(value) ?? []);
  const of = (name: string): readonly string[] => [
    ...given.all(`trace-${name}`),
    ...said.flatMap(([, known, value]) => (known === name && value !== undefined ? [value] : [])),
  ];
  const whole = (name: string, otherwise: number): number => {
    const value = of(name).at(-1) ?? String(otherwise);
    if (!/^-?\d{1,10}$/.test(value)) throw new BadFlag(`--trace-config ${name} takes a number, not '${value}'`);
    return Number(value);
  };
  const levels = new Set(of('level').map((value) => value.toUpperCase()));
  const strange = [...levels].find((level) => !['OFF', 'MIN', 'MAX', 'TIMESTAMPS', 'TENSORS'].includes(level));
  if (strange !== undefined) throw new BadFlag(`--trace-config level is OFF, TIMESTAMPS or TENSORS, not '${strange}'`);
  return {
    file: of('file').at(-1) ?? '',
    levels: (['TIMESTAMPS', 'TENSORS'] as const).filter(
      (level) => levels.has(level) || (level === 'TIMESTAMPS' && (levels.has('MIN') || levels.has('MAX'))),
    ),
    rate: whole('rate', 1000),
    count: whole('count', -1),
    frequency: whole('log-frequency', 0),
  };
}

function simulatedGpus(own: Given): SimulatedGpusAsked | undefined {
  const text = own.text('simulated-gpus');
  if (text === '') return undefined;
  const [, count, gigabytes = '16'] = /^([1-9]|1[0-6])(?::([1-9]\d{0,2}))?$/.exec(text) ?? [];
  if (count === undefined) throw new BadFlag(`--simulated-gpus takes <count>[:<GiB>], up to 16, such as 2:24, not '${text}'`);
  return { count: Number(count), bytes: Number(gigabytes) * 2 ** 30 };
}

function faultsFrom(own: Given, adminPort: string): Faults {
  const text = own.text('faults');
  if (text === '') return {};
  if (adminPort === '') throw new BadFlag('--faults needs --admin-port, by which they can be ended');
  try {
    return readFaults(text);
  } catch (thrown) {
    throw new BadFlag(`--faults: ${wordsOf(thrown)}`);
  }
}

function cacheBytes(given: Given): number | undefined {
  const local = given.all('cache-config').at(-1);
  const isOlder = given.names.includes('response-cache-byte-size');
  if (local === undefined) return isOlder ? given.whole('response-cache-byte-size', 0) : undefined;
  if (isOlder)
    throw new BadFlag('Incompatible flags --response-cache-byte-size and --cache-config both provided. Please provide one or the other.');
  const size = /^local,size=(\d+)$/.exec(local)?.[1];
  if (size === undefined) throw new BadFlag(`--cache-config takes local,size=<bytes> here, not '${local}'`);
  return Number(size);
}

function metricsConfig(values: readonly string[]): RuntimeSettings['metricsConfig'] {
  const settings = new Map(values.map((value) => [value.slice(0, value.indexOf('=')), value.slice(value.indexOf('=') + 1)] as const));
  const quantiles = (settings.get('summary_quantiles') ?? '0.5:0.05,0.9:0.01,0.95:0.001,0.99:0.001,0.999:0.001')
    .split(',')
    .map((pair) => Number(pair.split(':')[0]));
  return {
    counters: settings.get('counter_latencies') !== 'false',
    summaries: settings.get('summary_latencies') === 'true',
    quantiles,
  };
}
