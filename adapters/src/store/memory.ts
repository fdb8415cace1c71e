import type { ModelName } from '#core/base/names.ts';
import type { Store } from '#core/ports/control.ts';

/** The store as a value in memory: the simulator's, and the contract's second keeper. States go in and out as JSON, as on disk. */
export function memoryStore(): Store & { revisionOf(model: ModelName): number } {
  const rows = new Map<string, { body: string; revision: number }>();
  return {
    revisionOf: (model) => rows.get(model)?.revision ?? 0,
    models: async () => [...rows.keys()].sort(),
    load: async (model) => {
      const row = rows.get(model);
      return row ? { state: JSON.parse(row.body), revision: row.revision } : 'none';
    },
    commit: async (state, revision) => {
      if ((rows.get(state.model)?.revision ?? 0) !== revision) return 'conflict';
      rows.set(state.model, { body: JSON.stringify(state), revision: revision + 1 });
      return { revision: revision + 1 };
    },
  };
}
