import { modelsBeside } from '../../contract/contract.ts';
import { contractPath, goldenPath, repositoryPath, routePath } from '../layout.ts';
import type { Rule } from './rule.ts';

/** One name everywhere: Triton refuses a folder and a config.pbtxt that differ, and a route to another name reaches nobody. */
export const names: Rule = function* ({ contract, config, golden, route, files }, pen) {
  const { model } = contract;
  const folders = files.flatMap(({ path }) => (path.startsWith(`${repositoryPath}/`) ? [path.split('/')[1] ?? ''] : []));
  const beside = Object.keys(modelsBeside(contract));
  for (const folder of new Set(folders)) {
    if (folder === model || beside.includes(folder)) continue;
    const says = `"${folder}" is not the contract's model "${model}"${beside.length > 0 ? ', and none that it names beside it' : ''}`;
    const fix =
      contract.artifact.format === 'ensemble'
        ? 'name it in artifact.models or runtime.processing, or take it out'
        : `name the folder "${model}", or take it out`;
    yield pen.error('layout/model-folder', { file: `${repositoryPath}/${folder}` }, says, fix);
  }
  for (const folder of beside.filter((one) => !folders.includes(one))) {
    const says = `the contract names the model "${folder}", and there is no folder ${repositoryPath}/${folder}`;
    yield pen.error('layout/model-folder', pen.at(contractPath, `${folder}:`), says, 'add it, or take it out of the contract');
  }
  for (const folder of Object.keys(contract.artifact.models ?? {})) {
    if (contract.runtime.processing === 'absent' || !Object.hasOwn(contract.runtime.processing, folder)) continue;
    const says = `"${folder}" is said to be of the artifact and of the processing`;
    yield pen.error('agree/part', pen.at(contractPath, `${folder}:`), says, 'name it in one of artifact.models and runtime.processing');
  }
  if (beside.includes(model)) {
    const says = `the contract's own model "${model}" stands among those beside it`;
    yield pen.error('agree/part', pen.at(contractPath, 'models:', 'processing:'), says, 'its files belong into artifact.files');
  }
  if (config.name !== undefined && config.name !== model) {
    const says = `config.pbtxt is for "${config.name}", and the contract for "${model}"`;
    yield pen.error('agree/model-name', pen.config('name'), says, `write name: "${model}"`);
  }
  if (golden !== 'absent' && golden.model !== model) {
    yield pen.error('agree/model-name', { file: goldenPath }, `the golden set is for "${golden.model}", and the contract for "${model}"`);
  }
  if (route === 'absent') return;
  if (route.model !== model) {
    yield pen.error('agree/model-name', { file: routePath }, `the route is for "${route.model}", and the contract for "${model}"`);
  }
  for (const { path } of route.rules) {
    if (`${path}/`.startsWith(`/v2/models/${model}/`)) continue;
    yield pen.error('agree/route-path', { file: routePath }, `the path ${path} is not below /v2/models/${model}, where the model answers`);
  }
};
