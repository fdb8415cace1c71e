import { deepStrictEqual, match, rejects } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { checkedModels, ensembleOf, fine, runCheck, standIn } from './check-in-test.ts';

const noGpu = { target: 'gpu=none' };

function git(...args: string[]): void {
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.org', '-c', 'commit.gpgsign=false'];
  execFileSync('git', [...who, ...args], { stdio: 'ignore' });
}

/** A repository of three models and two ensembles, one of which runs the other. */
function standInCheckout(t: TestContext): void {
  const names = ['a', 'b', 'c'];
  standIn(t, {
    ...Object.fromEntries(
      names.flatMap((name) => [
        [`models/${name}/config.pbtxt`, fine(name)],
        [`models/${name}/1/keep`, ''],
      ]),
    ),
    'models/inner/config.pbtxt': ensembleOf('inner', 'a'),
    'models/inner/1/keep': '',
    'models/outer/config.pbtxt': ensembleOf('outer', 'inner'),
    'models/outer/1/keep': '',
  });
  git('init', '--initial-branch=main');
  git('add', '.');
  git('commit', '-m', 'models');
}

const changed = async (revision: string) =>
  (await checkedModels('models', { ...noGpu, changedSince: revision })).models.map(({ name }) => name);

test('only what changed is checked: committed, not committed, new; and what runs it', async (t) => {
  standInCheckout(t);
  deepStrictEqual(await changed('main'), []);
  writeFileSync('models/a/config.pbtxt', fine('a', '# changed\n'));
  deepStrictEqual(await changed('HEAD'), ['a', 'inner', 'outer']);
  git('commit', '-am', 'a changed');
  writeFileSync('models/b/labels.txt', 'new\n');
  deepStrictEqual(await changed('HEAD'), ['b']);
  deepStrictEqual(await changed('HEAD~1'), ['a', 'b', 'inner', 'outer']);
});

test('an ensemble is checked when a model that it runs is gone', async (t) => {
  standInCheckout(t);
  rmSync('models/a', { recursive: true });
  deepStrictEqual(await changed('HEAD'), ['inner', 'outer']);
});

test('what changed on the other branch since both parted does not count', async (t) => {
  standInCheckout(t);
  git('checkout', '-b', 'feature');
  writeFileSync('models/c/config.pbtxt', fine('c', '# changed\n'));
  git('commit', '-am', 'c changed');
  git('checkout', 'main');
  writeFileSync('models/b/config.pbtxt', fine('b', '# changed\n'));
  git('commit', '-am', 'b changed');
  git('checkout', 'feature');
  deepStrictEqual(await changed('main'), ['c']);
});

test('models that are left out are counted', async (t) => {
  standInCheckout(t);
  match((await runCheck('models', { ...noGpu, changedSince: 'main' })).printed, /^0 models; 5 unchanged models left out; judged for/m);
});

test('without a checkout, or with no such revision, it is told what to do', async (t) => {
  standIn(t, { 'models/m/config.pbtxt': fine('m'), 'models/m/1/': '' });
  await rejects(
    async () => changed('main'),
    /git cannot say what changed in .*models \(.*not a git repository.*\): check models of a git checkout/,
  );
  standInCheckout(t);
  await rejects(async () => changed('nowhere'), /'nowhere' is no revision that git knows in /);
  await rejects(async () => changed('main^{blob}'), /is no revision that git knows/);
});

test('a revision is never taken for an option, and a repository cannot make git run anything', async (t) => {
  standInCheckout(t);
  await rejects(async () => changed('--output=stolen'), /'--output=stolen' is no revision of git/);
  git('config', 'core.fsmonitor', 'touch ran-it; false');
  git('config', 'diff.external', 'touch ran-it; false');
  writeFileSync('models/b/config.pbtxt', fine('b', '# changed\n'));
  deepStrictEqual([await changed('main'), existsSync('ran-it')], [['b'], false]);
});
