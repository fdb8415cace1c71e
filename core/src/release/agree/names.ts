import { goldenPath, repositoryPath, routePath } from '../layout.ts';
import type { Rule } from './rule.ts';

/** One name everywhere: Triton refuses a folder and a config.pbtxt that differ, and a route to another name reaches nobody. */
export const names: Rule = function* ({ contract, config, golden, route, files }, pen) {
  const { model } = contract;
  const folders = files.flatMap(({ path }) => (path.startsWith(`${repositoryPath}/`) ? [path.split('/')[1] ?? ''] : []));
  for (const folder of new Set(folders)) {
    if (folder === model) continue;
    const says = `"${folder}" is not the contract's model "${model}"`;
    yield pen.error('layout/model-folder', { file: `${repositoryPath}/${folder}` }, says, `name the folder "${model}", or take it out`);
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
