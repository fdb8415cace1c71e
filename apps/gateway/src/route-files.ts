import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { prettifyError } from 'zod';
import { wordsOf } from '#core/base/fault.ts';
import { isModelName, type ModelName } from '#core/base/names.ts';
import type { RouteOffer } from '#core/traffic/table.ts';
import { routeOffer } from '#core/traffic/wire.ts';
import { writeWhole } from './whole-file.ts';

/** Routes as they were last accepted, one file a model, so that a gateway can start while control is down. */
export class RouteFiles {
  readonly #folder: string;
  readonly #log: (line: string) => void;
  readonly #writing = new Map<ModelName, Promise<void>>();

  constructor(folder: string, log: (line: string) => void) {
    this.#folder = folder;
    this.#log = log;
  }

  /** All that can be read. What cannot is set aside under another name, and said. */
  async load(): Promise<Map<ModelName, RouteOffer>> {
    await mkdir(this.#folder, { recursive: true });
    const routes = new Map<ModelName, RouteOffer>();
    for (const name of await readdir(this.#folder)) {
      if (name.endsWith('.tmp')) await rm(join(this.#folder, name), { force: true });
      if (!name.endsWith('.json')) continue;
      const model = name.slice(0, -'.json'.length);
      const read = await this.#read(model);
      if ('offer' in read) routes.set(model, read.offer);
      else if (read.bad !== 'missing') await this.#setAside(name, read.bad);
    }
    return routes;
  }

  /** Durable once it returns. Gateways may share a folder: the newest generation stays. */
  async store(model: ModelName, offer: RouteOffer): Promise<void> {
    const before = this.#writing.get(model) ?? Promise.resolve();
    const written = before.catch(() => {}).then(() => this.#storeNext(model, offer));
    this.#writing.set(model, written);
    await written.finally(() => this.#writing.get(model) === written && this.#writing.delete(model));
  }

  async #storeNext(model: ModelName, offer: RouteOffer): Promise<void> {
    const there = await this.#read(model);
    if ('offer' in there && there.offer.generation > offer.generation) return;
    await writeWhole(this.#pathOf(model), `${JSON.stringify(offer)}\n`);
  }

  async #read(model: string): Promise<{ offer: RouteOffer } | { bad: string }> {
    try {
      const parsed = routeOffer.safeParse(JSON.parse(await readFile(this.#pathOf(model), 'utf8')));
      if (!parsed.success) return { bad: prettifyError(parsed.error) };
      const { route } = parsed.data;
      const isOfModel = isModelName(model) && (route === 'none' || route.model === model);
      return isOfModel ? { offer: parsed.data } : { bad: 'it is the route of another model' };
    } catch (thrown) {
      return { bad: isMissing(thrown) ? 'missing' : wordsOf(thrown) };
    }
  }

  async #setAside(name: string, why: string): Promise<void> {
    const aside = `${name}.unreadable-${Date.now()}`;
    await rename(join(this.#folder, name), join(this.#folder, aside));
    this.#log(`the kept route ${name} cannot be read (${why}): set aside as ${aside}; its model has no route until control sends one`);
  }

  #pathOf(model: string): string {
    return join(this.#folder, `${model}.json`);
  }
}

const isMissing = (thrown: unknown): boolean => thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
