import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { diskTree } from '#adapters/tree/disk.ts';
import { checksOf, type WithContract } from '#core/check/check-path.ts';
import { finish } from '#core/check/finish.ts';
import { type AskedConditions, readConditions } from '#core/check/read-conditions.ts';
import { type Standing, whatStandsThere } from '#core/check/what-stands-there.ts';
import { answered } from '#core/base/asking.ts';
import type { Conditions } from '#core/model/conditions.ts';
import { readServerArgs } from '#core/model/server-args.ts';
import { repositoryPath } from '#core/release/layout.ts';
import { serverFlags } from '#core/release/server-flags.ts';
import type { ExitCode } from '../command.ts';
import { show } from '../findings.ts';
import type { Terminal } from '../terminal.ts';
import { noBaseline, readBaseline } from './baseline.ts';
import { changedSince, type Wanted } from './changed-since.ts';
import { fixConfig } from './fix-config.ts';
import { namesFor } from './path-names.ts';
import type { Mended } from './reporter.ts';
import { reporterFor } from './reporters.ts';
import { targetValues, targetWords } from './target-words.ts';
import { Tally } from './tally.ts';

export type CheckWishes = {
  readonly paths: readonly string[];
  readonly target: string;
  readonly serverArgs: string;
  readonly output: 'text' | 'json' | 'sarif' | 'github';
  readonly baseline: string;
  readonly changedSince: string;
  readonly fix: boolean;
};

/** Checks every path, and reports each model as soon as it is judged: thousands need no more memory than one. */
export async function checkAll(wishes: CheckWishes, terminal: Terminal): Promise<ExitCode> {
  const asked = readConditions(wishes);
  if ('findings' in asked) {
    show(asked.findings, terminal);
    return 2;
  }
  const places = wishes.paths.map(placeOf);
  const folders = places.flatMap(({ standing, folder }) => (standing.is === 'nothing' ? [] : [folder]));
  // What cannot be asked like this is told before anything is printed.
  const baseline = wishes.baseline === '' ? noBaseline : readBaseline(wishes.baseline);
  const isWanted = wishes.changedSince === '' ? () => true : changedSince(wishes.changedSince, folders);

  const tally = new Tally();
  const mended = wishes.fix ? places.flatMap((place) => fixAll(place, asked, { isWanted, tally })) : 'unasked';
  const models = places.reduce((sum, { standing }) => sum + modelsOf(standing).length, 0);
  const reporter = await reporterFor(wishes.output, { terminal, isFew: models <= fewMax });
  const withContract = places.some(({ standing }) => standing.is === 'release') ? await contractReader() : onlyModels;
  // Nearly every object of a check dies young. V8 would give them ever more room, and that room would be most of the memory.
  setFlagsFromString('--semi-space-growth-factor=1');
  const breath = breather();
  terminal.write(reporter.begin(mended));
  for (const { standing, folder, typed } of places) {
    if (standing.is === 'nothing') {
      tally.unlooked.push({ path: typed, says: standing.says, fix: inWords(standing.fix, typed) });
      continue;
    }
    const names = namesFor(typed);
    const answer = diskTree(folder);
    const conditions = conditionsFor(standing, asked);
    for (const checking of checksOf(standing, conditions, withContract)) {
      await breath();
      if (terminal.signal.aborted) return 2;
      const report = answered(checking, answer);
      if ('why' in report) {
        tally.unlooked.push({
          path: names.shown(report.path),
          says: `it cannot be looked at: ${report.why}`,
          fix: 'make it readable, or check it as someone who may read it',
        });
      } else if (!isWanted(report)) {
        tally.unchanged += 1;
      } else {
        const { report: left, known } = baseline.without(names.inReport(finish(report, asked.target, conditions)));
        tally.add(left, known);
        terminal.write(reporter.model(left));
      }
    }
  }
  const target = { says: targetWords(asked), values: targetValues(asked) };
  terminal.write(reporter.end({ target, counts: tally.counts(), unlooked: tally.unlooked }));
  return tally.unlooked.length > 0 ? 2 : tally.errors > 0 ? 1 : 0;
}

/** Reading YAML takes longer to load than checking a model takes, so it is loaded for releases only. */
const contractReader = async (): Promise<WithContract> => (await import('#core/check/with-contract.ts')).withContract;

// oxlint-disable-next-line require-yield
const onlyModels: WithContract = function* (report) {
  return report;
};

/** Up to so many models, those without findings are told too. */
const fewMax = 10;

/** One path that was typed; `folder` is what its links may not lead out of. */
type Place = { readonly typed: string; readonly standing: Standing; readonly folder: string };

function placeOf(typed: string): Place {
  const path = resolve(typed);
  const standing = answered(whatStandsThere(path), diskTree(path));
  return { typed, standing, folder: standing.is === 'release' ? standing.folder : 'repository' in standing ? standing.repository : path };
}

const modelsOf = (standing: Standing): readonly string[] =>
  standing.is === 'nothing' ? [] : standing.is === 'model' ? [standing.model] : standing.models;

/** A fix is written for what stands at whole paths; a person gets it for what was typed. */
const inWords = (fix: string, typed: string): string => fix.replaceAll(resolve(typed), typed);

/** The servers of a release are started with flags that are part of it, unless somebody says others. */
function conditionsFor({ is }: Standing, { conditions, isServerSaid }: AskedConditions): Conditions {
  return is !== 'release' || isServerSaid ? conditions : { ...conditions, server: readServerArgs(serverFlags.join(' ')).settings };
}

/** Mends the configurations before anything is judged, since an ensemble is judged by those of its models too. */
function fixAll(place: Place, { server }: AskedConditions, { isWanted, tally }: { isWanted: Wanted; tally: Tally }): Mended[] {
  const { standing, folder, typed } = place;
  const names = namesFor(typed);
  const repository = standing.is === 'release' ? `${folder}/${repositoryPath}` : folder;
  return modelsOf(standing).flatMap((model) => {
    const path = `${repository}/${model}`;
    if (!isWanted({ path, runs: [] })) return [];
    const files = [`${path}/config.pbtxt`, ...(server.configName === '' ? [] : [`${path}/configs/${server.configName}.pbtxt`])];
    return files.flatMap((file) => {
      const fixed = fixConfig(file, folder);
      if (fixed === 'nothing') return [];
      if ('changes' in fixed) return [{ ...fixed, file: names.shown(fixed.file) }];
      tally.unlooked.push({ ...fixed, path: names.shown(fixed.path) });
      return [];
    });
  });
}

/** Lets Ctrl-C be heard now and then: a check waits for nothing by itself. */
function breather(): () => Promise<void> {
  let lastMs = performance.now();
  return async () => {
    if (performance.now() - lastMs < 50) return;
    await setImmediate();
    lastMs = performance.now();
  };
}
