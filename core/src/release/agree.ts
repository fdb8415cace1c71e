import type { Finding } from '../base/finding.ts';
import { modelsBeside } from '../contract/contract.ts';
import { filesThere, sideFiles, versions } from './agree/files.ts';
import { goldenSet } from './agree/golden-set.ts';
import { names } from './agree/names.ts';
import { references } from './agree/references.ts';
import { objectives } from './agree/objectives.ts';
import { Pen, type Pieces, type Rule } from './agree/rule.ts';
import { runtime } from './agree/runtime.ts';
import { batch, tensors } from './agree/tensors.ts';

/** Where contract, config.pbtxt, golden set, route and files say different things. It opens no model file. */
export function disagreements(pieces: Pieces): Finding[] {
  const pen = new Pen(pieces);
  return [...rules.flatMap((rule) => [...rule(pieces, pen)]), ...besideIn(pieces)];
}

/** The models beside the contract's own are asked for their files; their tensors are the ensemble's business. */
function besideIn(pieces: Pieces): Finding[] {
  return Object.entries(modelsBeside(pieces.contract)).flatMap(([model, files]) => {
    const config = pieces.beside[model];
    if (!config) return [];
    const contract = { ...pieces.contract, model, artifact: { format: 'custom' as const, files } };
    const own = { ...pieces, contract, config };
    const pen = new Pen(own);
    return [versions, filesThere, sideFiles, objectives, references].flatMap((rule) => [...rule(own, pen)]);
  });
}

const rules: readonly Rule[] = [names, runtime, batch, tensors, versions, filesThere, sideFiles, goldenSet, objectives, references];
