import { type Answer, type Ask, answered } from '#core/base/asking.ts';
import type { WithContract } from '#core/check/check-path.ts';
import { type AskedConditions, type Assumed, assumedOfRelease } from '#core/check/read-conditions.ts';

/** What only releases need: what their contracts say of a model, and of where it runs. */
export type ReleaseReader = {
  readonly withContract: WithContract;
  assumed(folder: string, asked: AskedConditions, answer: (ask: Ask) => Answer): Assumed;
};

/** Loaded for releases alone: to load what reads YAML takes longer than to check a model. */
export async function loadReleaseReader(): Promise<ReleaseReader> {
  const { withContract } = await import('#core/check/with-contract.ts');
  const { namedByContract } = await import('#core/check/named-by-contract.ts');
  return { withContract, assumed: (folder, asked, answer) => assumedOfRelease(asked, answered(namedByContract(folder), answer)) };
}

export const noReleases: ReleaseReader = {
  // oxlint-disable-next-line require-yield
  withContract: function* (report) {
    return report;
  },
  assumed: (_folder, asked) => asked,
};
