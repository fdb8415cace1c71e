import type { Finding } from '#core/base/finding.ts';
import type { ModelName } from '#core/base/names.ts';
import { nearest } from '#core/base/nearest.ts';
import { folderWishes } from '#adapters/wishes/folder.ts';
import { mistake } from './findings.ts';
import { type Home, homeFlag, named } from './home.ts';
import type { Records } from './records.ts';

/** Models that this home has heard of: desired, or decided about. */
export async function knownModels(home: Home, records: Records): Promise<ModelName[]> {
  return [...new Set([...(await folderWishes(home.folder).models()), ...records.models()])].sort();
}

/** What is wrong with a model that nobody has heard of; 'none' when somebody has. */
export async function unknownModel(home: Home, records: Records, model: ModelName, command: string): Promise<Finding | 'none'> {
  const models = await knownModels(home, records);
  if (models.includes(model)) return 'none';
  const near = nearest(model, models);
  const there =
    models.length === 0 ? `promote one first: conch promote ${model} FOLDER${homeFlag(home)}` : `there are: ${models.join(', ')}`;
  return mistake(
    'model/unknown',
    `conch ${command} ${model}`,
    `${named(home.folder)} has no model "${model}"`,
    near ? `did you mean "${near}"?` : there,
  );
}
