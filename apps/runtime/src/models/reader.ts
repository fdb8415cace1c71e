import { wordsOf } from '#core/base/fault.ts';
import type { Conditions } from '#core/model/conditions.ts';
import type { Log } from '../log.ts';
import type { LoadParameters } from '../server/inference-server.ts';
import { type ModelId, printedId } from './model-id.ts';
import { stepModels } from './node.ts';
import { openOverride } from './override.ts';
import { type Good, pollModel } from './poll.ts';
import type { Repositories } from './repositories.ts';

/** What was found. It is whole when everything that was looked for is there, once, and could be read. */
export type Reading = { readonly good: readonly Good[]; readonly isWhole: boolean };

/** Reads models as they stand in the repositories. Of what cannot be read the log has the reason. */
export class Reader {
  readonly #repositories: Repositories;
  readonly #conditions: Conditions;
  readonly #log: Log;

  constructor(repositories: Repositories, conditions: Conditions, log: Log) {
    this.#repositories = repositories;
    this.#conditions = conditions;
    this.#log = log;
  }

  /** All models, and the ids of those that are there, readable or not. */
  all(): Reading & { readonly there: ReadonlySet<string> } {
    const { found, unlisted } = this.#repositories.all();
    for (const { repository, says } of unlisted) this.#log.error('reader.ts', `failed to poll model repository '${repository}': ${says}`);
    const alone = found.filter(({ isAlone }) => isAlone);
    for (const { id, isAlone } of found) if (!isAlone) this.#tellTwice(id);
    const read = alone.map((one) => this.#poll(one, {}));
    const good = read.filter((one) => one !== undefined);
    return { good, isWhole: unlisted.length === 0 && good.length === found.length, there: new Set(alone.map(({ id }) => printedId(id))) };
  }

  /** All models of these names, and those that ensembles among them run. What a load brought along is for the names alone. */
  named(names: readonly string[], parameters: LoadParameters): Reading {
    const wanted = [...names];
    const good: Good[] = [];
    let isWhole = true;
    for (const name of wanted) {
      const given = names.includes(name) ? parameters : {};
      const read = this.#places(name, given).map((place) => this.#poll(place, given));
      isWhole &&= read.length > 0 && !read.includes(undefined);
      for (const one of read) {
        if (!one) continue;
        good.push(one);
        wanted.push(...stepModels(one.config).filter((step) => !wanted.includes(step)));
      }
    }
    return { good, isWhole };
  }

  /** A model that a load brings along, files and all, is of no repository, and so of no namespace. */
  #places(name: string, { files }: LoadParameters): readonly Place[] {
    if (files && files.size > 0) return [{ id: { namespace: '', name } }];
    const found = this.#repositories.named(name);
    const alone = found.filter(({ isAlone }) => isAlone);
    for (const { id, isAlone } of found) if (!isAlone) this.#tellTwice(id);
    if (alone.length === 0) this.#log.error('reader.ts', `failed to poll model '${name}': model not found in any model repository.`);
    return alone;
  }

  #tellTwice(id: ModelId): void {
    this.#log.error('reader.ts', `failed to poll model '${printedId(id)}': not unique across all model repositories`);
  }

  #poll({ id, repository }: Place, parameters: LoadParameters): Good | undefined {
    const failed = (says: string): void => this.#log.error('reader.ts', `Poll failed for model directory '${printedId(id)}': ${says}`);
    try {
      const override = openOverride(id.name, parameters, this.#conditions);
      const polled = pollModel({ id, repository: override.repository ?? repository ?? '' }, this.#conditions, override.config);
      if (polled.is === 'good') return polled;
      if (polled.parserSays !== undefined) this.#log.error('text_format.cc', polled.parserSays);
      failed(polled.says);
    } catch (thrown) {
      failed(wordsOf(thrown));
    }
    return undefined;
  }
}

type Place = { readonly id: ModelId; readonly repository?: string };
