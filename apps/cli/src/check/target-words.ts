import type { Assumed } from '#core/check/read-conditions.ts';

/** What was judged for, in words; `isNewest` where nobody named a Triton. */
export function targetWords({ target, conditions }: Assumed, isNewest: boolean): string {
  const { triton, image, platform, driver } = target;
  const { backends, server } = conditions;
  return [
    `Triton ${triton}${isNewest ? ' (the newest we know)' : ''}`,
    gpuWords({ target, conditions }),
    ...(image === 'py3' ? [] : [image]),
    ...(platform === 'linux/amd64' ? [] : [platform]),
    ...(driver === undefined ? [] : [`driver ${driver}`]),
    ...(server.autoComplete ? [] : ['auto-complete off']),
    ...(backends === 'judged' ? [] : ['backends that accept everything']),
  ].join(', ');
}

function gpuWords({ target: { gpu }, conditions: { gpus } }: Assumed): string {
  if (gpus === 'unknown') return 'GPU unknown';
  if (gpus === 'some') return typeof gpu === 'string' ? 'GPU unknown' : gpu.name;
  const name = typeof gpu === 'string' ? 'GPU' : gpu.name;
  return gpus.length === 0 ? 'no GPU' : gpus.length === 1 ? `one ${name}` : `${gpus.length} × ${name}`;
}

/** The same for programs. */
export function targetValues({ target, conditions }: Assumed): Record<string, unknown> {
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
