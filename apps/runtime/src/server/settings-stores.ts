import type { Log } from '../log.ts';
import type { LogSettings, Settings, TraceSettingsStore } from './inference-server.ts';
import { Refused } from './refused.ts';

/** What the log writes can be changed while the server runs; where it writes cannot. */
export function logSettings(log: Log, file: string): Settings<LogSettings> {
  let settings: LogSettings = {
    log_file: file,
    log_info: true,
    log_warning: true,
    log_error: true,
    log_verbose_level: 0,
    log_format: 'default',
  };
  return {
    get: () => settings,
    update(changes) {
      if (changes.log_format !== undefined && changes.log_format !== 'default' && changes.log_format !== 'ISO8601')
        throw new Refused('Unavailable', `invalid argument for --log_format, got: ${changes.log_format}`);
      settings = { ...settings, ...changes };
      log.show({ info: settings.log_info, warning: settings.log_warning, error: settings.log_error, format: settings.log_format });
    },
  };
}

const settable = ['trace_level', 'trace_rate', 'trace_count', 'log_frequency'] as const;
type Settable = (typeof settable)[number];
const isSettable = (name: string): name is Settable => settable.includes(name as Settable);

/** Trace settings are kept and told; traces themselves are not written. `isKnown` is asked for models that somebody names. */
export function traceSettings(isKnown: (model: string) => boolean, file: string): TraceSettingsStore {
  const atStart = { trace_level: ['OFF'], trace_rate: '1000', trace_count: '-1', log_frequency: '0' } as const;
  const fixed = { trace_file: file, trace_mode: 'triton' };
  let global: Readonly<Record<Settable, string | readonly string[]>> = atStart;
  const own = new Map<string, Partial<Record<Settable, string | readonly string[]>>>();
  const requireKnown = (model: string): void => {
    if (model !== '' && !isKnown(model)) throw new Refused('Invalid argument', `Request for unknown model : ${model}`);
  };
  return {
    get(model) {
      requireKnown(model);
      return { ...global, ...own.get(model), ...fixed };
    },
    update(model, changes) {
      requireKnown(model);
      const now: Partial<Record<Settable, string | readonly string[]>> = { ...(model === '' ? global : own.get(model)) };
      for (const [name, values] of changes) {
        if (name === 'trace_file') throw new Refused('Unsupported', 'trace file location can not be updated through network protocol');
        if (!isSettable(name)) continue;
        if (values === null) delete now[name];
        else now[name] = checked(name, values, file);
      }
      if (model === '') global = { ...atStart, ...now };
      else own.set(model, now);
    },
  };
}

/** Whatever is no level that Triton knows leaves the tracing off. */
function checked(name: Settable, values: readonly string[], file: string): string | readonly string[] {
  if (name === 'trace_level') {
    if (values.length > 1 && values.includes('OFF'))
      throw new Refused('Invalid argument', "Expect only one trace level 'OFF' is specified");
    const levels = values.filter((value) => value === 'TIMESTAMPS' || value === 'TENSORS');
    if (levels.length > 0 && file === '')
      throw new Refused('Invalid argument', 'Attempting to set invalid trace setting :trace file name is not given');
    return levels.length > 0 ? levels : ['OFF'];
  }
  const [value = ''] = values;
  // As C reads a number: what stands behind it is passed over.
  const digits = /^\s*([+-]?\d+)/.exec(value)?.[1];
  if (digits === undefined) throw new Refused('Invalid argument', `Unable to parse '${name}', got: ${value}`);
  const number = Number(digits);
  if (name === 'trace_count' && number < -1 && number >= -longMax)
    throw new Refused('Invalid argument', `Unable to parse 'trace_count'. Expecting value >= -1, got: ${value}`);
  const [low, high] = name === 'trace_count' ? [-1, intMax] : [0, unsignedMax];
  // The highest of one of them is refused, and what is negative wraps around. Seen on 2.51.0.
  const isBeyond = number > high || number < -longMax || (name === 'log_frequency' && number === high);
  if (isBeyond)
    throw new Refused('Invalid argument', `Unable to parse '${name}', value is out of range [ ${low}, ${high} ], got: ${value}`);
  return name === 'trace_count' ? String(number) : String(number >>> 0);
}

const longMax = 2 ** 63;
const intMax = 2_147_483_647;
const unsignedMax = 4_294_967_295;
