import { Fault } from '#core/base/fault.ts';
import type { ModelName } from '#core/base/names.ts';
import { type Reason, reason } from '#core/base/reason.ts';
import { formatDuration } from '#core/base/time.ts';
import type { AgentWorld, IndexEntry, Materialised, Running } from '#core/ports/agent.ts';
import type { PoolTarget } from '#core/ports/targets.ts';
import type { AgentSettings } from './settings.ts';
import { inOneLine, stillLoading, tellingLine } from './telling-line.ts';

/** A started process, and what it was started for. */
export type Subject = { readonly target: PoolTarget; readonly materialised: Materialised; readonly running: Running };

/** Waits until the model is loaded, or says why it is not: in the server's own words, or that it took too long. */
export async function load(
  { target, materialised, running }: Subject,
  { clock, triton }: Pick<AgentWorld, 'clock' | 'triton'>,
  { startPollMs }: AgentSettings,
  told: { says: (progress: string) => void; signal: AbortSignal },
): Promise<'loaded' | Reason> {
  const began = clock.now();
  while (!told.signal.aborted) {
    const state = await lookAt(running, target.model, materialised.parts.versions, triton);
    if (told.signal.aborted) break;
    if (state === 'ready') return 'loaded';
    if (state !== 'loading') return reason('load/refused', state.says ?? wordsIn(running.tail(50)));
    const ms = clock.now() - began;
    const last = running.tail(1)[0];
    if (ms >= target.loadMs) {
      const left = stillLoading(running.tail(linesRead));
      const which = left.length > 0 ? `; still loading: ${left.join(', ')}` : '';
      return reason('load/too-slow', `not loaded within ${formatDuration(target.loadMs)}${which}${last ? `; last it said: ${last}` : ''}`);
    }
    told.says(`loading for ${formatDuration(Math.floor(ms / 1000) * 1000)}${last ? `: ${last}` : ''}`);
    await clock.sleep(Math.max(1, Math.min(startPollMs, target.loadMs - ms)), told.signal);
  }
  return reason('load/abandoned', 'no longer wanted');
}

/** So much of a server's log is looked at for what it loads. */
const linesRead = 500;

function wordsIn(log: readonly string[]): string {
  const line = tellingLine(log);
  return line === 'none' ? 'the runtime gives no reason' : line;
}

/** How the index shows a load: under way, done, or refused, with the server's reason where it gives one. */
export function loadStateOf(
  index: readonly IndexEntry[],
  model: ModelName,
  versions: readonly string[],
): 'loading' | 'ready' | { says: string | undefined } {
  const entries = index.filter(({ name }) => name === model);
  // All models of a server belong to one release, and an ensemble loads after those that it runs.
  if (index.some(({ state }) => state === 'LOADING')) return 'loading';
  const missing = versions.filter((version) => !entries.some((entry) => entry.version === version && entry.state === 'READY'));
  if (missing.length === 0 && versions.length > 0) return 'ready';
  const refused = entries.find(({ reason: why, version }) => why && (version === undefined || missing.includes(version)));
  if (refused?.reason) return { says: inOneLine(refused.reason) };
  // An ensemble whose step is not there has no reason of its own in the index.
  const below = index.flatMap(({ name, reason: why }) => (name !== model && why ? [`${name}: ${inOneLine(why)}`] : []));
  if (below.length > 0) return { says: below.join('; ') };
  const ready = entries.filter(({ state }) => state === 'READY').map(({ version }) => version);
  return { says: ready.length > 0 ? `version ${missing.join(', ')} is not there; ready: ${ready.join(', ')}` : undefined };
}

async function lookAt(
  { http }: Running,
  model: ModelName,
  versions: readonly string[],
  triton: AgentWorld['triton'],
): Promise<ReturnType<typeof loadStateOf>> {
  try {
    return (await triton.isLive(http)) ? loadStateOf(await triton.index(http), model, versions) : 'loading';
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    return 'loading'; // no answer is no refusal: the deadline or the end of the process will tell
  }
}
