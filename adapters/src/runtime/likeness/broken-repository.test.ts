import { deepStrictEqual } from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { input, one, output, tensor } from './configs.ts';
import { identity, write } from './models.ts';
import { ask, type Question, sameAnswers } from './question.ts';
import { comparable, get, index, linesAbout, load, post, ready, unload } from './repository-control.ts';
import { type LikenessServer, startBoth } from './servers.ts';

const config = `backend: "onnxruntime"\nmax_batch_size: 8\n${input(tensor('x'))}${output(tensor('y'))}${one}`;
const infer = post('/v2/models/m/infer', { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 1], data: [1] }] });
const about: readonly Question[] = [
  get('/v2/health/live'),
  ready,
  index,
  ...['', '/config', '/ready', '/stats'].map((more) => get(`/v2/models/m${more}`)),
  infer,
  get('/v2/models/stats'),
  load('m'),
  unload('m'),
];

test('on a repository that is none there is no server, as with the real tritonserver', async (t) => {
  for (const [says, mode] of [
    ['told what to load', 'explicit'],
    ['loading all', 'none'],
  ] as const)
    await t.test(says, async (t) => {
      const { both } = await started(t, ({ folder }) => [join(folder, 'nowhere'), join(folder, 'good')], [`--model-control-mode=${mode}`]);
      if (!both) return;
      await sameAnswers(both, about, comparable);
      deepStrictEqual(...logsOf(both));
    });
  await t.test('a file', async (t) => {
    const { both } = await started(t, ({ folder }) => {
      writeFileSync(join(folder, 'file'), '');
      return [join(folder, 'file')];
    });
    if (!both) return;
    await sameAnswers(both, about, comparable);
    deepStrictEqual(...logsOf(both));
  });
});

test('with a link that leads nowhere nothing of a repository is loaded, as with the real tritonserver', async (t) => {
  const { both, folder } = await started(t, (made) => {
    const other = join(made.folder, 'other');
    write(other, 'fine', identity('x', 'y', ['batch', 'n']), config);
    symlinkSync('/nowhere', join(made.folder, 'good', 'dangling'));
    return [join(made.folder, 'good'), other];
  });
  if (!both) return;
  await sameAnswers(both, [...about, get('/v2/models/fine/ready')], comparable);
  rmSync(join(folder, 'good', 'dangling'));
  await sameAnswers(both, about, comparable);
  deepStrictEqual(...logsOf(both));
});

test('told what to load, a link that leads nowhere is no matter beside it, as with the real tritonserver', async (t) => {
  const link = ({ folder }: Made) => {
    symlinkSync('/nowhere', join(folder, 'good', 'dangling'));
    return [join(folder, 'good')];
  };
  const { both } = await started(t, link, ['--model-control-mode=explicit']);
  if (!both) return;
  await sameAnswers(both, [index, load('m'), infer, load('dangling'), get('/v2/models/m/ready'), unload('m')], comparable);
  deepStrictEqual(...logsOf(both));
});

test('a model with a link that leads nowhere is not loaded, as with the real tritonserver', async (t) => {
  const make = ({ folder }: Made) => {
    const good = join(folder, 'good');
    for (const name of ['version', 'labels']) write(good, name, identity('x', 'y', ['batch', 'n']), config);
    write(good, 'odd', undefined, 'max_batch_size: -1\n');
    write(good, 'unreadable', undefined, 'max_bacth_size: 8\n');
    for (const place of ['version/2', 'labels/labels.txt', 'odd/2', 'unreadable/2', 'm/1/more']) symlinkSync('/nowhere', join(good, place));
    return [good];
  };
  const { both } = await started(t, make, ['--model-control-mode=explicit']);
  if (!both) return;
  const names = ['version', 'labels', 'odd', 'unreadable', 'm'];
  await sameAnswers(both, [...names.map((name) => load(name)), index], comparable);
  deepStrictEqual(...logsOf(both));
});

test('folders that are no versions are told, as by the real tritonserver', async (t) => {
  const make = ({ folder }: Made) => {
    const all = 'version_policy { all { } }\n';
    write(join(folder, 'good'), 'm', identity('x', 'y', ['batch', 'n']), `${config}${all}`, ['003', 'abc', 'warmup', '2', '-3']);
    write(join(folder, 'good'), 'm', identity('x', 'y', ['batch', 'n']), undefined, [' 6', '+4', 'configs', 'x1', '0']);
    const some = 'version_policy { specific { versions: [ 1, 7 ] } }\n';
    write(join(folder, 'good'), 'some', identity('x', 'y', ['batch', 'n']), `${config}${some}`);
    return [join(folder, 'good')];
  };
  const { both } = await started(t, make, ['--model-control-mode=explicit']);
  if (!both) return;
  await sameAnswers(both, [load('some'), load('some'), index], comparable);
  for (const server of both) await ask(server, load('m'));
  const [mine, real] = both.map(oddVersions);
  deepStrictEqual(mine, real);
});

test('a model that names a repository agent is refused where there is none, as with the real tritonserver', async (t) => {
  const agents = 'model_repository_agents { agents [ { name: "checksum" parameters [ { key: "MD5:1/model.onnx" value: "00" } ] } ] }\n';
  for (const flags of [[], ['--repoagent-directory=/agents']]) {
    const make = ({ folder }: Made) => {
      write(join(folder, 'good'), 'm', undefined, `${config}${agents}`);
      write(join(folder, 'good'), 'also', undefined, `max_batch_size: -1\n${agents}`);
      write(join(folder, 'good'), 'unreadable', undefined, `max_bacth_size: 8\n${agents}`);
      return [join(folder, 'good')];
    };
    const { both } = await started(t, make, ['--model-control-mode=explicit', ...flags]);
    if (!both) return;
    const override = { config: JSON.stringify({ backend: 'onnxruntime', model_repository_agents: { agents: [{ name: 'nope' }] } }) };
    await sameAnswers(both, [load('m'), load('also'), load('unreadable'), load('m', override), index, infer], comparable);
    deepStrictEqual(...logsOf(both));
  }
});

type Made = { readonly folder: string };

/** Both, on what is made in a folder that has a repository `good` with a model `m`. */
async function started(t: TestContext, make: (made: Made) => readonly string[], flags: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'conch-broken-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'good'));
  write(join(folder, 'good'), 'm', identity('x', 'y', ['batch', 'n']), config);
  const both = await startBoth(make({ folder }), ['--exit-on-error=false', '--disable-auto-complete-config', ...flags]);
  if ('skip' in both) {
    t.skip(both.skip);
    return { both: undefined, folder };
  }
  t.after(() => Promise.all(both.map((server) => server.stop())));
  return { both, folder };
}

function logsOf(both: Parameters<typeof sameAnswers>[0]): [readonly string[], readonly string[]] {
  const [ours, theirs] = both;
  return [linesAbout(ours.log()), linesAbout(theirs.log())];
}

/** What a log says of folders, each line with its level. */
const oddVersions = (server: LikenessServer): readonly string[] =>
  server
    .log()
    .flatMap((line) => /^([WE])\d.*\] "((?:ignore version|version \d).*)"$/.exec(line)?.slice(1).join(' ') ?? [])
    .sort();
