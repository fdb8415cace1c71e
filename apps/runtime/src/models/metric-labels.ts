import type { ModelConfigJson } from '#core/pbtxt/model-config.ts';
import type { ModelId } from './model-id.ts';

/** What tells the metrics of a version from those of others; the tags of its configuration have an underscore before them, as Triton puts it. */
export function metricLabels({ id: { namespace, name }, version, config }: Labelled): Readonly<Record<string, string>> {
  const tags = Object.entries(config.metric_tags ?? {}).map(([key, value]) => [`_${key}`, value]);
  return { ...(namespace === '' ? {} : { namespace }), model: name, version, ...Object.fromEntries(tags) };
}

type Labelled = { readonly id: ModelId; readonly version: string; readonly config: ModelConfigJson };
