import type { Entry } from './base.ts';
import { configEntries } from './config-entries.ts';
import { ensembleEntries } from './ensemble-entries.ts';
import { layoutEntries } from './layout-entries.ts';
import { sequenceEntries } from './sequence-entries.ts';
import { textEntries } from './text-entries.ts';

export const entries: readonly Entry[] = [...textEntries, ...configEntries, ...sequenceEntries, ...layoutEntries, ...ensembleEntries];

/** What ends the whole server is asked of it once, not forty times: each death costs a restart. */
export const deadly: readonly string[] = [
  'config/agents-empty',
  'config/metric-tag-name',
  'config/profile-overflow',
  'config/state-file-folder',
  'layout/labels-folder',
  'layout/version-overflow',
  'warmup/file-folder',
];
