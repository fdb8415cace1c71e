import { lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Answer, answered, type Ask, isUnseen } from '#core/base/asking.ts';
import type { Look } from '#core/model/check-repository.ts';
import { Repository } from '#core/model/check-repository.ts';
import type { Completed } from '#core/model/complete-onnx.ts';
import type { Conditions } from '#core/model/conditions.ts';
import { normalForm } from '#core/model/normal-form.ts';
import { agreementExplains } from '#core/model/rules/ensemble-agreement.ts';
import { stepExplains } from '#core/model/rules/ensemble-steps.ts';
import type { ModelConfigJson } from '#core/pbtxt/model-config.ts';
import { printConfig } from '#core/pbtxt/print-config.ts';
import type { Place } from '#core/base/finding.ts';
import { textExplanations } from '#core/pbtxt/text-explanations.ts';
import { diskTree } from '#adapters/tree/disk.ts';
import { LoadFailure } from './load-failure.ts';
import type { ModelId } from './model-id.ts';

/** A model as it stands in its repository: with its effective configuration and the versions to load, or with what Triton's log says of it. */
export type Polled = {
  readonly id: ModelId;
  readonly folder: string;
  /** What of the folder a change would change: nothing is loaded again while it is the same. */
  readonly signature: string;
  /** The same of the files that a version is made of: where they lie, without its configuration, and without other versions. */
  readonly filesOf: (version: string) => string;
} & (
  | {
      readonly is: 'good';
      /** As it is before a backend completes it. */
      readonly config: ModelConfigJson;
      /** What the backend makes of it for each version, or says instead. */
      readonly versions: ReadonlyMap<string, Completed>;
      /** Why its versions will not load, where that is known from the configuration and the files alone. */
      readonly loadFailure: LoadFailure | undefined;
      /** What the log says of folders that are no versions, and of versions that have no folder. */
      readonly oddVersions: readonly { readonly level: 'warning' | 'error'; readonly says: string }[];
      /** A load brought its configuration along. */
      readonly isOverride: boolean;
    }
  | { readonly is: 'bad'; readonly says: string /** What protobuf's reader says before that. */; readonly parserSays?: string | undefined }
);

export type Good = Extract<Polled, { is: 'good' }>;

/** Looks at one model of a repository, as Triton polls it. A configuration that is handed in stands for its config.pbtxt. */
export function pollModel(
  { id, repository }: { readonly id: ModelId; readonly repository: string },
  conditions: Conditions,
  override?: ModelConfigJson,
): Polled {
  const { name } = id;
  const folder = `${repository}/${name}`;
  const tree = override ? withConfig(diskTree(repository), folder, printConfig(override)) : diskTree(repository);
  const look = answered(new Repository(repository, conditions).look(name), tree);
  const entries = entriesOf(folder);
  const known = {
    id,
    folder,
    signature: entries.map(({ state }) => state).join('|'),
    filesOf: (version: string) => [folder, ...filesOf(entries, version)].join('|'),
  };
  if (isUnseen(look)) return { ...known, is: 'bad', says: look.unseen };
  const error = firstError(look);
  const isText = error !== undefined && textCodes.has(error.code);
  const obstacle = isText ? undefined : (missingAgent(look, conditions) ?? danglingLink(folder));
  if (obstacle !== undefined) return { ...known, is: 'bad', says: obstacle };
  if (error && look.report.failedAt === 'poll') return { ...known, is: 'bad', ...pollWords(error, look.report.runtime.configPath) };
  const effective = (config: ModelConfigJson): ModelConfigJson => normalForm(config, { model: name, gpuClass: 'cpu' });
  return {
    ...known,
    is: 'good',
    config: effective(look.config),
    versions: new Map(
      [...look.versions].map(([number, made]) => [String(number), 'says' in made ? made : { config: effective(made.config) }]),
    ),
    loadFailure: error && !isForTheInstance(error.code) ? failureOf(error) : undefined,
    oddVersions: oddVersions(look),
    isOverride: override !== undefined,
  };
}

/** An agent works on the model before more than the text of its configuration is looked at. Better not loaded than without its work. */
function missingAgent({ config }: Look, { server }: Conditions): string | undefined {
  const agent = config.model_repository_agents?.agents?.[0];
  if (!agent) return undefined;
  return `unable to find 'libtritonrepoagent_${agent.name ?? ''}.so' for repo agent '${agent.name ?? ''}', searched: ${server.repoAgentDirectory}`;
}

/** Triton wants to know of all that lies in the folder whether it is a version. */
function danglingLink(folder: string): string | undefined {
  const paths = readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
  const lost = paths.find((path) => !statSync(path, { throwIfNoEntry: false }));
  return lost === undefined ? undefined : `failed to stat file ${lost}`;
}

type FirstError = { readonly code: string; readonly says: string; readonly place: Place };

function firstError({ report }: Look): FirstError | undefined {
  const error = report.findings.find(({ severity, code }) => severity === 'error' && !stepCodes.has(code));
  return error && { code: error.code, says: error.triton ?? error.says, place: error.place };
}

/** Of a text that is no configuration Triton says only that it is none, and protobuf has said why. */
function pollWords({ code, says, place }: FirstError, configPath: string): { says: string; parserSays?: string } {
  if (!textCodes.has(code)) return { says };
  const parserSays = `Error parsing text-format inference.ModelConfig: ${place.line ?? 1}:${place.column ?? 1}: ${says}`;
  return { says: `failed to read text proto from ${configPath}`, parserSays };
}

const textCodes: ReadonlySet<string> = new Set(textExplanations.map(({ code }) => code));

const oddVersions = ({ report }: Look): Good['oddVersions'] =>
  report.findings.flatMap(({ code, says, triton = says }) => {
    const level = oddLevels.get(code);
    return level ? [{ level, says: triton }] : [];
  });

const oddLevels: ReadonlyMap<string, 'warning' | 'error'> = new Map([
  ['layout/version-ignored', 'warning'],
  ['layout/version-absent', 'error'],
]);

/** Whether an ensemble has what it runs, and fits it, the server knows better: files tell what could be loaded, not what is. */
const stepCodes: ReadonlySet<string> = new Set([...stepExplains, ...agreementExplains].map(({ code }) => code));

/** A sample is made into a request, and what is wrong with it is told as of one. */
function failureOf({ code, says }: FirstError): LoadFailure {
  if (code === 'warmup/file-missing') return new LoadFailure('Internal', says);
  const isOfRequest = code.startsWith('warmup/') && code !== 'warmup/open-dim';
  return new LoadFailure('Invalid argument', isOfRequest ? `[request id: <id_unknown>] ${says}` : says);
}

/** What ONNX Runtime says of a model file it says better itself, once an instance loads it. */
const isForTheInstance = (code: string): boolean => code.startsWith('onnx/') || code.startsWith('layout/model-file');

function withConfig(tree: (ask: Ask) => Answer, folder: string, text: string): (ask: Ask) => Answer {
  const bytes = new TextEncoder().encode(text);
  const file = { name: 'config.pbtxt', kind: 'file', size: bytes.length } as const;
  return (ask) => {
    if ('read' in ask) return ask.read === `${folder}/config.pbtxt` ? bytes.subarray(ask.from, ask.from + ask.size) : tree(ask);
    const answer = tree(ask);
    if (ask.list !== folder || !Array.isArray(answer)) return answer;
    return [...answer.filter(({ name }) => name !== 'config.pbtxt'), file].sort((a, b) => (a.name < b.name ? -1 : 1));
  };
}

type Entry = { readonly path: string; readonly state: string };

/** Times and sizes of all that lies in the folder, and of itself. Like Triton it sees a copy that keeps its time, and a change of rights. */
function entriesOf(folder: string): Entry[] {
  const entries: Entry[] = [];
  const walk = (path: string, depth: number): void => {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (!stats) return;
    const below = path.slice(folder.length);
    entries.push({ path: below, state: `${below}:${stats.ctimeMs}:${stats.size}` });
    if (stats.isDirectory() && depth < depthMax) for (const name of readdirSync(path).sort()) walk(join(path, name), depth + 1);
  };
  walk(folder, 0);
  return entries;
}

function filesOf(entries: readonly Entry[], version: string): string[] {
  const isOf = ({ path }: Entry): boolean => {
    const [, top = ''] = path.split('/');
    return top !== '' && top !== 'config.pbtxt' && (top === version || !/^\d+$/.test(top));
  };
  return entries.filter(isOf).map(({ state }) => state);
}

const depthMax = 4;
