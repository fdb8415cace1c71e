import type { Contract, TensorSpec } from '../contract/contract.ts';
import type { ModelInputJson } from '../pbtxt/model-config.ts';
import { readConfig } from '../pbtxt/read-config.ts';
import { datatypeOf, type Refused } from './told.ts';

/** What stands where a release is to be made, beside what would be written there. */
export type Meeting = {
  readonly model: string;
  readonly drafted: Contract;
  readonly there: Contract;
  /** Files that are there with other bytes than those that would be copied. */
  readonly otherFiles: readonly string[];
  /** Folders in its repository. */
  readonly models: readonly string[];
  readonly config: string | 'absent';
};

/** Why what is there and what would be added are not one release. People's own numbers in a contract are no reason. */
export function mixture({ model, drafted, there, otherFiles, models, config }: Meeting): Refused | undefined {
  const elsewhere = 'say another --name or --into, or take the old one away';
  const stranger = models.find((one) => one !== model);
  if (stranger !== undefined) return { says: `its repository holds the model "${stranger}", and a release holds one`, fix: elsewhere };
  if (otherFiles[0] !== undefined) return { says: `${otherFiles[0]} is there, and is another file`, fix: elsewhere };
  if (there.model !== model) return { says: `its contract.yaml is for the model "${there.model}"`, fix: elsewhere };
  if (there.artifact.format !== drafted.artifact.format) {
    return { says: `its contract.yaml is for ${there.artifact.format}, and the model is ${drafted.artifact.format}`, fix: elsewhere };
  }
  const wrong = differing(there.io.inputs, drafted.io.inputs) ?? differing(there.io.outputs, drafted.io.outputs);
  if (wrong) return { says: `its contract.yaml has ${wrong}: it is for another model`, fix: elsewhere };
  const read = config === 'absent' ? undefined : readConfig(config, 'config.pbtxt');
  if (read === undefined || 'findings' in read) return undefined;
  const { input = [], output = [] } = read.config;
  const odd = differing(specsOf(input), there.io.inputs) ?? differing(specsOf(output), there.io.outputs);
  return odd && input.length + output.length > 0
    ? { says: `its config.pbtxt has ${odd}: it is for another model`, fix: elsewhere }
    : undefined;
}

const specsOf = (tensors: readonly ModelInputJson[]): Pick<TensorSpec, 'name' | 'datatype'>[] =>
  tensors.flatMap(({ name = '', data_type: type }) => {
    const datatype = datatypeOf(type);
    return datatype === 'unknown' ? [] : [{ name, datatype }];
  });

/** Shapes may be narrowed by people; names and types may not. */
function differing(
  have: readonly Pick<TensorSpec, 'name' | 'datatype'>[],
  want: readonly Pick<TensorSpec, 'name' | 'datatype'>[],
): string | undefined {
  const listed = (specs: typeof have): string =>
    specs
      .map(({ name, datatype }) => `${name} ${datatype}`)
      .sort()
      .join(', ');
  return listed(have) === listed(want) ? undefined : `${listed(have) || 'nothing'}, and the model ${listed(want)}`;
}
