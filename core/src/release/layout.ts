import type { ModelName } from '../base/names.ts';
import type { Contract } from '../contract/contract.ts';
import type { ModelConfigJson } from '../pbtxt/model-config.ts';

/** Where things are in a release's folder. */
export const contractPath = 'contract.yaml';
export const goldenPath = 'golden.json';
export const routePath = 'route.json';
export const repositoryPath = 'repository';
export const configName = 'config.pbtxt';

/** Where the model repository is in a release's images. */
export const imageRepositoryPath = 'models';

/** Labels go with the configuration that names them: both are small, and change without the weights. */
export function configPaths(config: ModelConfigJson): string[] {
  const labels = (config.output ?? []).flatMap(({ label_filename }) => (label_filename ? [label_filename] : []));
  return [...new Set([configName, ...labels])].sort();
}

/** Each model's configuration, by its name. */
export type Configs = Readonly<Record<ModelName, ModelConfigJson>>;

/** Which part a file of the repository belongs to. Its path begins with its model's folder. */
export function partOfFile(path: string, { runtime }: Contract, configs: Configs): 'artifact' | 'config' | 'processing' {
  const slash = path.indexOf('/');
  const model = path.slice(0, slash);
  if (configPaths(configs[model] ?? {}).includes(path.slice(slash + 1))) return 'config';
  return runtime.processing !== 'absent' && Object.hasOwn(runtime.processing, model) ? 'processing' : 'artifact';
}

/** A TensorRT engine is part of the artifact, and a part of its own: it fits one GPU class and one runtime only. */
export function enginePaths(paths: readonly string[]): string[] {
  return paths.filter((path) => path.endsWith('.plan'));
}
