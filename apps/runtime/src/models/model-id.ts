/** Which model is meant: where repositories are namespaces, each may have one of the name. '' is no namespace. */
export type ModelId = { readonly namespace: string; readonly name: string };

/** As Triton prints it. */
export const printedId = ({ namespace, name }: ModelId): string => (namespace === '' ? name : `${namespace}::${name}`);

/** Triton's order: one repository after the other, and in each by name. */
export function compareIds(one: ModelId, other: ModelId): number {
  if (one.namespace !== other.namespace) return one.namespace < other.namespace ? -1 : 1;
  return one.name < other.name ? -1 : one.name > other.name ? 1 : 0;
}
