import type { ConfigText } from '../pbtxt/read-config.ts';
import type { ModelConfigJson } from '../pbtxt/model-config.ts';
import type { Entry, Unseen } from '../base/asking.ts';
import type { Conditions } from './conditions.ts';
import type { ModelFileFacts } from './model-file-facts.ts';
import type { StringFile } from './side-files.ts';

/** What is looked at outside the version folders: labels, warm-up data, initial states. */
export type SideFile = {
  readonly is: 'file' | 'folder' | 'absent' | 'unseen';
  readonly size: number;
  /** Its path leads out of the model's folder. */
  readonly isOutside: boolean;
  readonly strings?: StringFile;
  /** Where it is found, with every `..` followed. */
  readonly path?: string;
};

/** One model as it was found: what every rule reads. */
export type Subject = {
  /** The folder's name: what Triton calls the model. */
  readonly model: string;
  /** What Triton says of it: with its repository before its name, where repositories are namespaces. */
  readonly called: string;
  readonly folder: string;
  /** Other repositories of the same server that have a model of this name, where Triton does not keep them apart. */
  readonly elsewhere: readonly string[];
  readonly entries: readonly Entry[];
  /** The configuration's text, or why there is none. */
  readonly text: ConfigText | 'absent' | Unseen;
  /** Its path, there or not. */
  readonly configPath: string;
  readonly written: ModelConfigJson;
  /** With the names that Triton infers and the defaults that it fills in before it validates. */
  readonly config: ModelConfigJson;
  /** After the backend filled in what it may, with auto-complete on; `unknown` where only the backend knows. */
  readonly completed: ModelConfigJson | 'unknown';
  /** What the backend says instead of completing it. */
  readonly completionFailure: string | 'none';
  /** What Triton says instead of inferring a backend. */
  readonly inferenceFailure: string | 'none';
  readonly conditions: Conditions;
  /** Files that the configuration names, by their path below the model's folder. */
  readonly sideFiles: ReadonlyMap<string, SideFile>;
  readonly served: readonly ServedVersion[];
};

/** A version that the policy picks. Its folder may be missing all the same. */
export type ServedVersion = {
  readonly number: bigint;
  readonly entries: readonly Entry[] | 'absent' | Unseen;
  readonly file: ModelFileFacts;
};

export const isEnsemble = (config: ModelConfigJson): boolean => config.ensemble_scheduling !== undefined || config.platform === 'ensemble';
