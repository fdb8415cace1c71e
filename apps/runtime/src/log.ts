import { writeJson } from '#core/kserve/write-json.ts';
import { closeSync, openSync, writeSync } from 'node:fs';

/** Writes lines in the form of Triton's log, so that whatever reads Triton's reads ours. */
export type Log = {
  info(where: string, says: string): void;
  warning(where: string, says: string): void;
  error(where: string, says: string): void;
  /** What is written from now on. */
  show(levels: LogLevels): void;
  /** Where child processes write to as well. */
  readonly fd: number;
  close(): void;
};

export type LogLevels = { readonly info: boolean; readonly warning: boolean; readonly error: boolean; readonly format: string };

/** To a file, added at its end, or to stderr. */
export function openLog(file: string): Log {
  const fd = file === '' ? 2 : openSync(file, 'a');
  let shown: LogLevels = { info: true, warning: true, error: true, format: 'default' };
  const write = (level: 'I' | 'W' | 'E', where: string, says: string) => {
    if (!(level === 'I' ? shown.info : level === 'W' ? shown.warning : shown.error)) return;
    try {
      writeSync(fd, `${(shown.format === 'ISO8601' ? isoLine : formatLine)(level, where, says, new Date(), process.pid)}\n`);
    } catch {
      // A log that cannot be written (a full disk, a reader that went) must not end the server.
    }
  };
  return {
    info: (where, says) => write('I', where, says),
    warning: (where, says) => write('W', where, says),
    error: (where, says) => write('E', where, says),
    show(levels) {
      shown = levels;
    },
    fd,
    close: () => {
      if (fd !== 2) closeSync(fd);
    },
  };
}

/** `I1123 02:06:34.848258 8050 model-version.ts] "loading: digits:1"`; texts are JSON-escaped, as Triton's are since 24.05. */
export function formatLine(level: 'I' | 'W' | 'E', where: string, says: string, at: Date, pid: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${two(at.getUTCMonth() + 1)}${two(at.getUTCDate())}`;
  const time = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}.${String(at.getUTCMilliseconds()).padStart(3, '0')}000`;
  return `${level}${day} ${time} ${pid} ${where}] ${writeJson(says)}`;
}

/** `2026-11-23T02:06:34Z I 8050 registry.ts] "loading: digits:1"`, as with `--log-format=ISO8601`. */
function isoLine(level: 'I' | 'W' | 'E', where: string, says: string, at: Date, pid: number): string {
  return `${at.toISOString().replace(/\.\d+Z$/, 'Z')} ${level} ${pid} ${where}] ${writeJson(says)}`;
}
