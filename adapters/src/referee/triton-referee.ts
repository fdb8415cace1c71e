import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import { Fault, wordsOf } from '#core/base/fault.ts';
import { installedTritonserver } from '../runtime/find-tritonserver.ts';
import { acceptingBackends, hasCompiler } from './accepting-backends.ts';
import { type RefereeServer, startRefereeServer } from './referee-server.ts';
import { type Answer, comparableLog, deathRuling, type Ruling, rulingOf } from './ruling.ts';
import { unloadAll } from './unload.ts';

/** A model repository, and the model in it that is loaded. */
export type Case = {
  readonly id: string;
  readonly model: string;
  /** Path below the repository, and content; a path that ends in "/" is an empty folder. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
};

export type Referee = {
  /** One case at a time: what is logged meanwhile is said of that case. */
  judge(one: Case): Promise<Ruling>;
  close(): Promise<void>;
};

export type RefereeOptions = {
  /** Instead of those that a release is started with. */
  readonly flags?: readonly string[];
  /** Names of several model repositories: the paths of a case's files begin with one of them then. */
  readonly repositories?: readonly string[];
};

/** Releases run with full configurations: nothing is completed by a backend. */
export const refereeFlags: readonly string[] = ['--disable-auto-complete-config'];

/** A server keeps something of each model that it refused, so it is started anew from time to time. */
const casesPerServer = 5000;

/**
 * An exception that nobody caught says what is wrong with the case, and comes again. A crash without words may be a race of 2.51, as when
 * the state of a sequence is refused: then another try mostly brings the words.
 */
const triesPerCase = 4;

/** A server that is dying by itself gets this long to say why. */
const lastWordsMs = 2000;

/** The real tritonserver with backends that accept everything: it rules on layout and configuration alone, a few milliseconds a case. */
export async function openReferee({ flags = refereeFlags, repositories = [] }: RefereeOptions = {}): Promise<Referee> {
  const missing = missingForReferee();
  if (missing !== undefined) throw new Error(missing);
  const home = installedTritonserver() as string;
  const folder = mkdtempSync(join(tmpdir(), 'conch-referee-'));
  const repository = join(folder, 'models');
  const several = repositories.map((name) => join(repository, name));
  const empty = () => {
    clearFolder(repository);
    for (const one of several) mkdirSync(one);
  };
  mkdirSync(repository);
  empty();
  const backends = acceptingBackends(home);
  const served = several.length === 0 ? [repository] : several;
  const start = () => startRefereeServer({ home, backends, repositories: served, log: join(folder, 'log'), flags });
  let server: RefereeServer = await start();
  let judged = 0;

  const restart = async () => {
    await server.stop();
    empty();
    server = await start();
    judged = 0;
  };

  /** Where this machine keeps its folders is no part of a ruling. */
  const withoutPlaces = (text: string) => text.replaceAll(repository, 'models').replaceAll(backends, 'backends');
  const listen = () => comparableLog(server.readLog()).map(withoutPlaces);

  /** The ruling, and whether it should be asked again. The server and the repository are as at the start afterwards. */
  const judgeOnce = async (one: Case): Promise<{ ruling: Ruling; isDoubtful: boolean }> => {
    if (judged >= casesPerServer) await restart();
    judged += 1;
    writeCase(repository, one);
    // What was said at the start, or as earlier models went, is no part of this case.
    server.readLog();
    let answer: Answer;
    try {
      const { status, body } = await server.post(`/v2/repository/models/${one.model}/load`);
      answer = { status, body: withoutPlaces(body) };
    } catch (thrown) {
      const hasEnded = thrown instanceof Fault && thrown.code === 'referee/server-ended';
      await server.stop(hasEnded ? lastWordsMs : 0);
      const ruling = deathRuling(wordsOf(thrown), listen());
      await restart();
      return { ruling, isDoubtful: hasEnded && !ruling.reason.startsWith('terminate called') };
    }
    const logged = listen();
    try {
      await unloadAll(server, modelsOf(one, several.length > 0 ? 1 : 0), logged);
      if (logged.some(leavesTraces)) await restart();
      else empty();
    } catch (thrown) {
      // It has ruled; that a model cannot go says nothing of the case.
      logged.push(`referee: started the server anew: ${wordsOf(thrown)}`);
      await restart();
    }
    return { ruling: rulingOf(one.model, answer, logged), isDoubtful: false };
  };

  return {
    async judge(one) {
      for (let deaths = 0; ; deaths += 1) {
        const { ruling, isDoubtful } = await judgeOnce(one);
        if (isDoubtful && deaths + 1 < triesPerCase) continue;
        return deaths === 0 ? ruling : { ...ruling, log: [...ruling.log, `referee: the server ended ${deaths} times before`] };
      }
    },
    async close() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What this machine lacks for a referee, in words; nothing when it lacks nothing. */
export function missingForReferee(): string | undefined {
  if (!installedTritonserver()) return 'tritonserver is not installed: run scripts/peers/tritonserver.sh';
  return hasCompiler() ? undefined : 'there is no C compiler named cc to make the accepting backends with';
}

/** A version that was called -1 stays known for ever, and is then what "the latest" of that name means. */
function leavesTraces(line: string): boolean {
  return /loading: .*:-1$/.test(line);
}

function writeCase(repository: string, { id, files }: Case): void {
  for (const [path, content] of Object.entries(files)) {
    const whole = resolve(repository, path);
    if (!whole.startsWith(repository + sep)) throw new Error(`case ${id}: ${path} lies outside of the repository`);
    mkdirSync(path.endsWith('/') ? whole : dirname(whole), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(whole, content);
  }
}

function clearFolder(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
}

/** All models of a case, the one that is loaded first. Their folders lie so many folders deep. */
function modelsOf({ model, files }: Case, depth: number): string[] {
  const folders = Object.keys(files).flatMap((path) => path.split('/').slice(depth, -1).slice(0, 1));
  return [...new Set([model, ...folders])];
}
