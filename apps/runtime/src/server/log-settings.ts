import type { Log } from '../log.ts';
import type { LogSettings, Settings } from './inference-server.ts';
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
