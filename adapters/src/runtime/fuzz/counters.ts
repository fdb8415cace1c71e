/** The counters of inference by family and labels. Durations and gauges that move by themselves are left out. */
export async function countersOf(metrics: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${metrics}/metrics`)).text();
  const lines = text.split('\n').filter((line) => /^nv_(inference_\w*(success|failure|count)|cache_num_\w+_per_model)/.test(line));
  return new Map(lines.filter((line) => !line.includes('duration')).map(counterOf));
}

function counterOf(line: string): readonly [string, number] {
  const at = line.lastIndexOf(' ');
  const labels = /\{(.*)\}/.exec(line)?.[1]?.split(',').sort().join() ?? '';
  return [`${line.slice(0, line.search(/[{ ]/))}{${labels}}`, Number(line.slice(at + 1))];
}

/** What moved on one of them and not as much on the other. */
export function unlikeDeltas(
  mine: readonly [before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>],
  real: readonly [before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>],
): string[] {
  const delta = ([before, after]: typeof mine, name: string): number => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  return [...new Set([...mine[1].keys(), ...real[1].keys()])].flatMap((name) => {
    const [ours, theirs] = [delta(mine, name), delta(real, name)];
    return ours === theirs ? [] : [`${name}: ours moved by ${ours}, theirs by ${theirs}`];
  });
}
