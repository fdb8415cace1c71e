import type { ModelConfigJson } from '../pbtxt/model-config.ts';
import { type Asking, type Entry, isUnseen, type Unseen } from './asking.ts';
import type { Conditions } from './conditions.ts';
import type { ModelFileFacts } from './model-file-facts.ts';

type Around = {
  readonly folder: string;
  readonly version: string;
  readonly entries: readonly Entry[] | 'absent' | Unseen;
  readonly config: ModelConfigJson;
};

/** Looks at the file that the backend opens, as far as its header tells. Weights are never read. */
export function* lookAtModelFile({ version, entries, config }: Around, conditions: Conditions): Asking<ModelFileFacts> {
  const name = config.default_model_filename ?? '';
  const nothing = { path: 'none', is: 'absent', size: 0 } as const;
  if (conditions.backends !== 'judged' || name === '') return nothing;
  const path = `${version}/${name}`;
  if (entries === 'absent') return { path, is: 'absent', size: 0 };
  if (isUnseen(entries)) return { path, is: 'unseen', size: 0 };
  const entry = entries.find((one) => one.name === name);
  if (!entry || entry.kind === 'broken') return { path, is: 'absent', size: 0 };
  return { path, is: entry.kind === 'folder' ? 'folder' : 'file', size: entry.size };
}
