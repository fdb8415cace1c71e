import { deepStrictEqual, match, ok } from 'node:assert';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { InferenceSession } from 'onnxruntime-node';
import { type Answer, type Ask, answered, type Entry } from '#core/base/asking.ts';
import { readOnnx } from '#core/model-file/onnx.ts';
import type { OnnxProblem } from '#core/model-file/onnx-problem.ts';
import { onnxProblems, unreadableOnnx } from '#core/model-file/onnx-problems.ts';
import { isProblem } from '#core/model-file/problem.ts';
import { externalCases } from './onnx-cases/external-tensors.ts';
import { frameCases } from './onnx-cases/frames.ts';
import { functionCases } from './onnx-cases/functions.ts';
import type { OnnxCase } from './onnx-cases/onnx-case.ts';
import { operatorCases } from './onnx-cases/operators.ts';

// Every verdict on an ONNX model is one that ONNX Runtime gives too: each rule has models that it refuses, and their nearest neighbours,
// which it must pass. The real ONNX Runtime judges both.

const { version: onnxRuntime } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../node_modules/onnxruntime-node/package.json'), 'utf8'),
) as { version: string };
const onnxCases = [...frameCases, ...operatorCases, ...functionCases, ...externalCases];
const root = mkdtempSync(join(tmpdir(), 'conch-onnx-'));
after(() => rmSync(root, { recursive: true, force: true }));

for (const [at, { code, refusal, refused, accepted }] of onnxCases.entries()) {
  test(`${code}: ONNX Runtime refuses ${refused.length} models, and so do we`, async () => {
    for (const [of, one] of refused.entries()) {
      const folder = placed(`${at}/r${of}`, one);
      const said = await refusalOf(folder);
      ok(said !== undefined, `${one.says}: ONNX Runtime takes it`);
      match(said, refusal, one.says);
      deepStrictEqual([...new Set(problemsIn(folder).map((problem) => problem.code))], [code], one.says);
    }
    ok(refused.length >= 20);
  });

  test(`${code}: ONNX Runtime takes ${accepted.length} models close by, and so do we`, async () => {
    for (const [of, one] of accepted.entries()) {
      const folder = placed(`${at}/a${of}`, one);
      deepStrictEqual(await refusalOf(folder), undefined, one.says);
      deepStrictEqual(problemsIn(folder), [], one.says);
    }
    ok(accepted.length >= 20);
  });
}

test('the only verdicts that stay open are on operators of libraries that the model does not name', () => {
  const open = onnxCases.flatMap(({ code, refused }, at) =>
    refused.flatMap((one, of) => (problemsIn(placed(`${at}/o${of}`, one)).some(({ needs }) => needs !== undefined) ? [code] : [])),
  );
  deepStrictEqual([...new Set(open)], ['onnx/custom-operator']);
});

/** Lays out a case as a repository does: the model in the folder of its version, other files by their path from there. */
function placed(name: string, { model, files = {} }: OnnxCase): string {
  const folder = join(root, name, 'digits/1');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.onnx'), model);
  for (const [path, held] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if (typeof held === 'number') writeFileSync(join(folder, path), new Uint8Array(held));
    else symlinkSync(held, join(folder, path));
  }
  return folder;
}

async function refusalOf(folder: string): Promise<string | undefined> {
  try {
    const session = await InferenceSession.create(join(folder, 'model.onnx'), { logSeverityLevel: 4, intraOpNumThreads: 1 });
    await session.release();
    return undefined;
  } catch (failure) {
    return String(failure);
  }
}

function problemsIn(folder: string): readonly OnnxProblem[] {
  const base = dirname(dirname(folder));
  const file = 'digits/1/model.onnx';
  const facts = answered(readOnnx(file, statSync(join(base, file)).size), (ask) => answerFrom(base, ask));
  if (isProblem(facts)) return [unreadableOnnx(facts) ?? { code: 'onnx/unread', says: facts.problem }];
  return answered(onnxProblems(facts, { file, onnxRuntime }), (ask) => answerFrom(base, ask));
}

function answerFrom(base: string, ask: Ask): Answer {
  if ('read' in ask) return readFileSync(join(base, ask.read)).subarray(ask.from, ask.from + ask.size);
  try {
    return readdirSync(join(base, ask.list), { withFileTypes: true }).map((found): Entry => {
      const path = join(base, ask.list, found.name);
      const seen = statSync(path, { throwIfNoEntry: false });
      const kind = seen === undefined ? 'broken' : seen.isDirectory() ? 'folder' : 'file';
      const entry = { name: found.name, kind, size: seen?.isFile() ? seen.size : 0 } as const;
      return lstatSync(path).isSymbolicLink() ? { ...entry, link: readlinkSync(path) } : entry;
    });
  } catch {
    return { unseen: 'absent' };
  }
}
