import type { Contract, TensorSpec } from '#core/contract/contract.ts';
import type { ReleasePlan } from '#core/init/plan.ts';
import type { Terminal } from '../terminal.ts';

/** What was made of a model. */
export type Telling = {
  readonly plan: ReleasePlan;
  /** As it is called from here. */
  readonly folder: string;
  readonly contract: Contract;
  readonly hasGolden: boolean;
  readonly made: readonly string[];
  readonly kept: readonly string[];
};

/** Files beyond these are counted rather than listed. */
const listedMax = 12;

export function tellMade({ plan, folder, contract, hasGolden, made, kept }: Telling, terminal: Terminal): void {
  const { inputs, outputs } = contract.io;
  terminal.say(terminal.paint('strong', `${folder}: a release of ${plan.model}, from ${plan.says}`));
  tellFiles('made', made, terminal);
  tellFiles('kept', kept, terminal);
  if (made.length === 0) terminal.say('Nothing was changed: all of it was there.');
  terminal.say(
    `Inputs: ${inputs.map(inWords).join(', ')}. Outputs: ${outputs.map(inWords).join(', ')}. Largest batch: ${contract.shapes.batch.max}.`,
  );
  for (const note of plan.notes) terminal.say(terminal.paint('warn', note));
  terminal.say('Next:');
  if (made.includes('contract.yaml')) terminal.say(`  write your own numbers into ${folder}/contract.yaml, at the lines with ASK`);
  if (!hasGolden) {
    terminal.say(
      `  write ${folder}/golden.json: requests, and the answers of your training framework, never of this model file (docs/guide/check.md)`,
    );
  }
  terminal.say(`  conch check ${folder}`);
  terminal.say(`  conch pack ${folder}`);
  terminal.give({ folder, model: plan.model, made, kept, notes: plan.notes });
}

function tellFiles(what: 'made' | 'kept', paths: readonly string[], terminal: Terminal): void {
  for (const path of paths.slice(0, listedMax)) terminal.say(`  ${what}  ${path}`);
  if (paths.length > listedMax) terminal.say(`  ${what}  and ${paths.length - listedMax} more`);
}

const inWords = ({ name, datatype, shape }: TensorSpec): string => `${name} ${datatype} [${shape.join(', ')}]`;
