import type { Category } from './http/routes.ts';

/** By what is restricted: the header that it asks for, and its value. */
export type ReadRestricted =
  | { readonly restricted: ReadonlyMap<Category, { readonly header: string; readonly value: string }> }
  | { readonly says: string };

const categories: readonly Category[] = [
  'health',
  'metadata',
  'inference',
  'shared-memory',
  'model-config',
  'model-repository',
  'statistics',
  'trace',
  'logging',
];

/** Reads `<api>[,<api>...]:<header>=<value>`, as tritonserver's flags have it. Each may be named once. */
export function readRestricted(values: readonly string[]): ReadRestricted {
  const restricted = new Map<Category, { header: string; value: string }>();
  for (const text of values) {
    const [, names = '', header = '', value] = /^([^:]+):([^=]+)=([^]*)$/.exec(text) ?? [];
    if (value === undefined) return { says: `it takes <api>[,<api>...]:<key>=<value>, not '${text}'` };
    for (const name of names.split(',').map((one) => one.trim())) {
      const category = categories.find((one) => one === name);
      if (!category) return { says: `unknown restricted protocol '${name}'; there are ${categories.join(', ')}` };
      if (restricted.has(category)) return { says: `restricted protocol '${name}' can not be specified in multiple config groups` };
      restricted.set(category, { header: header.trim().toLowerCase(), value });
    }
  }
  return { restricted };
}
