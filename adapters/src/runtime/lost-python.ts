import { readdirSync, readFileSync } from 'node:fs';

/**
 * What to say of a tritonserver that has lost one of its Python processes; 'no' while it has all. It never starts one again, goes on
 * saying that its models are ready, and lets each request to them wait for seconds and then fail (seen on 2.51.0).
 */
export function lostPython(): (pid: number, log: readonly string[]) => string | 'no' {
  let instances: readonly string[] | undefined;
  const pids = new Map<string, number>();
  return (server, log) => {
    // Until it listens it is loading, and the process of a model that does not load ends by itself.
    if (instances === undefined && !log.some((line) => line.includes('Started HTTPService'))) return 'no';
    instances ??= loadedInstances(log);
    const away = instances.filter((instance) => parentOf(pids.get(instance) ?? 0) !== server);
    // Asked to end, it ends them itself, and answers what is under way first.
    if (away.length === 0 || log.some((line) => /^Signal \(\d+\) received/.test(line))) return 'no';
    for (const [instance, pid] of stubsOf(server, instances)) pids.set(instance, pid);
    // Where none was ever recognised, processes look otherwise than we know: nothing is said then.
    const lost = away.find((instance) => pids.size > 0 && parentOf(pids.get(instance) ?? 0) !== server);
    return lost ? `the Python process of ${lost} has ended, and tritonserver starts no other: it is ended too` : 'no';
  };
}

/** The Python instances of the models that have loaded, by Triton's log: `tokens_0_0` is the first one of `tokens`. */
function loadedInstances(log: readonly string[]): string[] {
  const found = (pattern: RegExp): string[] => log.flatMap((line) => pattern.exec(line)?.[1] ?? []);
  const models = found(/successfully loaded '([^']+)'/);
  const instances = found(/python_be\.cc:\d+\] "TRITONBACKEND_ModelInstanceInitialize: (\S+) \(/);
  return [...new Set(instances)].filter((instance) => models.some((model) => instance.startsWith(`${model}_`)));
}

/** The children of a tritonserver that run these instances: each was started with the name of its own. */
function stubsOf(server: number, instances: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const pid of filesIn('/proc').map(Number).filter(Number.isInteger)) {
    if (parentOf(pid) !== server) continue;
    const words = textOf(`/proc/${pid}/cmdline`).split('\0');
    const instance = instances.find((one) => words.includes(one));
    if (instance) found.set(instance, pid);
  }
  return found;
}

/** 'none': there is no such process, or it has ended and nobody has noticed yet. */
function parentOf(pid: number): number | 'none' {
  // `5822 (a name) S 5801 …`: the name may hold anything, so what follows its last bracket is read.
  const [, state = '', parent = ''] = /\) (\S) (\d+) [^)]*$/s.exec(textOf(`/proc/${pid}/stat`)) ?? [];
  return state === '' || state === 'Z' ? 'none' : Number(parent);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it has ended meanwhile, or this is no Linux
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
