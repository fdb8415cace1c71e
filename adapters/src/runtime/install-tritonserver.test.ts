import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { installedTritonserver } from './find-tritonserver.ts';
import { installTritonserver } from './install-tritonserver.ts';

const signal = new AbortController().signal;

/** The install with another script in the place of ours. */
async function installing(t: TestContext, script: string, by = signal) {
  const folder = mkdtempSync(join(tmpdir(), 'conch-install-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'script.sh'), script);
  const said: string[] = [];
  const installed = await installTritonserver({
    say: (line) => void said.push(line),
    signal: by,
    script: join(folder, 'script.sh'),
    env: { ...process.env, CONCH_PEERS: folder },
  });
  return { said, installed, folder };
}

test('what was installed is told with its folder, and whether it is new', async (t) => {
  const { said, installed } = await installing(t, 'echo "conch: installing tritonserver" >&2; echo /home/t');
  deepStrictEqual([said, installed], [['installing tritonserver'], { home: '/home/t', isNew: true }]);
  deepStrictEqual((await installing(t, 'echo /home/t')).installed, { home: '/home/t', isNew: false });
});

/** What the script says as it stops, and what becomes of it. */
const stops: readonly (readonly [string, string, string, RegExp])[] = [
  [
    'without a Python that fits, what is needed is said',
    'tritonserver needs Python 3.11 or 3.12 with a shared libpython, and none was found.\n    On Debian and Ubuntu: apt-get install python3',
    'runtime/install',
    /apt-get install python3/,
  ],
  [
    'without a network, the way there is said',
    'pip could not install tritonserver.\n    NewConnectionError: Temporary failure in name resolution',
    'runtime/network',
    /HTTPS_PROXY/,
  ],
  [
    'on a full disk, how much it wants and where',
    'pip could not install tritonserver.\n    OSError: [Errno 28] No space left on device',
    'runtime/disk',
    /it wants 1 GB where/,
  ],
];

for (const [says, words, code, fix] of stops) {
  test(says, async (t) => {
    const { installed } = await installing(t, `cat >&2 <<'END'\nconch: ${words}\nEND\nexit 1`);
    ok('problem' in installed);
    strictEqual(installed.problem.code, code);
    match(installed.problem.fix ?? '', fix);
  });
}

test('an install that is interrupted ends with all that it has started, and leaves nothing that is taken for whole', async (t) => {
  const abort = new AbortController();
  const running = installing(
    t,
    'mkdir -p "$CONCH_PEERS/tritonserver/bin"; touch "$CONCH_PEERS/begun"; sleep 1000 & sleep 1000',
    abort.signal,
  );
  abort.abort();
  const { installed, folder } = await running;
  ok('problem' in installed);
  match(installed.problem.says, /SIGTERM/);
  strictEqual(installedTritonserver({ CONCH_PEERS: folder }), undefined);
  strictEqual(existsSync(join(folder, 'tritonserver/.conch-installed')), false);
});

test('the script of ours, done again where all is installed, changes nothing and says so', async (t) => {
  const home = installedTritonserver();
  if (!home) {
    if (process.env.CONCH_CI === '1')
      throw new Error('tritonserver is not installed, and CONCH_CI=1 allows no skipping: run scripts/peers/tritonserver.sh');
    return t.skip('tritonserver is not installed: run scripts/peers/tritonserver.sh');
  }
  deepStrictEqual(await installTritonserver({ say: () => undefined, signal }), { home, isNew: false });
});
