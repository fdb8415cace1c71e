import type { Draft } from '../contract/draft-contract.ts';
import type { Copy } from './files-below.ts';
import type { ModelFolder } from './model-folder.ts';
import type { Settled } from './settle.ts';
import type { LoneModel } from './source.ts';
import type { Told } from './told.ts';

/** A release folder to be: what its contract says, where its configuration comes from, and which files are copied into it. */
export type ReleasePlan = {
  readonly model: string;
  /** What it is made of, for people. */
  readonly says: string;
  readonly draft: Draft;
  /** What the model file tells, where config.pbtxt is to be made; `copied` where there is one. */
  readonly config: Told | 'copied';
  /** `to` is below the release's folder. */
  readonly copies: readonly Copy[];
  readonly notes: readonly string[];
};

/** Of a model file: it becomes version 1. */
export function planLone(model: string, { told, copies }: LoneModel, settled: Settled): ReleasePlan {
  const files = [...new Set(copies.map(({ to }) => `1/${told.format === 'savedmodel' ? told.name : to}`))];
  return {
    model,
    says: told.says,
    draft: draftOf(model, told, { settled, files }),
    config: told,
    copies: copies.map(({ from, to }) => ({ from, to: `${inRepository(model)}/1/${to}` })),
    notes: notesOn(told),
  };
}

function notesOn({ format, name }: Told): string[] {
  if (format === 'python')
    return ['Only model.py is copied: put what it imports from beside it into the same folder, and name it in artifact.files.'];
  if (name === 'model.pt2')
    return ['Compiled packages load from Triton 25.08 on: write the version and image that you deploy into contract.yaml (runtime).'];
  if (format === 'savedmodel') return ["The TensorFlow backend is in Triton's images up to 25.02."];
  return [];
}

/** Of versions without a configuration. */
export function planBare(model: string, { lone, files, copies }: ModelFolder & { is: 'bare' }, settled: Settled): ReleasePlan {
  return {
    model,
    says: `a model's folder without config.pbtxt (${lone.told.says})`,
    draft: draftOf(model, lone.told, { settled, files }),
    config: lone.told,
    copies: placed(model, copies),
    notes: [],
  };
}

/** Of a folder that Triton reads as it is: nothing of it is changed. */
export function planConfigured({ draft, copies, notes }: ModelFolder & { is: 'configured' }): ReleasePlan {
  return {
    model: draft.model,
    says: "a model's folder with config.pbtxt",
    draft,
    config: 'copied',
    copies: placed(draft.model, copies),
    notes,
  };
}

const inRepository = (model: string): string => `repository/${model}`;

const placed = (model: string, copies: readonly Copy[]): Copy[] =>
  copies.map(({ from, to }) => ({ from, to: `${inRepository(model)}/${to}` }));

function draftOf(model: string, { format, backend }: Told, { settled, files }: { settled: Settled; files: readonly string[] }): Draft {
  const { inputs, outputs, batch, gpu } = settled;
  return { model, format, backend, files, inputs, outputs, batchMax: Math.max(1, batch), gpu };
}
