import { setTimeout as sleep } from 'node:timers/promises';
import type { RefereeServer } from './referee-server.ts';

/** It takes a millisecond or two; a model that goes while it still starts may hang for ever, so a new server is the quicker way. */
const unloadMaxMs = 300;
const settleMs = 2;

/**
 * Unloads all models of a case, those too that were refused: of them the server keeps what it read, and would believe it when the next case
 * uses the name. Then waits until the log says that all that was loaded is gone.
 * The index is not asked meanwhile: 2.51 crashes now and then when it is while a model goes.
 */
export async function unloadAll(server: RefereeServer, models: readonly string[], logged: readonly string[]): Promise<void> {
  const present = new Set<string>();
  const follow = (lines: readonly string[]) => {
    for (const line of lines) {
      const [, loading] = /loading: ([^"]+:-?\d+)"?$/.exec(line) ?? [];
      if (loading !== undefined) present.add(loading);
      const [, model, version] = /(?:failed to load|successfully unloaded) '([^']*)' version (-?\d+)/.exec(line) ?? [];
      if (model !== undefined) present.delete(`${model}:${version}`);
    }
  };
  follow(logged);
  if (present.size > 0) await sleep(settleMs);
  for (const name of models) await server.post(`/v2/repository/models/${name}/unload`, '{"parameters":{"unload_dependents":true}}');
  for (const deadline = Date.now() + unloadMaxMs; present.size > 0; ) {
    if (Date.now() > deadline) throw new Error(`still not unloaded: ${[...present].join(', ')}`);
    follow(server.readLog());
    if (present.size > 0) await sleep(0);
  }
}
