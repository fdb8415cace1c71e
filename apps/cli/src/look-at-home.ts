import { existsSync, readFileSync } from 'node:fs';
import { Fault, wordsOf } from '#core/base/fault.ts';
import { formatFinding } from '#core/base/finding.ts';
import type { ModelName } from '#core/base/names.ts';
import type { Environment } from '#core/contract/policy.ts';
import { readEnvironment } from '#core/contract/read-environment.ts';
import type { Desired, GatewaySeen, Server } from '#core/rollout/known.ts';
import { emptyState, type ModelState } from '#core/rollout/state.ts';
import { realClock } from '#adapters/clock/real.ts';
import { agents } from '#adapters/fleet/agents.ts';
import { gateways } from '#adapters/traffic/gateways.ts';
import { folderWishes } from '#adapters/wishes/folder.ts';
import { type Present, present } from './announced.ts';
import { type Home, named } from './home.ts';
import { knownModels } from './known-models.ts';
import { Records } from './records.ts';

/** What cannot be looked at now says why; it is never shown as empty. */
export type Looked<T> = { readonly known: T } | { readonly unknown: string };

export type ModelSeen = {
  readonly model: ModelName;
  readonly state: ModelState;
  readonly desired: Looked<Desired | 'none'>;
  readonly servers: Looked<readonly Server[]>;
  readonly gateways: Looked<readonly GatewaySeen[]>;
};

/** Everything that status tells of. */
export type HomeSeen = {
  readonly home: Home;
  readonly processes: readonly Present[];
  readonly environment: Looked<Environment | 'none'>;
  readonly models: readonly ModelSeen[];
};

/** Looks at a home: at what is written down, and at what runs. Changes nothing. */
export async function lookAt(home: Home): Promise<HomeSeen> {
  const records = new Records(home);
  try {
    const world = { home: home.folder, clock: realClock, log: () => undefined };
    const [fleet, traffic] = [agents(world).fleet, gateways(world)];
    const processes = await present(home, { cleans: false });
    const models = (await knownModels(home, records)).map(async (model): Promise<ModelSeen> => {
      const [desired, servers, seen] = await Promise.all([
        looked(() => folderWishes(home.folder).desired(model)),
        looked(() => fleet.servers(model)),
        looked(() => traffic.gateways(model)),
      ]);
      const state = records.state(model);
      return { model, state: state === 'none' ? emptyState(model) : state, desired, servers, gateways: seen };
    });
    return { home, processes, environment: environmentOf(home), models: await Promise.all(models) };
  } finally {
    records.close();
  }
}

async function looked<T>(look: () => Promise<T>): Promise<Looked<T>> {
  try {
    return { known: await look() };
  } catch (thrown) {
    if (thrown instanceof Fault) return { unknown: wordsOf(thrown) };
    throw thrown;
  }
}

function environmentOf({ environment: file }: Home): Looked<Environment | 'none'> {
  if (!existsSync(file)) return { known: 'none' };
  const read = readEnvironment(readFileSync(file, 'utf8'), named(file));
  return 'environment' in read ? { known: read.environment } : { unknown: read.findings.map(formatFinding).join('\n') };
}
