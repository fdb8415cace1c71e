import type { Log } from '../log.ts';
import type { LogSettings, Settings } from './inference-server.ts';
import { Refused } from './refused.ts';

/** What the log writes can be changed while the server runs; where it writes cannot. */
export function logSettings(log: Log, atStart: LogSettings): Settings<LogSettings> {
  let settings = atStart;
  const show = (): void =>
    log.show({ info: settings.log_info, warning: settings.log_warning, error: settings.log_error, format: settings.log_format });
  show();
  return {
    get: () => settings,
    update(changes) {
      if (changes.log_format !== undefined && changes.log_format !== 'default' && changes.log_format !== 'ISO8601')
        throw new Refused('Unavailable', `invalid argument for --log_format, got: ${changes.log_format}`);
      settings = { ...settings, ...changes };
      // A signed number of 32 bits there; what is negative is none.
      settings = { ...settings, log_verbose_level: Math.max(0, settings.log_verbose_level | 0) };
      show();
    },
  };
}
