import { isModelName } from '../base/names.ts';
import { type Json, parseJson } from '../kserve/json.ts';
import type { IndexEntry } from '../ports/agent.ts';
import { isObject } from '../pbtxt/plain-config.ts';
import type { Heard } from './heard.ts';

/** An index is read up to here; a server with more models has its list cut, and the probe says so. */
export const entriesMax = 2000;

/** The repository index out of what a server said; undefined when that is none. */
export function readIndex(heard: Heard): IndexEntry[] | undefined {
  const list = jsonIn(heard);
  if (!Array.isArray(list)) return undefined;
  return (list as readonly Json[]).slice(0, entriesMax).flatMap((entry) => {
    if (!isObject(entry) || typeof entry['name'] !== 'string') return [];
    const { name } = entry;
    const text = (field: 'version' | 'state' | 'reason') => (typeof entry[field] === 'string' ? { [field]: entry[field] } : {});
    return [{ name, ...text('version'), ...text('state'), ...text('reason') }];
  });
}

/** Versions worth asking by themselves: those that should serve, under names that may stand in a URL as they are. */
export function versionsToAsk(index: Heard): { readonly model: string; readonly version: string }[] {
  return (readIndex(index) ?? []).flatMap(({ name, version, state }) =>
    state === 'READY' && isModelName(name) && version !== undefined && /^\d{1,19}$/.test(version) ? [{ model: name, version }] : [],
  );
}

/** The JSON of a whole answer with status 200; undefined for anything else. */
export function jsonIn(heard: Heard): Json | undefined {
  if (heard.is !== 'answer' || heard.status !== 200 || !heard.isWhole) return undefined;
  const parsed = parseJson(heard.body);
  return 'value' in parsed ? parsed.value : undefined;
}

/** The words of a refusal: Triton's `{"error": …}`, or the beginning of whatever else was said. */
export function errorIn(heard: Heard): string {
  if (heard.is !== 'answer') return '';
  const parsed = parseJson(heard.body);
  if ('value' in parsed && isObject(parsed.value) && typeof parsed.value['error'] === 'string') return parsed.value['error'];
  return heard.body.trim().replace(/\s+/g, ' ').slice(0, 200);
}
