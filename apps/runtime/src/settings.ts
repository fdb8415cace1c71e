/** One flag: tritonserver's name and meaning where tritonserver has it. */
type Flag = { readonly says: string; readonly default: string; readonly isOurs?: true };

const flags = {
  'model-repository': { says: 'Folder of the model repository', default: '' },
  'http-port': { says: 'Port of the inference protocol', default: '8000' },
  'http-address': { says: 'Address of the inference protocol', default: '0.0.0.0' },
  'metrics-port': { says: 'Port of the metrics', default: '8002' },
  'metrics-address': { says: 'Address of the metrics; that of HTTP when not given', default: '' },
  'model-control-mode': { says: 'Only none: what is there at the start is loaded, and nothing changes', default: 'none' },
  'exit-on-error': { says: 'End when a model does not load', default: 'true' },
  'strict-readiness': { says: 'Ready only when every model is', default: 'true' },
  'disable-auto-complete-config': { says: 'Take config.pbtxt as it stands; completing it is not implemented', default: 'false' },
  'log-file': { says: 'Where the log goes; stderr when not given', default: '' },
  'exit-timeout-secs': { says: 'How long requests under way may take after SIGTERM', default: '30' },
  'exit-with-parent': { says: 'End when stdin closes, so that nothing is left when the parent is killed', default: 'false', isOurs: true },
  'admin-port': {
    says: 'Loopback port that takes faults on purpose, for tests and benchmarks; none when not given',
    default: '',
    isOurs: true,
  },
} as const satisfies Readonly<Record<string, Flag>>;

export type RuntimeSettings = {
  readonly repository: string;
  readonly http: { readonly port: number; readonly address: string };
  readonly metrics: { readonly port: number; readonly address: string };
  readonly exitOnError: boolean;
  readonly strictReadiness: boolean;
  readonly logFile: string;
  readonly exitTimeoutMs: number;
  readonly exitWithParent: boolean;
  readonly adminPort: number | undefined;
  /** Lines for the log: what was asked for and is not done. */
  readonly ignored: readonly string[];
};

/** Flags of tritonserver that change nothing here; said in the log, never silently. */
const ignoredFlags =
  /^(allow-grpc|grpc-.*|allow-http|allow-metrics|allow-gpu-metrics|allow-cpu-metrics|backend-directory|cache-directory|http-thread-count|log-verbose|log-info|log-warning|log-error|model-load-thread-count)$/;

/** Reads `--name=value`; a bare `--name` is true. Gives settings, or what is wrong with them. */
export function readSettings(args: readonly string[]): RuntimeSettings | { readonly problem: string } {
  const values = new Map<string, string>(Object.entries(flags).map(([name, flag]) => [name, flag.default]));
  const ignored: string[] = [];
  for (const arg of args) {
    const match = /^--([a-z-]+)(?:=(.*))?$/s.exec(arg);
    const name = match?.[1] ?? '';
    if (match && values.has(name)) values.set(name, match[2] ?? 'true');
    else if (ignoredFlags.test(name)) ignored.push(`${arg} is ignored: conch-embedded has no such thing`);
    else return { problem: `unrecognized option '${arg}'; see --help` };
  }
  const get = (name: keyof typeof flags): string => values.get(name) ?? '';
  const wrong = problemOf(get);
  if (wrong) return { problem: wrong };
  if (get('disable-auto-complete-config') === 'false')
    ignored.push('configurations are not completed: conch-embedded always goes by --disable-auto-complete-config');
  return {
    repository: get('model-repository'),
    http: { port: Number(get('http-port')), address: get('http-address') },
    metrics: { port: Number(get('metrics-port')), address: get('metrics-address') || get('http-address') },
    exitOnError: get('exit-on-error') === 'true',
    strictReadiness: get('strict-readiness') === 'true',
    logFile: get('log-file'),
    exitTimeoutMs: Number(get('exit-timeout-secs')) * 1000,
    exitWithParent: get('exit-with-parent') === 'true',
    adminPort: get('admin-port') === '' ? undefined : Number(get('admin-port')),
    ignored,
  };
}

function problemOf(get: (name: keyof typeof flags) => string): string | undefined {
  if (get('model-repository') === '') return 'the --model-repository option must specify a value';
  if (get('model-control-mode') !== 'none')
    return `--model-control-mode=${get('model-control-mode')} is not implemented: conch-embedded knows none alone`;
  for (const name of ['exit-on-error', 'strict-readiness', 'disable-auto-complete-config', 'exit-with-parent'] as const) {
    if (!/^(true|false)$/.test(get(name))) return `--${name} takes true or false, not '${get(name)}'`;
  }
  for (const name of ['http-port', 'metrics-port', 'admin-port', 'exit-timeout-secs'] as const) {
    if (!/^\d{1,5}$/.test(get(name)) && !(name === 'admin-port' && get(name) === '')) return `--${name} takes a number, not '${get(name)}'`;
  }
  return undefined;
}

export function helpText(): string {
  const lines = Object.entries(flags).map(([name, flag]: [string, Flag]) => {
    const preset = flag.default === '' ? '' : ` (${flag.default})`;
    return `  --${name}=...\n        ${flag.says}${preset}${flag.isOurs ? '; not one of tritonserver' : ''}`;
  });
  return `Usage: conch-embedded --model-repository=FOLDER [options]\n\nServes ONNX models on this machine's CPU as tritonserver would. For rehearsal.\n\n${lines.join('\n')}\n`;
}
