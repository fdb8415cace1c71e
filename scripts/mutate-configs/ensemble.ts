import { type CaseLine, caseLine, type Files } from './case.ts';
import { type Dice, weighted } from '#core/base/dice.ts';
import { changePlan } from './ensemble-changes.ts';
import { ensembleText, modelText, planOf } from './ensemble-plan.ts';
import { changeOne } from './fields.ts';
import { readTree, writeTree } from './tree.ts';

/** An ensemble "e" of two to four steps over models with full configurations, with none to three things wrong. */
export function ensembleCase(dice: Dice, id: string): CaseLine {
  const plan = planOf(dice);
  const notes: string[] = [`${plan.steps.length} steps`];
  const changes = weighted(dice, [
    [1, 0],
    [6, 1],
    [3, 2],
    [1, 3],
  ]);
  for (let change = 0; change < changes; change += 1) notes.push(changePlan(plan, dice));
  const files: Files = {};
  for (const model of plan.models) {
    files[`${model.name}/config.pbtxt`] = modelText(model);
    for (const version of model.versions) files[`${model.name}/${version}/`] = '';
  }
  const tree = readTree(ensembleText(plan));
  if (dice.chance(0.12)) notes.push(`in e: ${changeOne(tree, dice)}`);
  files['e/config.pbtxt'] = writeTree(tree, dice);
  for (const version of plan.versions) files[`e/${version}/`] = '';
  return caseLine(id, 'e', files, notes);
}
