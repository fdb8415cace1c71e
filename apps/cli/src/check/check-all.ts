import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { diskTree } from '#adapters/tree/disk.ts';
import { answered } from '#core/base/asking.ts';
import { checksOf } from '#core/check/check-path.ts';
import { finish } from '#core/check/finish.ts';
import { readConditions } from '#core/check/read-conditions.ts';
import type { ExitCode } from '../command.ts';
import { refuse } from '../findings.ts';
import type { Terminal } from '../terminal.ts';
import { noBaseline, readBaseline } from './baseline.ts';
import { namesFor } from './path-names.ts';
import { modelFolders, placeOf, withWholePaths } from './places.ts';
import { loadReleaseReader, noReleases } from './release-reader.ts';
import { reporterFor } from './reporters.ts';
import { Tally } from './tally.ts';
import { targetValues, targetWords } from './target-words.ts';

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
  const read = readConditions(wishes);
  if ('findings' in read) {
    refuse(read.findings, terminal);
    return 2;
  }
  const asked = withWholePaths(read);
  // What cannot be asked like this is told before anything is printed.
  const places = wishes.paths.map(placeOf);
  const folders = places.flatMap(({ standing, folder }) => (standing.is === 'nothing' ? [] : [folder]));
  const baseline = wishes.baseline === '' ? noBaseline : readBaseline(wishes.baseline);
  // What only some checks need is loaded by them alone: a model is checked in less time than a module takes.
  const isWanted =
    wishes.changedSince === '' ? () => true : (await import('./changed-since.ts')).changedSince(wishes.changedSince, folders);
  const { configName } = asked.conditions.server;
  const { mended, unmended } = wishes.fix
    ? (await import('./fix-all.ts')).fixAll(places, { configName, isWanted })
    : { mended: 'unasked' as const, unmended: [] };

  const hasRelease = places.some(({ standing }) => standing.is === 'release');
  const { withContract, assumed } = hasRelease ? await loadReleaseReader() : noReleases;
  const isFew = places.reduce((sum, place) => sum + modelFolders(place).length, 0) <= fewMax;
  const reporter = await reporterFor(wishes.output, { terminal, isFew });
  const tally = new Tally(unmended);
  const breath = breather();
  // Nearly every object of a check dies young. V8 would give them ever more room, and that room would be most of the memory.
  setFlagsFromString('--semi-space-growth-factor=1');

  terminal.write(reporter.begin(mended));
  for (const { standing, folder, typed } of places) {
    if (standing.is === 'nothing') {
      tally.missed({ path: typed, says: standing.says, fix: standing.fix });
      continue;
    }
    const names = namesFor(typed);
    const answer = diskTree(folder);
    const { target, conditions } = standing.is === 'release' ? assumed(folder, asked, answer) : asked;
    tally.judgedFor(targetWords({ target, conditions }, !asked.said.triton && target.triton === asked.target.triton));
    for (const checking of checksOf(standing, conditions, withContract)) {
      await breath();
      if (terminal.signal.aborted) return 2;
      const report = answered(checking, answer);
      if ('why' in report) {
        const fix = 'make it readable, or check it as someone who may read it';
        tally.missed({ path: names.shown(report.path), says: `it cannot be looked at: ${report.why}`, fix });
      } else if (!isWanted(report)) {
        tally.unchanged();
      } else {
        const { report: left, known } = baseline.without(names.inReport(finish(report, target, conditions)));
        tally.add(left, known);
        terminal.write(reporter.model(left));
      }
    }
  }
  terminal.write(reporter.end(tally.summary({ says: targetWords(asked, !asked.said.triton), values: targetValues(asked) })));
  return tally.exitCode();
}

/** Up to so many models, those without findings are told too. */
const fewMax = 10;

/** Lets Ctrl-C be heard now and then: a check waits for nothing by itself. */
function breather(): () => Promise<void> {
  // Not performance.now(), which is longer in loading than a model is in being checked.
  let lastS = process.uptime();
  return async () => {
    if (process.uptime() - lastS < 0.05) return;
    await setImmediate();
    lastS = process.uptime();
  };
}
