/** Pieces of configurations. */
export const one = 'instance_group [ { count: 1 kind: KIND_CPU } ]\n';
export const tensor = (name: string, dims = 'dims: [ -1 ]', type = 'data_type: TYPE_FP32'): string => `{ name: "${name}" ${type} ${dims} }`;
export const input = (...tensors: readonly string[]): string => `input [ ${tensors.join(', ')} ]\n`;
export const output = (...tensors: readonly string[]): string => `output [ ${tensors.join(', ')} ]\n`;
