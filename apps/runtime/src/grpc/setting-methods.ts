import { decodeMessage } from '#core/kserve/grpc/decode-message.ts';
import { encodeMessage } from '#core/kserve/grpc/encode-message.ts';
import type { Read } from '#core/kserve/grpc/message-schema.ts';
import { logSettings, traceSettingRequest, traceSettingResponse } from '#core/kserve/grpc/service-messages.ts';
import type { LogSettings, TraceSettings } from '../server/inference-server.ts';
import { refuse } from '../server/refused.ts';
import { type Front, type Method, unary } from './method.ts';

/** Both methods change what is given, and answer with all that holds then. */
export function settingMethods({ server, log }: Front): Record<string, Method> {
  return {
    TraceSetting: unary('trace', log, {
      decode: (bytes) => decodeMessage(traceSettingRequest, bytes),
      answer: ({ settings, model_name }) => {
        const changes = traceChanges(settings);
        if (changes.size > 0) server.traces.update(model_name, changes);
        return encodeMessage(traceSettingResponse, { settings: writtenTrace(server.traces.settings(model_name)) });
      },
    }),
    LogSettings: unary('logging', log, {
      decode: (bytes) => decodeMessage(logSettings, bytes),
      answer: ({ settings }) => {
        // One after the other: when a later one is refused, Triton has taken the earlier ones.
        for (const change of logChanges(settings)) server.logSettings.update(change);
        return encodeMessage(logSettings, { settings: writtenLog(server.logSettings.get()) });
      },
    }),
  };
}

type TraceChanges = Read<(typeof traceSettingRequest)['shape']>['settings'];
type LogChanges = Read<(typeof logSettings)['shape']>['settings'];

/** Settings that Triton does not know are passed over. An empty list falls back. */
function traceChanges(settings: TraceChanges): ReadonlyMap<string, readonly string[] | null> {
  if (settings.has('trace_file')) refuse('Unsupported', 'trace file location can not be updated through network protocol');
  const changes = new Map<string, readonly string[] | null>();
  for (const name of ['trace_level', 'trace_rate', 'trace_count', 'log_frequency']) {
    const value = settings.get(name)?.value;
    if (value === undefined) continue;
    if (name !== 'trace_level' && value.length > 1) refuse('Invalid argument', `expect only 1 value for '${name}'`);
    changes.set(name, value.length === 0 ? null : value);
  }
  return changes;
}

function writtenTrace(settings: TraceSettings): ReadonlyMap<string, { readonly value: readonly string[] }> {
  return new Map(Object.entries(settings).map(([name, value]) => [name, { value: typeof value === 'string' ? [value] : value }]));
}

/** In the order in which Triton takes them, whatever the order of the request. Settings that it does not know are passed over. */
function* logChanges(settings: LogChanges): Generator<Partial<LogSettings>> {
  if (settings.has('log_file')) refuse('Unsupported', 'log file location can not be updated through network protocol');
  for (const name of ['log_info', 'log_warning', 'log_error'] as const) {
    const setting = settings.get(name);
    if (setting) yield { [name]: setting.bool_param ?? refuse('Invalid argument', `expect boolean for '${name}'`) };
  }
  const level = settings.get('log_verbose_level');
  if (level) yield { log_verbose_level: level.uint32_param ?? refuse('Invalid argument', "expect int32 for 'log_verbose_level'") };
  const format = settings.get('log_format');
  if (format) {
    const log_format = format.string_param ?? refuse('Invalid argument', "expect string for 'log_format'");
    if (log_format !== 'default' && log_format !== 'ISO8601')
      refuse('Invalid argument', `invalid argument for log_format, got: ${log_format}`);
    yield { log_format };
  }
}

type WrittenLogSetting = { readonly bool_param: boolean } | { readonly uint32_param: number } | { readonly string_param: string };

function writtenLog(settings: LogSettings): ReadonlyMap<string, WrittenLogSetting> {
  return new Map(
    Object.entries(settings).map(([name, value]) => [
      name,
      typeof value === 'boolean' ? { bool_param: value } : typeof value === 'number' ? { uint32_param: value } : { string_param: value },
    ]),
  );
}
