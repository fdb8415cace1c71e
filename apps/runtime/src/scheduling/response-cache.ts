import { createHash } from 'node:crypto';
import { type ModelId, printedId } from '../models/model-id.ts';
import type { OutputTensor } from '../server/inference-server.ts';
import type { InferRequest } from '../server/inference-server.ts';

/** Triton's local cache: the answers to what was asked before, the least lately used going first when the bytes are all taken. */
export class Cached {
  readonly #bytesMax: number;
  /** In the order of their use. */
  readonly #entries = new Map<string, { readonly outputs: readonly OutputTensor[]; readonly bytes: number }>();
  #bytes = 0;
  readonly counts = { hits: 0, misses: 0, evictions: 0, lookupUs: 0, insertionUs: 0 };

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get entries(): number {
    return this.#entries.size;
  }

  /** Share of the bytes that are taken, from 0 to 1. */
  get used(): number {
    return this.#bytes / this.#bytesMax;
  }

  find(key: string): readonly OutputTensor[] | undefined {
    const startedMs = performance.now();
    const entry = this.#entries.get(key);
    if (entry) {
      this.#entries.delete(key);
      this.#entries.set(key, entry);
    }
    this.counts[entry ? 'hits' : 'misses'] += 1;
    this.counts.lookupUs += (performance.now() - startedMs) * 1000;
    return entry?.outputs;
  }

  /**
   * What is too large is not kept, nor is an answer of which a tensor is empty. False when it was there already: two requests asked the same
   * before either was answered.
   */
  keep(key: string, outputs: readonly OutputTensor[]): boolean {
    const startedMs = performance.now();
    const bytes = outputs.reduce((sum, output) => sum + output.bytes.length, entryBytes);
    const isEmpty = outputs.some((output) => output.bytes.length === 0);
    const isNew = !this.#entries.has(key);
    if (bytes <= this.#bytesMax && !isEmpty && isNew) {
      for (const [oldest, entry] of this.#entries) {
        if (this.#bytes + bytes <= this.#bytesMax) break;
        this.#entries.delete(oldest);
        this.#bytes -= entry.bytes;
        this.counts.evictions += 1;
      }
      this.#entries.set(key, { outputs: outputs.map((output) => ({ ...output, bytes: output.bytes.slice() })), bytes });
      this.#bytes += bytes;
    }
    this.counts.insertionUs += (performance.now() - startedMs) * 1000;
    return isNew;
  }
}

/** What an entry costs beside its tensors. */
const entryBytes = 256;

/** As Triton forms it, but that models of one name in two namespaces are kept apart: shapes and wanted outputs are no part of it. */
export function cacheKey({ id, version }: { readonly id: ModelId; readonly version: string }, { inputs }: InferRequest): string {
  const hash = createHash('sha256').update(`${printedId(id)}\0${version}`);
  for (const { name, bytes } of [...inputs].sort((a, b) => (a.name < b.name ? -1 : 1)))
    hash.update(`\0${name}\0${bytes.length}\0`).update(bytes);
  return hash.digest('base64');
}
