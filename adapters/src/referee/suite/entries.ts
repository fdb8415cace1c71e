import type { Entry, Piece } from './base.ts';
import { configEntries } from './config-entries.ts';
import { ensembleEntries } from './ensemble-entries.ts';
import { layoutEntries } from './layout-entries.ts';
import { sequenceEntries } from './sequence-entries.ts';
import { textEntries } from './text-entries.ts';

export const entries: readonly Entry[] = [...textEntries, ...configEntries, ...sequenceEntries, ...layoutEntries, ...ensembleEntries];

/** What ends the whole server is asked of it once, not forty times: each death costs a restart. */
export const deadly: readonly { readonly code: string; readonly piece: Piece }[] = [
  { code: 'config/agents-empty', piece: { append: 'model_repository_agents { }' } },
  { code: 'config/metric-tag-name', piece: { append: 'metric_tags { key: "a-b" value: "c" }' } },
  {
    code: 'config/profile-overflow',
    piece: { backend: 'backend: "tensorrt"', append: 'instance_group { profile: "2147483648" }' },
  },
  { code: 'config/state-file-folder', piece: { append: state('f'), files: { 'm/initial_state/f/x': 'x' } } },
  { code: 'layout/labels-folder', piece: { output: labelled('f'), files: { 'm/f/x': 'x' } } },
  { code: 'layout/version-overflow', piece: { files: { 'm/9223372036854775808/x': 'x' } } },
  { code: 'warmup/file-folder', piece: { input: plain('input'), append: warmup('f'), files: { 'm/warmup/f/x': 'x' } } },
];

function plain(kind: string): string {
  return `${kind} { name: "x" data_type: TYPE_FP32 dims: [ 2 ] }`;
}

function labelled(path: string): string {
  return `output { name: "y" data_type: TYPE_FP32 dims: [ 2 ] label_filename: "${path}" }`;
}

function state(path: string): string {
  const initial = `initial_state { name: "i" data_type: TYPE_FP32 dims: 1 data_file: "${path}" }`;
  return `sequence_batching { state { input_name: "a" output_name: "b" data_type: TYPE_FP32 dims: 1 ${initial} } }`;
}

function warmup(path: string): string {
  return `model_warmup { name: "w" batch_size: 1 inputs { key: "x" value { data_type: TYPE_FP32 dims: 2 input_data_file: "${path}" } } }`;
}
