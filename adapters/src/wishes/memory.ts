import type { ModelName } from '#core/base/names.ts';
import type { Wishes } from '#core/ports/control.ts';
import type { Desired, Intervention } from '#core/rollout/known.ts';

/** Desired and interventions as values, told of when they change. */
export function memoryWishes(): Wishes & {
  want(desired: Desired | { model: ModelName; gone: true }): void;
  order(intervention: Intervention): void;
} {
  const desired = new Map<ModelName, Desired>();
  const orders: Intervention[] = [];
  const watchers = new Set<(model: ModelName) => void>();
  const tell = (model: ModelName): void => {
    for (const changed of watchers) changed(model);
  };
  return {
    models: async () => [...desired.keys()],
    desired: async (model) => desired.get(model) ?? 'none',
    interventions: async (model) => orders.filter(({ target }) => target === model),
    watch(changed) {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    want(wish) {
      if ('gone' in wish) desired.delete(wish.model);
      else desired.set(wish.model, wish);
      tell(wish.model);
    },
    order(intervention) {
      orders.push(intervention);
      tell(intervention.target);
    },
  };
}
