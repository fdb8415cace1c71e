import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { placeAll, type Placing } from '#adapters/files/place-all.ts';
import type { Finding } from '#core/base/finding.ts';
import type { Contract } from '#core/contract/contract.ts';
import { draftContract, draftRoute } from '#core/contract/draft-contract.ts';
import { generateConfig } from '#core/contract/generate-config.ts';
import { readContract } from '#core/contract/read-contract.ts';
import { fitOf } from '#core/init/fit.ts';
import { mixture } from '#core/init/mixture.ts';
import type { ReleasePlan } from '#core/init/plan.ts';
import type { Refused } from '#core/init/told.ts';
import { configName, contractPath, goldenPath, repositoryPath, routePath } from '#core/release/layout.ts';
import type { Terminal } from '../terminal.ts';
import { inTheWay, lookAround } from './look-around.ts';
import { tellMade } from './tell-made.ts';

/** Files by what became of them, below the release's folder. */
export type MadeRelease = { readonly made: readonly string[]; readonly kept: readonly string[] };

/** Writes what is not there yet, after a look at what is: the old and the new must be one release. */
export async function makeRelease(
  plan: ReleasePlan,
  folder: string,
  terminal: Terminal,
): Promise<MadeRelease | Refused | { readonly findings: readonly Finding[] }> {
  const at = (path: string): string => join(folder, path);
  const drafted = draftContract(plan.draft);
  const fresh = readContract(drafted, shown(at(contractPath)));
  if ('findings' in fresh) return fresh;
  const targets = [contractPath, routePath, configPathOf(plan.model), ...plan.copies.map(({ to }) => to)].map(at);
  const blocking = targets.flatMap((path) => inTheWay(path) ?? [])[0];
  if (blocking) return { says: `${shown(blocking)} is in the way of the release's folder`, fix: 'say another --name or --into' };

  const around = await lookAround(plan, folder);
  const there = around.contract === 'absent' ? fresh : readContract(around.contract, shown(at(contractPath)));
  if ('findings' in there) return there;
  const wrong = mixture({ model: plan.model, drafted: fresh.contract, there: there.contract, ...around });
  if (wrong) return { says: `${shown(folder)}: ${wrong.says}`, fix: wrong.fix };

  const all: Placing[] = [
    { to: contractPath, text: drafted },
    { to: routePath, text: draftRoute(plan.model) },
    ...(plan.config === 'copied' ? [] : [{ to: configPathOf(plan.model), text: configFor(there.contract, plan.config) }]),
    ...plan.copies,
  ];
  const isThere = ({ to }: Placing): boolean => existsSync(at(to));
  const missing = all.filter((placing) => !isThere(placing));
  const kept = all.filter(isThere).map(({ to }) => to);
  await placeAll(
    missing.map((placing) => ({ ...placing, to: at(placing.to) })),
    terminal.signal,
  );
  const made = missing.map(({ to }) => to);
  tellMade({ plan, folder: shown(folder), contract: there.contract, hasGolden: existsSync(at(goldenPath)), made, kept }, terminal);
  return { made, kept };
}

const configPathOf = (model: string): string => `${repositoryPath}/${model}/${configName}`;

const configFor = (contract: Contract, told: Exclude<ReleasePlan['config'], 'copied'>): string =>
  generateConfig(contract, fitOf(contract, told));

/** From here, where that is shorter. */
function shown(path: string): string {
  const from = relative(process.cwd(), path);
  return from === '' ? '.' : from.startsWith('..') ? path : from;
}
