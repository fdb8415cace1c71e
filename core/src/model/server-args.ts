import { didYouMean } from '../base/nearest.ts';
import { defaultSettings, type RateResource, type ServerSettings } from './conditions.ts';
import { switches, serverFlagNames } from './server-flag-names.ts';
import { shellWords } from './shell-words.ts';

/** Something that tritonserver would end of, or would not take as it is meant. */
export type ArgProblem = { readonly says: string; readonly fix?: string };

export type ServerArgs = {
  readonly settings: ServerSettings;
  /** Whether the server sees no GPU, whatever the machine has. */
  readonly gpusHidden: boolean;
  readonly problems: readonly ArgProblem[];
};

/**
 * Reads a command line of tritonserver as a shell and getopt would: quotes, --flag=value and --flag value, the beginning of a flag that can
 * be one only, and assignments of the environment in front. Flags that change no verdict are taken without a word.
 */
export function readServerArgs(text: string): ServerArgs {
  const { words, problem } = shellWords(text);
  const { environment, args } = withoutCommand(words);
  const { flags, problems } = splitFlags(args);
  const told: Told[] = [];
  if (problem !== 'none') problems.unshift({ says: problem, fix: 'close it' });
  for (const { flag, value } of flags) {
    const read = valueReaders[flag]?.(value) ?? {};
    if ('says' in read) problems.push({ ...read, says: `--${flag} ${read.says}` });
    else told.push(read);
  }
  const settings = settingsOf(told);
  return { settings, gpusHidden: environment.some(hidesGpus) || hidesAll(settings), problems };
}

/** The flags of a command line as getopt takes them, by their whole names and in their order; '' is the value of one that takes none. */
export function splitFlags(args: readonly string[]): { flags: { flag: string; value: string }[]; problems: ArgProblem[] } {
  const flags: { flag: string; value: string }[] = [];
  const problems: ArgProblem[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const taken = takeOne(args, index);
    index += taken.words - 1;
    if ('problem' in taken) problems.push(taken.problem);
    else flags.push(taken);
  }
  return { flags, problems };
}

/** What stands before the flags: assignments, and the name of the server itself. */
function withoutCommand(words: readonly string[]): { environment: string[]; args: readonly string[] } {
  const first = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
  const at = first < 0 ? words.length : first;
  const isServer = /(^|\/)tritonserver$/.test(words[at] ?? '');
  return { environment: words.slice(0, at), args: words.slice(isServer ? at + 1 : at) };
}

const hidesGpus = (assignment: string): boolean =>
  /^CUDA_VISIBLE_DEVICES=(-1.*|NoDevFiles)?$/.test(assignment) || /^NVIDIA_VISIBLE_DEVICES=(none|void)?$/.test(assignment);

/** Newer than every GPU there is. */
const hidesAll = ({ minComputeCapability }: ServerSettings): boolean => minComputeCapability !== 'default' && minComputeCapability > 20;

type Taken = { readonly words: number } & ({ readonly flag: string; readonly value: string } | { readonly problem: ArgProblem });

function takeOne(args: readonly string[], index: number): Taken {
  const word = args[index] ?? '';
  const [, typed, , given] = /^--([^=]+)(=([^]*))?$/.exec(word) ?? [];
  if (typed === undefined) {
    const fix = /^-[A-Za-z]/.test(word) ? `write -${word}` : 'tritonserver takes flags only';
    return { words: 1, problem: { says: `"${word}" is no flag`, fix } };
  }
  const flag = flagMeant(typed);
  if (flag === undefined) {
    const next = args[index + 1];
    const words = given === undefined && next !== undefined && !next.startsWith('-') ? 2 : 1;
    return { words, problem: { says: `tritonserver has no flag --${typed}`, fix: nearFlag(typed) } };
  }
  if (switches.includes(flag)) {
    if (given === undefined) return { words: 1, flag, value: '' };
    const says = `--${flag} takes no value, and "${given}" is given`;
    return { words: 1, problem: { says, fix: `write --${flag}, or leave it out` } };
  }
  if (given !== undefined) return { words: 1, flag, value: given };
  const value = args[index + 1];
  if (value !== undefined) return { words: 2, flag, value };
  return { words: 1, problem: { says: `--${flag} needs a value`, fix: `write --${flag}=<value>` } };
}

/** As getopt has it: whole, or the beginning of one flag alone. */
function flagMeant(typed: string): string | undefined {
  if (serverFlagNames.includes(typed)) return typed;
  const begun = serverFlagNames.filter((name) => name.startsWith(typed));
  return begun.length === 1 ? begun[0] : undefined;
}

function nearFlag(typed: string): string {
  const near = didYouMean(
    `--${typed}`,
    serverFlagNames.map((name) => `--${name}`),
  );
  return near.startsWith('did') ? near : 'tritonserver --help lists its flags';
}

/** What one flag says. Repositories, resources and policies are gathered, and the rest is settled by who says it last. */
type Told = Partial<Omit<ServerSettings, 'autoComplete'>> & {
  readonly isStrict?: boolean;
  readonly isDisabled?: boolean;
  readonly ownMaxBatchSize?: number;
};

function settingsOf(told: readonly Told[]): ServerSettings {
  const { isStrict = false, isDisabled = false, ownMaxBatchSize, ...rest }: Told = Object.assign({}, ...told);
  return {
    ...defaultSettings,
    ...rest,
    autoComplete: !isStrict && !isDisabled,
    // What is said of one backend outweighs what is said of all, whatever comes last.
    defaultMaxBatchSize: ownMaxBatchSize ?? rest.defaultMaxBatchSize ?? defaultSettings.defaultMaxBatchSize,
    repositories: [...new Set(told.flatMap(({ repositories = [] }) => repositories))],
    rateResources: told.flatMap(({ rateResources = [] }) => rateResources),
    hostPolicies: [...new Set(told.flatMap(({ hostPolicies = [] }) => hostPolicies))],
  };
}

type ValueReader = (value: string) => Told | ArgProblem;

/** Each flag that changes a verdict. What they refuse was tried on tritonserver 2.51. */
const valueReaders: Readonly<Record<string, ValueReader | undefined>> = {
  'disable-auto-complete-config': () => ({ isDisabled: true }),
  'strict-model-config': (value) => bool(value, (isStrict) => ({ isStrict })),
  'model-config-name': (value) =>
    value === '' ? { says: 'is empty', fix: 'leave it out: config.pbtxt is read then' } : { configName: value },
  'model-repository': (folder) => ({ repositories: [folder] }),
  'model-store': (folder) => ({ repositories: [folder] }),
  'model-namespacing': (value) => bool(value, (namespacing) => ({ namespacing })),
  'rate-limit': rateLimit,
  'rate-limit-resource': rateResource,
  'backend-config': backendConfig,
  'backend-directory': (value) => ({ backendDirectory: value }),
  'repoagent-directory': (value) => ({ repoAgentDirectory: value }),
  'cache-config': cacheConfig,
  'response-cache-byte-size': (value) => whole(value, () => ({ hasResponseCache: true })),
  'metrics-config': metricsConfig,
  'allow-metrics': (value) => bool(value, (metrics) => ({ metrics })),
  'min-supported-compute-capability': (value) => {
    const minComputeCapability = Number.parseFloat(value);
    return Number.isNaN(minComputeCapability) ? { says: `takes a number such as 7.5, got "${value}"` } : { minComputeCapability };
  },
  'host-policy': hostPolicy,
};

function bool(value: string, made: (isOn: boolean) => Told): Told | ArgProblem {
  if (/^(true|on|1)$/i.test(value)) return made(true);
  return /^(false|off|0)$/i.test(value) ? made(false) : { says: `is true or false, got "${value}"` };
}

/** Triton reads the digits in front and leaves what follows them. */
function whole(value: string, made: (count: number) => Told): Told | ArgProblem {
  const count = Number.parseInt(value, 10);
  if (Number.isNaN(count)) return { says: `takes a whole number, got "${value}"` };
  return Math.abs(count) > 2 ** 31 - 1 ? { says: `takes a whole number that fits 32 bits, got ${value}` } : made(count);
}

function rateLimit(value: string): Told | ArgProblem {
  const mode = value.toLowerCase();
  if (mode === 'execution_count' || mode === 'off') return { rateLimit: mode === 'execution_count' };
  return { says: `is execution_count or off, got "${value}"`, fix: didYouMean(value, ['execution_count', 'off']) };
}

function rateResource(value: string): Told | ArgProblem {
  const [name = '', count, device, ...more] = value.split(':');
  if (count === undefined || more.length > 0) return { says: `has the form <name>:<count>[:<device>], got "${value}"` };
  const resource = (on: RateResource['device']): Told | ArgProblem =>
    whole(count, (many) => ({ rateResources: [{ name, count: many, device: on }] }));
  if (device === undefined) return resource('all');
  const on = whole(device, () => ({}));
  return 'says' in on ? on : resource(Number.parseInt(device, 10));
}

function backendConfig(value: string): Told | ArgProblem {
  const [, backend, setting, set] = /^(?:([^,=]+),)?([^,=]+)=([^]+)$/.exec(value) ?? [];
  if (setting === undefined || set === undefined) return { says: `has the form [<backend>,]<setting>=<value>, got "${value}"` };
  if (setting !== 'default-max-batch-size') return {};
  return whole(set, (size) =>
    backend === undefined ? { defaultMaxBatchSize: size } : backend === 'onnxruntime' ? { ownMaxBatchSize: size } : {},
  );
}

function cacheConfig(value: string): Told | ArgProblem {
  if (/^[^,]+,[^=]+=[^]+$/.test(value)) return { hasResponseCache: true };
  return { says: `has the form <cache>,<setting>=<value>, got "${value}"`, fix: 'write, say, --cache-config=local,size=1048576' };
}

function metricsConfig(value: string): Told | ArgProblem {
  const [, setting, set] = /^([^,=]+)=([^]+)$/.exec(value) ?? [];
  if (setting === undefined) return { says: `has the form <setting>=<value>, got "${value}"` };
  // Only this very word turns them on.
  return setting === 'histogram_latencies' ? { histograms: set === 'true' } : {};
}

function hostPolicy(value: string): Told | ArgProblem {
  const [, name, setting] = /^([^,]+),([^=]+)=[^]+$/.exec(value) ?? [];
  if (name === undefined || setting === undefined) return { says: `has the form <policy>,<setting>=<value>, got "${value}"` };
  if (setting === 'numa-node' || setting === 'cpu-cores') return { hostPolicies: [name] };
  return { says: `knows the settings numa-node and cpu-cores, got "${setting}"`, fix: didYouMean(setting, ['numa-node', 'cpu-cores']) };
}
