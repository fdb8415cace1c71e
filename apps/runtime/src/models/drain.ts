import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';

/** What a server waits for before it ends, told once a second with the seconds that are left. */
export class Drain {
  readonly #deadlineMs: number;
  readonly #log: Log;

  constructor(graceMs: number, log: Log) {
    this.#deadlineMs = performance.now() + graceMs;
    this.#log = log;
  }

  /** False when the time was not enough. */
  async until(isDone: () => boolean, told: () => readonly [string, ...string[]]): Promise<boolean> {
    for (let nextMs = 0; ; ) {
      const nowMs = performance.now();
      const leftMs = this.#deadlineMs - nowMs;
      const isOver = isDone() || leftMs <= 0;
      if (isOver || nowMs >= nextMs) {
        const [first, ...more] = told();
        this.#log.info('drain.ts', `Timeout ${Math.max(0, Math.round(leftMs / 1000))}: ${first}`);
        for (const line of more) this.#log.info('drain.ts', line);
        nextMs = nowMs + 1000;
      }
      if (isOver) return isDone();
      await sleep(lookMs);
    }
  }
}

/** What is under way is answered within milliseconds mostly, and nothing tells when. */
const lookMs = 5;
