import type { AskedConditions } from '#core/check/read-conditions.ts';

/** What was judged for, in words. */
export function targetWords({ target, conditions, isTritonSaid, server }: AskedConditions): string {
  const { triton, gpu, image, platform, driver } = target;
  const { gpus, backends } = conditions;
  const many = typeof gpus === 'string' ? '' : gpus.length === 1 ? '' : `${gpus.length} × `;
  const parts = [
    `Triton ${triton}${isTritonSaid ? '' : ' (the newest we know)'}`,
    gpus !== 'unknown' && gpus.length === 0
      ? 'no GPU'
      : gpu === 'unknown'
        ? many
          ? `${many}GPU`
          : 'GPU unknown'
        : gpu === 'cpu'
          ? 'no GPU'
          : `${many}${gpu.name}`,
    ...(image === 'py3' ? [] : [image]),
    ...(platform === 'linux/amd64' ? [] : [platform]),
    ...(driver === undefined ? [] : [`driver ${driver}`]),
    ...(server.autoComplete ? [] : ['auto-complete off']),
    ...(backends === 'judged' ? [] : ['backends that accept everything']),
  ];
  return parts.join(', ');
}

/** The same for programs. */
export function targetValues({ target, conditions }: AskedConditions): Record<string, unknown> {
  const { gpu, ...rest } = target;
  return {
    ...rest,
    server: `${conditions.triton.major}.${conditions.triton.minor}`,
    gpu: typeof gpu === 'string' ? gpu : gpu.name,
    gpus: conditions.gpus,
    backends: conditions.backends === 'judged' ? 'judged' : 'accept-all',
    flags: conditions.server,
  };
}
