import { randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import type { ModelName } from '#core/base/names.ts';
import type { Ms } from '#core/base/time.ts';
import type { Entry } from '#core/journal/chain.ts';
import type { Intervention } from '#core/rollout/known.ts';
import { folderWishes } from '#adapters/wishes/folder.ts';
import { present } from './announced.ts';
import type { Home } from './home.ts';
import type { Records } from './records.ts';

/** What became of an order so far. */
export type Outcome =
  | { readonly is: 'obeyed' | 'refused'; readonly entry: Entry }
  /** Nobody has obeyed it yet: control is down, or slow. It still holds, until it expires. */
  | { readonly is: 'waiting'; readonly controlIs: 'up' | 'down' };

const expiryMs: Ms = 600_000;
const patienceMs: Ms = 8000;

/** Writes down what a person wants, and waits for what control makes of it. */
export async function order(
  home: Home,
  records: Records,
  wish: { verb: Intervention['verb']; model: ModelName; reason: string },
  signal: AbortSignal,
): Promise<{ intervention: Intervention; outcome: Outcome }> {
  const intervention = intervene(wish);
  folderWishes(home.folder).writeIntervention(intervention);
  const isUp = await isControlUp(home);
  for (const until = Date.now() + (isUp ? patienceMs : 0); ; await wait(50)) {
    const entry = (await records.chain(wish.model, 0)).findLast((one) => names(one, intervention.id));
    if (entry) return { intervention, outcome: { is: entry.code === 'intervention/refused' ? 'refused' : 'obeyed', entry } };
    if (Date.now() >= until || signal.aborted) return { intervention, outcome: { is: 'waiting', controlIs: isUp ? 'up' : 'down' } };
  }
}

export async function isControlUp(home: Home): Promise<boolean> {
  return (await present(home, { cleans: false })).some(({ kind, is }) => kind === 'control' && is === 'answering');
}

/** user@host, as the journal names a person. */
export function actor(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}@${hostname()}`; // a user without a name, as in many containers
  }
}

function intervene({ verb, model, reason }: { verb: Intervention['verb']; model: ModelName; reason: string }): Intervention {
  const at = Date.now();
  const id = `${new Date(at).toISOString().replaceAll(/[-:.]/g, '')}-${verb}-${randomBytes(3).toString('hex')}`;
  return { id, verb, target: model, reason, actor: actor(), at, expiry: at + expiryMs };
}

function names({ evidence }: Entry, id: string): boolean {
  return evidence.some((one) => typeof one === 'object' && one !== null && 'id' in one && one.id === id);
}
