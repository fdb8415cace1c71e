import type { Finding } from '../../base/finding.ts';
import type { RateResource } from '../conditions.ts';
import type { Subject } from '../subject.ts';
import type { Pen, Rule } from './rule.ts';

/** With --rate-limit=execution_count, instances take resources before they run, and there must be enough of each. */
export const rateLimiter: Rule = {
  explains: [
    {
      code: 'config/rate-resource-kind',
      severity: 'error',
      means: 'One resource is global in one place and a matter of each device in another.',
      triton: 'Resource "…" is present as both global and device-specific resource in the model configuration.',
      example:
        'instance_group { rate_limiter { resources [ { name: "r" global: true count: 1 }, { name: "r" count: 1 } ] } }  # with --rate-limit=execution_count',
      fix: 'write global: true everywhere, or nowhere',
    },
    {
      code: 'config/rate-resource-count',
      severity: 'error',
      means:
        'An instance needs more of a resource than the server has. Once any --rate-limit-resource is given, one that is not given counts 0.',
      triton:
        'Resource count for "…" is limited to … which will prevent scheduling of one or more model instances, the minimum required count is …',
      example: 'instance_group { rate_limiter { resources { name: "r" count: 4 } } }  # with --rate-limit-resource=r:2',
      fix: 'lower the count, or give the server more with --rate-limit-resource',
    },
  ],
  *judge(subject, pen) {
    const { server } = subject.conditions;
    if (!server.rateLimit || subject.config.ensemble_scheduling) return;
    yield* judgeGroups(subject, server.rateResources, pen);
  },
};

function* judgeGroups({ config }: Subject, given: readonly RateResource[], pen: Pen): Iterable<Finding> {
  const isGlobal = new Map<string, boolean>();
  for (const [index, { kind, passive, rate_limiter: limiter }] of (config.instance_group ?? []).entries()) {
    if (passive) continue;
    const needed = new Map<string, { count: number; isGlobal: boolean; path: (string | number)[] }>();
    for (const [at, { name = '', global = false, count = 0 }] of (limiter?.resources ?? []).entries()) {
      const path = ['instance_group', index, 'rate_limiter', 'resources', at];
      if ((isGlobal.get(name) ?? global) !== global) {
        const says = `Resource "${name}" is present as both global and device-specific resource in the model configuration.`;
        yield pen.at(path, 'config/rate-resource-kind', says);
      }
      isGlobal.set(name, isGlobal.get(name) ?? global);
      if (count > (needed.get(name)?.count ?? -1)) needed.set(name, { count, isGlobal: global, path });
    }
    if (given.length === 0) continue;
    const globalFirst = [...needed].sort(([, a], [, b]) => Number(b.isGlobal) - Number(a.isGlobal));
    for (const [name, { count, isGlobal: isOfAll, path }] of globalFirst) {
      // To Triton what runs on the CPU runs on device 0.
      const isHere = ({ device }: RateResource): boolean => isOfAll || kind !== 'KIND_CPU' || device === 'all' || device === 0;
      const limit = Math.max(0, ...given.filter((one) => one.name === name && isHere(one)).map((one) => one.count));
      if (count <= limit) continue;
      const says = `Resource count for "${name}" is limited to ${limit} which will prevent scheduling of one or more model instances, the minimum required count is ${count}`;
      yield pen.at(path, 'config/rate-resource-count', says);
    }
  }
}
