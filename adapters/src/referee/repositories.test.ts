import { ok, rejects, strictEqual } from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { seeded } from '#core/base/seeded.ts';
import { installedTritonserver } from '../runtime/find-tritonserver.ts';
import { writeFiles } from '../tree/write-files.ts';
import { acceptingBackends } from './accepting-backends.ts';
import { ourRuling, refereeConditions } from './our-ruling.ts';
import { startRefereeServer } from './referee-server.ts';
import { sameWords } from './same-words.ts';
import { type Case, missingForReferee, openReferee, refereeFlags } from './triton-referee.ts';

// One server with three model repositories, an ensemble in the first, and its models somewhere, twice, broken, of another type or nowhere.

const isCi = process.env.CONCH_CI === '1';
const skip = missingForReferee() ?? false;
if (skip && isCi) throw new Error(`${skip}: CONCH_CI=1 allows no skipping`);
const repositories = ['a', 'b', 'c'];
const leastEach = isCi ? 20 : 1;

const tensors = (type = 'TYPE_FP32') => `input { name: "x" data_type: ${type} dims: 4 } output { name: "y" data_type: ${type} dims: 4 }`;
const step = (model: string, from: string, to: string) =>
  `step { model_name: "${model}" model_version: -1 input_map { key: "x" value: "${from}" } output_map { key: "y" value: "${to}" } }`;
const ensemble = (...steps: string[]) => `platform: "ensemble" max_batch_size: 8 ${tensors()} ensemble_scheduling { ${steps.join(' ')} }`;
const plain = `backend: "accept" max_batch_size: 8 ${tensors()}`;
const kinds = [
  plain,
  plain,
  plain,
  `backend: "accept" max_batch_size: 8 ${tensors('TYPE_INT8')}`,
  ensemble(step('m', 'x', 'y')),
  ensemble(step('e', 'x', 'y')),
];
const broken = 'max_batch_sise: 8';

/** Each model stands in a repository with these odds. */
const odds = { e: 0.05, m: 0.35, n: 0.35 };

function kindOf(random: () => number, namespacing: boolean): string {
  const among = namespacing ? kinds : [...kinds, broken];
  return among[Math.floor(random() * among.length)] ?? plain;
}

function caseOf(seed: number, namespacing: boolean): Case {
  const random = seeded(seed);
  const files: Record<string, string> = {};
  const put = (repository: string, model: string, config: string) => {
    files[`${repository}/${model}/config.pbtxt`] = config;
    files[`${repository}/${model}/1/x`] = 'x';
  };
  for (const repository of repositories) {
    files[`${repository}/`] = '';
    for (const [model, odd] of Object.entries(odds)) {
      // Kept apart, all of one name are loaded at once, and the answer may be about another one than what is then served: neither a second
      // ensemble of the name, nor a broken model that nobody needs, is put there.
      if (random() < odd && !(namespacing && model === 'e')) put(repository, model, kindOf(random, namespacing));
    }
  }
  put('a', 'e', ensemble(step('m', 'x', 't'), step('n', 't', 'y')));
  return { id: `repositories-${seed}`, model: 'e', files };
}

for (const namespacing of [false, true]) {
  test(`models in several repositories, --model-namespacing=${namespacing}: as by Triton`, { skip }, async () => {
    const referee = await openReferee({ repositories, flags: [...refereeFlags, `--model-namespacing=${namespacing}`] });
    const server = { ...refereeConditions.server, namespacing, repositories: repositories.map((name) => `models/${name}`) };
    // Kept apart, the server often hangs as models go, and is started anew.
    const cases = isCi ? (namespacing ? 120 : 400) : 30;
    const verdicts = { accept: 0, reject: 0 };
    try {
      for (let seed = 1; seed <= cases; seed += 1) {
        const one = caseOf(seed, namespacing);
        const ours = ourRuling(one, { ...refereeConditions, server }, 'models/a');
        const theirs = await referee.judge(one);
        strictEqual(ours.verdict, theirs.verdict, about(one, ours.reason, theirs.reason));
        // 2.51 sometimes dies of a circle, without a word.
        ok(theirs.died || sameWords(plainReason(ours.reason), plainReason(theirs.reason)), about(one, ours.reason, theirs.reason));
        verdicts[theirs.verdict] += 1;
      }
    } finally {
      await referee.close();
    }
    ok(verdicts.accept >= leastEach && verdicts.reject >= leastEach, `too few of a kind: ${JSON.stringify(verdicts)}`);
  });
}

test('a link that leads nowhere, directly in a repository, keeps the real server from starting', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'conch-referee-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const home = installedTritonserver() ?? '';
  const repository = join(folder, 'models');
  writeFiles(repository, { 'm/config.pbtxt': plain, 'm/1/x': 'x' });
  const start = async () => {
    const flags = [...refereeFlags, '--model-control-mode=none'];
    const log = join(folder, 'log');
    const server = await startRefereeServer({ home, backends: acceptingBackends(home), repositories: [repository], log, flags });
    await server.stop();
  };
  await start();
  symlinkSync('/nowhere', join(repository, 'z'));
  await rejects(start, /creating server: Internal - failed to load all models/);
});

/** Of several circles Triton tells any. */
const plainReason = (reason: string): string => reason.replace(/^(circular dependency between ensembles): .*/, '$1');

const about = ({ id, files }: Case, ours: string, theirs: string): string =>
  `${id}: ours: ${ours}\nTriton: ${theirs}\n${JSON.stringify(files, null, 1)}`;
