import type { Finding, Place } from '../../base/finding.ts';
import type { Contract } from '../../contract/contract.ts';
import type { ModelConfigJson } from '../../pbtxt/model-config.ts';
import type { GoldenSet } from '../golden.ts';
import { type Configs, configName, repositoryPath } from '../layout.ts';
import type { Route } from '../route.ts';

/** A file of a release's folder. With `text`, findings in it get a line. */
export type ReleaseFile = {
  readonly path: string;
  readonly size: number;
  readonly text?: string;
  /** Where they are at hand, a model file's header is read too. */
  readonly bytes?: Uint8Array;
};

/** The pieces of a release, each of them readable by itself. A folder on its way to be a release may lack golden set and route. */
export type Pieces = {
  readonly contract: Contract;
  readonly config: ModelConfigJson;
  /** The configurations of the models beside the contract's own, as far as they can be read. */
  readonly beside: Configs;
  readonly golden: GoldenSet | 'absent';
  readonly route: Route | 'absent';
  readonly files: readonly ReleaseFile[];
};

/** One way in which the pieces may disagree. */
export type Rule = (pieces: Pieces, pen: Pen) => Iterable<Finding>;

/** Knows the files, so that a rule says only in which of them something is wrong, and beside which word. */
export class Pen {
  /** The model's folder, and the paths below it. */
  readonly folder: string;
  readonly paths: readonly string[];
  readonly #files: readonly ReleaseFile[];

  constructor({ contract, files }: Pieces) {
    this.folder = `${repositoryPath}/${contract.model}`;
    this.#files = files;
    this.paths = files.flatMap(({ path }) => (path.startsWith(`${this.folder}/`) ? [path.slice(this.folder.length + 1)] : []));
  }

  error(code: Finding['code'], place: Place, says: string, fix?: string): Finding {
    return { code, severity: 'error', place, says, ...(fix ? { fix } : {}) };
  }

  warning(code: Finding['code'], place: Place, says: string, fix?: string): Finding {
    return { ...this.error(code, place, says, fix), severity: 'warning' };
  }

  /** In config.pbtxt. */
  config(...words: readonly string[]): Place {
    return this.at(`${this.folder}/${configName}`, ...words);
  }

  /** The first line with the first of these words that occurs at all. */
  at(file: string, ...words: readonly string[]): Place {
    const lines = this.#files.find(({ path }) => path === file)?.text?.split('\n') ?? [];
    for (const word of words) {
      const index = lines.findIndex((line) => line.includes(word) && !line.trimStart().startsWith('#'));
      if (index >= 0) return { file, line: index + 1, column: (lines[index]?.indexOf(word) ?? 0) + 1 };
    }
    return { file };
  }

  /** Whether there is such a file, or a folder with files, below the model's folder. */
  has(path: string): boolean {
    return this.paths.some((one) => one === path || one.startsWith(`${path}/`));
  }
}
