import type { ModelConfigJson } from '../pbtxt/model-config.ts';
import { type ConfigText, readConfigText } from '../pbtxt/read-config.ts';
import { type Asking, bytesOf, type Entry, isUnseen, listed, type Unseen } from '../base/asking.ts';
import { type Conditions, isSince } from './conditions.ts';
import { type Completed, completeOnnx } from './complete-onnx.ts';
import { aotiSince, inferBackend } from './infer-backend.ts';
import { lookAtModelFile } from './look-at-model-file.ts';
import { findSideFiles } from './side-files.ts';
import type { ServedVersion, Subject } from './subject.ts';
import { pickVersions, versionOf } from './version-folders.ts';
import { withDefaults } from './with-defaults.ts';

/** Finds what there is to know of one model's folder; with a reason where it cannot be looked at. */
export function* findSubject(folder: string, model: string, conditions: Conditions): Asking<Subject | Unseen> {
  const entries = yield* listed(folder);
  if (isUnseen(entries)) return entries;
  const configPath = yield* chooseConfig(folder, entries, conditions);
  const text = yield* readText(configPath, entries, (since) => isSince(conditions, since));
  const written = typeof text === 'object' && 'root' in text ? text.config : {};

  const folders = entries.filter(({ kind }) => kind === 'folder').map(({ name }) => name);
  const first = folders[0];
  const needsSniffing = (!written.backend || written.backend === 'tensorflow') && !written.platform && !written.default_model_filename;
  const sniffed = first !== undefined && needsSniffing ? yield* listed(`${folder}/${first}`) : [];
  const inferred = inferBackend(
    written,
    model,
    first === undefined || isUnseen(sniffed) ? 'none' : sniffed,
    isSince(conditions, aotiSince),
  );
  const config = withDefaults('config' in inferred ? inferred.config : { ...written, name: written.name ?? model });

  const isReadable = typeof text === 'object' && 'root' in text && !text.findings.some(({ severity }) => severity === 'error');
  const there = folders.map(versionOf).filter((version) => typeof version === 'bigint');
  const picked = text === 'absent' || isReadable ? pickVersions(there, config.version_policy ?? {}) : [];
  const served: ServedVersion[] = [];
  for (const number of picked.slice(0, versionsMax)) served.push(yield* lookAtVersion(folder, number, folders, config, conditions));
  const sideFiles = isReadable ? yield* findSideFiles(folder, entries, config) : new Map();
  const inferenceFailure = 'says' in inferred ? inferred.says : 'none';
  const completed = completeFor(served[0], config, conditions);
  // One version that cannot be completed fails the model.
  const failures = served
    .map((version) => completeFor(version, config, conditions))
    .flatMap((made) => (isFailure(made) ? [made.says] : []));
  const elsewhere: readonly string[] = [];
  return {
    model,
    called: model,
    folder,
    elsewhere,
    entries,
    text,
    configPath,
    written,
    config,
    completed: completed === 'unknown' || isFailure(completed) ? 'unknown' : completed.config,
    completionFailure: failures[0] ?? 'none',
    inferenceFailure,
    conditions,
    sideFiles,
    served,
  };
}

/**
 * What the backend makes of the configuration for one version, before it is judged again. Each has its own: their files may differ.
 * A backend that we do not know may change anything that is open.
 */
export function completeFor(
  version: ServedVersion | undefined,
  config: ModelConfigJson,
  { server, backends }: Conditions,
): Completed | 'unknown' {
  const isWhole = (config.input ?? []).length + (config.batch_input ?? []).length > 0 && (config.output ?? []).length > 0;
  if (!server.autoComplete || backends !== 'judged' || config.ensemble_scheduling) return { config };
  if (config.backend === 'onnxruntime') {
    if (isWhole) return { config };
    const facts = version?.file.onnx;
    if (!facts) return 'unknown';
    const completed = completeOnnx(config, facts, server.defaultMaxBatchSize);
    return 'says' in completed ? completed : { config: withDefaults(completed.config) };
  }
  return completes.includes(config.backend ?? '') && !(isWhole && isEveryTensorWhole(config)) ? 'unknown' : { config };
}

const isFailure = (made: Completed | 'unknown'): made is Extract<Completed, { says: string }> => made !== 'unknown' && 'says' in made;

/** TensorRT, DALI and others complete a tensor that is written in part; ONNX Runtime does not. */
const isEveryTensorWhole = ({ input = [], output = [] }: ModelConfigJson): boolean =>
  [...input, ...output].every(({ name, data_type: type, dims = [] }) => name && type && dims.length > 0);

/** Backends that fill in inputs and outputs from a model that only they read. */
const completes: readonly string[] = ['tensorrt', 'openvino', 'python', 'tensorflow', 'dali', 'vllm'];

/** A policy may pick thousands; the first ones tell enough. */
const versionsMax = 50;

const configBytesMax = 16_000_000;

/** With --model-config-name a model may have a configuration of that name; config.pbtxt otherwise. */
function* chooseConfig(folder: string, entries: readonly Entry[], { server }: Conditions): Asking<string> {
  if (server.configName === '' || !entries.some(({ name, kind }) => name === 'configs' && kind === 'folder'))
    return `${folder}/config.pbtxt`;
  const variants = yield* listed(`${folder}/configs`);
  const variant = `${server.configName}.pbtxt`;
  const isThere = !isUnseen(variants) && variants.some(({ name }) => name === variant);
  return isThere ? `${folder}/configs/${variant}` : `${folder}/config.pbtxt`;
}

function* readText(path: string, entries: readonly Entry[], isKnown: (since: string) => boolean): Asking<ConfigText | 'absent' | Unseen> {
  const entry = path.endsWith('/config.pbtxt') ? entries.find(({ name }) => name === 'config.pbtxt') : undefined;
  const isVariant = !path.endsWith('/config.pbtxt');
  if (!entry && !isVariant) return 'absent';
  if (entry && entry.kind !== 'file') return { unseen: entry.kind === 'folder' ? 'it is a folder' : 'it is no file that can be read' };
  const bytes = yield* bytesOf(path, 0, configBytesMax);
  if (isUnseen(bytes)) return bytes;
  return readConfigText(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes), path, isKnown);
}

function* lookAtVersion(
  folder: string,
  number: bigint,
  folders: readonly string[],
  config: ModelConfigJson,
  conditions: Conditions,
): Asking<ServedVersion> {
  const name = String(number);
  const entries = folders.includes(name) ? yield* listed(`${folder}/${name}`) : 'absent';
  const file = yield* lookAtModelFile({ folder, version: name, entries, config }, conditions);
  return { number, entries, file };
}
