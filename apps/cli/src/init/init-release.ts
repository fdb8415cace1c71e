import { dirname, resolve, sep } from 'node:path';
import { diskTree } from '#adapters/tree/disk.ts';
import { answered } from '#core/base/asking.ts';
import type { Finding } from '#core/base/finding.ts';
import { whatStandsThere } from '#core/check/what-stands-there.ts';
import type { TensorSpec } from '#core/contract/contract.ts';
import { lookAtModelFolder } from '#core/init/model-folder.ts';
import { planBare, planConfigured, planLone, type ReleasePlan } from '#core/init/plan.ts';
import type { Said } from '#core/init/settle.ts';
import { lookAtLoneModel } from '#core/init/source.ts';
import { isRefused, type Refused } from '#core/init/told.ts';
import type { ExitCode } from '../command.ts';
import { show } from '../findings.ts';
import type { Terminal } from '../terminal.ts';
import { settleWith } from './ask-for.ts';
import { makeRelease } from './make-release.ts';

export type InitWishes = {
  readonly path: string;
  readonly name: string;
  readonly into: string;
  readonly input: readonly TensorSpec[];
  readonly output: readonly TensorSpec[];
  readonly batch: number | 'unsaid';
  readonly gpu: string;
};

/** Makes one release folder, or one for each model of a repository. */
export async function initRelease(wishes: InitWishes, terminal: Terminal): Promise<ExitCode> {
  const path = resolve(wishes.path);
  const said: Said = { inputs: wishes.input, outputs: wishes.output, batch: wishes.batch, gpu: wishes.gpu || 'unsaid' };
  const lone = answered(lookAtLoneModel(path), diskTree(dirname(path)));
  if (lone !== 'none') {
    if (isRefused(lone)) return refuse(wishes.path, lone, terminal);
    const settled = await settleWith({ typed: wishes.path, told: lone.told, said }, terminal);
    if (settled === 'refused') return 2;
    return await make(planLone(wishes.name || lone.name, lone, settled), wishes, terminal);
  }

  const standing = answered(whatStandsThere(path), diskTree(path));
  if (standing.is === 'nothing') return refuse(wishes.path, standing, terminal);
  const models = standing.is === 'model' ? [standing.model] : standing.models;
  const repository = standing.is === 'release' ? `${standing.folder}/repository` : standing.repository;
  if (models.length === 0)
    return refuse(wishes.path, { says: 'its repository holds no model', fix: 'put the folder of a model into it' }, terminal);
  if (models.length > 1 && (wishes.name !== '' || wishes.input.length + wishes.output.length > 0)) {
    const says = `it holds ${models.length} models, and --name, --input and --output are about one`;
    return refuse(wishes.path, { says, fix: `name one of them: ${wishes.path}/${models[0]}` }, terminal);
  }
  if (standing.is === 'release' && models.length > 1) {
    return refuse(
      wishes.path,
      { says: `it holds ${models.length} models, and a release holds one`, fix: 'make a folder for each' },
      terminal,
    );
  }
  // A release that lacks pieces gets them where it stands.
  const into = standing.is === 'release' ? dirname(standing.folder) : wishes.into;
  const folder = standing.is === 'release' ? standing.folder : undefined;
  let code: ExitCode = 0;
  for (const model of models) {
    const typed = models.length === 1 ? wishes.path : `${wishes.path}/${model}`;
    const one = await initModel(
      { typed, folder: `${repository}/${model}`, model, said },
      { ...wishes, into, ...(folder ? { folder } : {}) },
      terminal,
    );
    if (one !== 0) code = one;
  }
  return code;
}

type OfModel = { readonly typed: string; readonly folder: string; readonly model: string; readonly said: Said };

async function initModel({ typed, folder, model, said }: OfModel, wishes: Placed, terminal: Terminal): Promise<ExitCode> {
  const found = answered(lookAtModelFolder(folder, model, said.gpu), diskTree(folder));
  if (isRefused(found)) return refuse(typed, found, terminal);
  if (found.is === 'unread') return unread(found.findings, terminal);
  if (found.is === 'configured') {
    if (wishes.name !== '' && wishes.name !== model) {
      return refuse(
        typed,
        { says: `its config.pbtxt and folder call it "${model}", and nothing of them is changed`, fix: 'leave --name out' },
        terminal,
      );
    }
    if (said.inputs.length + said.outputs.length > 0 || said.batch !== 'unsaid') {
      return refuse(
        typed,
        { says: 'its config.pbtxt says inputs, outputs and batch', fix: 'leave --input, --output and --batch out' },
        terminal,
      );
    }
    return await make(planConfigured(found), wishes, terminal);
  }
  const settled = await settleWith({ typed, told: found.lone.told, said }, terminal);
  if (settled === 'refused') return 2;
  return await make(planBare(wishes.name || model, found, settled), wishes, terminal);
}

type Placed = InitWishes & { readonly folder?: string };

async function make(plan: ReleasePlan, wishes: Placed, terminal: Terminal): Promise<ExitCode> {
  const folder = wishes.folder ?? resolve(wishes.into, plan.model);
  const source = resolve(wishes.path);
  if (wishes.folder === undefined && (folder === source || folder.startsWith(`${source}${sep}`))) {
    const says = `the release "${plan.model}" would be made in the folder that it is made of`;
    return refuse(wishes.path, { says, fix: 'make it elsewhere, such as --into releases' }, terminal);
  }
  const made = await makeRelease(plan, folder, terminal);
  if ('findings' in made) return unread(made.findings, terminal);
  return 'fix' in made ? refuse(wishes.path, made, terminal) : 0;
}

/** It could not be done as it was asked. */
function refuse(path: string, { says, fix }: Refused, terminal: Terminal): ExitCode {
  return unread([{ code: 'init/refused', severity: 'error', place: { file: path }, says, fix }], terminal);
}

function unread(findings: readonly Finding[], terminal: Terminal): ExitCode {
  show(findings, terminal);
  terminal.give({ findings });
  return 2;
}
