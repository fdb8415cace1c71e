import { type Facet, known, unknown } from '#core/base/facet.ts';
import { Fault, wordsOf } from '#core/base/fault.ts';
import { reason } from '#core/base/reason.ts';
import type { ControlWorld } from '#core/ports/control.ts';
import type { Known, Seen } from '#core/rollout/known.ts';
import type { ModelState } from '#core/rollout/state.ts';
import { releasesWanted, wanted } from '#core/rollout/wants.ts';

/** Looks at all that the next decision needs, side by side. A look that fails makes its facet unknown, never empty. */
export async function observe(world: ControlWorld, state: ModelState): Promise<Seen> {
  const { model } = state;
  const wants = wanted(state);
  const releases = releasesWanted(state);
  const see = async <Name extends keyof Known>(name: Name, look: () => Promise<Known[Name]>): Promise<Facet<Known[Name]>> => {
    if (!wants.has(name) && name !== 'desired' && name !== 'interventions') return unknown(notLookedAt, world.clock.now());
    try {
      return known(await look(), world.clock.now());
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      return unknown(reason(thrown.code, `${name}: ${wordsOf(thrown)}`), world.clock.now());
    }
  };
  const [desired, interventions, parts, findings, servers, trials, gateways, samples] = await Promise.all([
    see('desired', () => world.wishes.desired(model)),
    see('interventions', () => world.wishes.interventions(model)),
    see('parts', () => byRelease(releases, (release) => world.releases.parts(release))),
    see('findings', () => byRelease(releases, (release) => world.releases.findings(release))),
    see('servers', () => world.fleet.servers(model)),
    see('trials', () => world.trials.results(model)),
    see('gateways', () => world.traffic.gateways(model)),
    see('samples', async () => (await Promise.all([world.traffic.samples(model), world.fleet.samples(model)])).flat()),
  ]);
  return { desired, interventions, parts, findings, servers, trials, gateways, samples };
}

const notLookedAt = reason('facet/not-looked-at', 'this stage does not look at it');

async function byRelease<T>(
  releases: readonly `sha256:${string}`[],
  look: (release: `sha256:${string}`) => Promise<T>,
): Promise<Record<string, T>> {
  return Object.fromEntries(await Promise.all(releases.map(async (release) => [release, await look(release)] as const)));
}
