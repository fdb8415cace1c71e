/** What a tritonserver prints about itself as it starts, whatever becomes of the start. */
export type ServerTable = {
  readonly version: string;
  readonly extensions: readonly string[];
  /** How many GPUs it uses; `not-built`: it says nothing of any, as one built for CPUs alone does not. */
  readonly gpus: number | 'not-built';
};

/** Read out of its log; undefined when there is no such table in it: then it is no tritonserver, or did not get that far. */
export function readServerTable(lines: readonly string[]): ServerTable | undefined {
  const option = (name: string): string | undefined =>
    lines.map((line) => new RegExp(`^\\| ${name} +\\| (.*?) *\\|$`).exec(line)?.[1]).find((value) => value !== undefined);
  const version = option('server_version');
  if (version === undefined || !/^\d+\.\d+/.test(version)) return undefined;
  const gpus = new Set(lines.flatMap((line) => /CUDA memory pool is created on device (\d+)/.exec(line)?.[1] ?? []));
  const isBuiltForGpus = gpus.size > 0 || lines.some((line) => /CUDA memory pool|CudaDriverHelper|CUDA driver/.test(line));
  return { version, extensions: option('server_extensions')?.split(/ +/) ?? [], gpus: isBuiltForGpus ? gpus.size : 'not-built' };
}
