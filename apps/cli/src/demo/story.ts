import { short } from '#core/base/digest.ts';
import { formatDuration } from '#core/base/time.ts';
import { accuracy } from './clients.ts';
import type { Play } from './play.ts';

/** What the story needs of the world beside promoting: control killed, and started again. */
export type Hands = { killControl(): Promise<void>; startControl(): Promise<void>; readonly dice: () => number };

/** The story of the demo. Each step says beforehand what should happen, and checks afterwards that it did. */
export async function tellStory(play: Play, hands: Hands): Promise<void> {
  await firstRelease(play);
  await betterRelease(play);
  await slowReleases(play);
  await wrongRelease(play);
  await brokenReleases(play);
  await controlKilled(play, hands);
}

async function firstRelease(play: Play): Promise<void> {
  play.narrator.title(
    '1. Release A, the first one, into an empty environment',
    '   There is no stable release yet: clients get a 503 that says so, until a server has proven itself.',
  );
  const a = await play.rollOut('a');
  const proven = a.told.entries.find(({ code }) => code === 'canary/proven');
  if (proven)
    play.narrator.say(`the first server was proven ${formatDuration(proven.at - play.narrator.began)} after the start of this command`);
  const { all, failures } = play.clients.before;
  const refusals = [...failures].map(([reason, { count, example }]) => `${count} × ${reason}, ${wordsIn(example)}`);
  play.narrator.say(`before the first release ${all.failed} requests were refused: ${refusals.join('; ')}`);
  play.expectEnd(a, 'done');
  play.expect(
    'clients were told that there is no release yet',
    [...failures.keys()].some((reason) => reason.startsWith('503')),
  );
  play.expectNoneFailed(a);
}

async function betterRelease(play: Play): Promise<void> {
  play.narrator.title(
    '2. Release B, better trained',
    '   10 %, 25 %, 50 %, then everything; each step is judged against the baseline: fresh servers of A with the same weight.',
  );
  const b = await play.rollOut('b');
  play.expectEnd(b, 'done');
  play.expectNoneFailed(b);
  const a = play.played[0];
  if (!a) return;
  const [before, after] = [play.clients.answeredBy(short(a.digest)), play.clients.answeredBy(short(b.digest))];
  play.narrator.say(
    `accuracy on held-out images, counted from the answers that clients got: A ${accuracy(before)} of ${before.answered}, B ${accuracy(after)} of ${after.answered}`,
  );
  play.expect('B is the better model', after.right / after.answered > before.right / before.answered);
}

async function slowReleases(play: Play): Promise<void> {
  play.narrator.title(
    '3. Releases C and C2, slow because of their bytes',
    '   C is slow on every input: the load test finds it. C2 is slow on some inputs only, so real traffic has to show it.',
  );
  const c = await play.rollOut('c');
  play.expectEnd(c, 'rejected', /^gate\/load-test/);
  play.expectNoneFailed(c);

  const c2 = await play.rollOut('c2');
  play.expectEnd(c2, 'rolled-back', /^gate\/p99/);
  const answered = c2.chapter.byRelease.get(short(c2.digest));
  const failedElsewhere = c2.chapter.all.failed - (answered?.failed ?? 0);
  play.narrator.say(
    `C2 answered ${(answered?.answered ?? 0) + (answered?.failed ?? 0)} of ${c2.chapter.all.sent} requests; of these ${answered?.late ?? 0} were late and ${answered?.failed ?? 0} failed`,
  );
  play.expect('no client request failed but those that C2 answered', failedElsewhere === 0, `${failedElsewhere} did`);
}

async function wrongRelease(play: Play): Promise<void> {
  play.narrator.title(
    '4. Release D, which is wrong about every 8',
    '   A valid file, fast and confident. Labels that people gave judge it, never answers recorded from D itself.',
  );
  const d = await play.rollOut('d');
  play.expectEnd(d, 'rejected', /^gate\/correctness/);
  play.expect('D never got any traffic', !d.chapter.byRelease.has(short(d.digest)));
  play.expectNoneFailed(d);
}

async function sayRefusals(play: Play, name: string): Promise<void> {
  for (const line of (await play.refusedByPack(name)).flatMap((finding) => finding.split('\n'))) {
    play.narrator.say(`conch pack refuses it: ${line.trim()}`);
  }
  play.narrator.say('packed all the same, as somebody else might, and promoted:');
}

async function brokenReleases(play: Play): Promise<void> {
  play.narrator.title(
    '5. Releases E, which do not load',
    '   One is the first 60 % of a file. The other has a config that does not fit the model.',
  );
  await sayRefusals(play, 'e-truncated');
  const truncated = await play.rollOut('e-truncated', { despiteDisagreements: true });
  play.expectEnd(truncated, 'rejected');
  play.narrator.say(`the exact reason: ${truncated.told.why.says}`);
  play.expectNoneFailed(truncated);

  await sayRefusals(play, 'e-misfit');
  const misfit = await play.rollOut('e-misfit', { despiteDisagreements: true });
  play.expectEnd(misfit, 'rejected');
  play.narrator.say(`the exact reason: ${misfit.told.why.says}`);
  play.expectNoneFailed(misfit);
}

/** A rollout takes longer than this, so the moment lies within it. */
const killWithinMs = 14_000;
const downMs = 1000;

async function controlKilled(play: Play, { killControl, startControl, dice }: Hands): Promise<void> {
  const moment = dice() * killWithinMs;
  play.narrator.title(
    '6. Control is killed in the middle of a rollout',
    `   B once more, other bytes for the same answers. Control gets SIGKILL ${formatDuration(moment)} after the promotion, and is started again.`,
  );
  const again = await play.rollOut('b-again', {
    meanwhile: async () => {
      const at = Date.now() + moment;
      await play.narrator.until(() => (Date.now() >= at ? true : undefined), killWithinMs + 1000, 'the moment has not come');
      await killControl();
      play.narrator.say('control was killed; the gateway goes on by itself', 'warn');
      const backAt = Date.now() + downMs;
      await play.narrator.until(() => (Date.now() >= backAt ? true : undefined), downMs * 5, 'time stands still');
      await startControl();
      play.narrator.say('control runs again and takes up what is committed', 'warn');
    },
  });
  play.expectEnd(again, 'done');
  play.expectNoneFailed(again);
}

/** The words in a refusal's JSON. */
function wordsIn(body: string): string {
  try {
    const { error } = JSON.parse(body) as { error?: unknown };
    return typeof error === 'string' ? `“${error}”` : body;
  } catch {
    return body;
  }
}
