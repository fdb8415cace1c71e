import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '#core/ports/control.ts';

/** The machine's own time. */
export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => wait(ms, undefined, signal ? { signal } : {}).catch(() => undefined),
};
