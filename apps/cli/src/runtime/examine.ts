import { setTimeout as wait } from 'node:timers/promises';
import { digitsRelease, requestOf, wrongIn } from '#adapters/runtime/golden-answers.ts';
import { httpTriton } from '#adapters/triton/client.ts';
import { assert, Fault, wordsOf } from '#core/base/fault.ts';
import type { Finding } from '#core/base/finding.ts';
import { formatDuration, type Ms } from '#core/base/time.ts';
import type { InferRequest, InferResponse } from '#core/kserve/tensor.ts';
import type { Exit, IndexEntry, Running, Runtime, Triton } from '#core/ports/agent.ts';
import { fixByReason } from '#core/probe/fix-by-reason.ts';
import { shortReason } from '#core/probe/short-reason.ts';
import { whyItEnded } from '#core/probe/why-it-ended.ts';
import { onnxModel, pythonModel, type TinyRepository, tinyRepository } from './tiny-repository.ts';

/** What a runtime did when it was tried: what works, and what does not, with a way to mend each. */
export type Examined = { readonly works: readonly string[]; readonly findings: readonly Finding[] };

type Subject = {
  readonly runtime: Runtime;
  /** What it is called in findings: its binary, where it has one. */
  readonly place: string;
  readonly has: { readonly onnx: boolean; readonly python: boolean };
  readonly patienceMs: Ms;
  readonly signal: AbortSignal;
};

/** Starts a runtime once on a tiny repository, asks each model something, and ends it again. */
export async function examine(subject: Subject): Promise<Examined> {
  const repository = tinyRepository(subject.has);
  try {
    const running = await subject.runtime.start({ id: `doctor-${subject.runtime.name}`, repository: repository.folder, model: onnxModel });
    try {
      return await examineRunning(running, repository, subject);
    } finally {
      await running.stop(subject.signal.aborted ? 0 : endMaxMs);
    }
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    return { works: [], findings: [errorAt(subject.place, { code: thrown.code, says: wordsOf(thrown) })] };
  } finally {
    repository.remove();
  }
}

const endMaxMs: Ms = 10_000;

async function examineRunning(running: Running, { models }: TinyRepository, subject: Subject): Promise<Examined> {
  const { place, patienceMs, signal } = subject;
  const triton = httpTriton({ patienceMs: Math.min(patienceMs, 5000) });
  const began = performance.now();
  const end = await openOrEnded(running, triton, AbortSignal.any([AbortSignal.timeout(patienceMs), signal]));
  if (end !== 'open') return { works: [], findings: [errorAt(place, whyNotOpen(end, running.tail(500), subject))] };
  const works = [`starts, and loads in ${formatDuration(performance.now() - began)}`];
  const findings: Finding[] = [];
  const index = await triton.index(running.http);
  for (const model of models) {
    const failed = failureOf(
      index.find(({ name }) => name === model),
      running,
    );
    const wrong = failed ?? (await wrongAnswerOf(model, running, triton, patienceMs));
    if (wrong === undefined) works.push(`${kinds[model]} loads, and answers right`);
    else findings.push(errorAt(place, { code: 'runtime/model', says: `${kinds[model]} ${wrong}`, fix: fixByReason(wrong) }));
  }
  return { works, findings };
}

type Said = Pick<Finding, 'code' | 'says' | 'fix'>;

const errorAt = (file: string, said: Said): Finding => ({ severity: 'error', place: { file }, ...said });

function whyNotOpen(end: Exit | 'late', lines: readonly string[], { place, patienceMs }: Subject): Said {
  if (end === 'late') return stuckLoading(lines, patienceMs) ?? whyItEnded({ is: 'late', afterMs: patienceMs, lines }, place);
  return whyItEnded(end.signal ? { is: 'signal', signal: end.signal, lines } : { is: 'exit', code: end.code ?? 0, lines }, place);
}

const kinds: Readonly<Record<string, string>> = { [onnxModel]: 'an ONNX model', [pythonModel]: 'a Python model' };

/** Open ports mean that every model has loaded, or failed to. */
async function openOrEnded(running: Running, triton: Triton, until: AbortSignal): Promise<Exit | 'open' | 'late'> {
  const ended = running.exited;
  while (!until.aborted) {
    const now = await Promise.race([ended, triton.isLive(running.http).catch(() => false)]);
    if (typeof now === 'object') return now;
    if (now) return 'open';
    const isOver = await Promise.race([ended, wait(50)]);
    if (isOver) return isOver;
  }
  return 'late';
}

/** A stub of Python that dies as it begins is not noticed by Triton 2.51: it waits for it, ports closed, and says nothing. */
function stuckLoading(lines: readonly string[], patienceMs: Ms): Said | undefined {
  const named = (words: RegExp): string[] => lines.flatMap((line) => words.exec(line)?.[1] ?? []);
  const done = new Set(named(/(?:successfully loaded|failed to load) '([^']+)'/));
  const stuck = named(/loading: ([^:"]+):\d+/).filter((name) => !done.has(name));
  const isPython = stuck.length > 0 && !lines.some((line) => /error while loading shared libraries/.test(line));
  if (!isPython) return undefined;
  return {
    code: 'runtime/stub',
    says: `it still loads ${stuck.map((name) => kinds[name] ?? name).join(' and ')} after ${formatDuration(patienceMs)}: its Python stub has died or hangs, which Triton does not notice`,
    fix: 'its python3 must be of the version that the stub was built for, with its libpython and numpy: conch runtime install tritonserver brings both; --timeout 2m waits longer',
  };
}

function failureOf(entry: IndexEntry | undefined, running: Running): string | undefined {
  if (entry?.state === 'READY') return undefined;
  if (entry?.state !== undefined) return `does not load: ${shortReason(entry.reason ?? entry.state)}`;
  const logged = running.tail(500).find((line) => /Poll failed|failed to load/.test(line));
  return `does not load${logged ? `: ${logged}` : ', and its log does not say why'}`;
}

async function wrongAnswerOf(model: string, { http }: Running, triton: Triton, patienceMs: Ms): Promise<string | undefined> {
  const { request, wrong } = questions[model] ?? echo;
  try {
    const answer = await triton.infer(http, model, request(), patienceMs);
    if ('error' in answer) return `does not answer: ${answer.error}`;
    const said = wrong(answer.response);
    return said === undefined ? undefined : `answers wrongly: ${said}`;
  } catch (thrown) {
    return `does not answer: ${wordsOf(thrown)}`;
  }
}

/** What a model is asked, and what is wrong with its answer; nothing when it is right. */
type Question = { request(): InferRequest; wrong(response: InferResponse): string | undefined };

const sent = [0.5, -2];
const echo: Question = {
  request: () => ({ inputs: [{ name: 'x', datatype: 'FP32', shape: [2], data: sent }] }),
  wrong: ({ outputs }) => (String(outputs[0]?.data) === String(sent) ? undefined : `${outputs[0]?.data} for ${sent}`),
};

const firstGolden = () => {
  const golden = digitsRelease('a').golden();
  const [one] = golden.cases;
  assert(one, 'the golden set of the example has no case');
  return { golden, one };
};
const digits: Question = {
  request: () => requestOf(firstGolden().one),
  wrong: (response) => wrongIn(firstGolden().golden, firstGolden().one, response),
};

const questions: Readonly<Record<string, Question>> = { [onnxModel]: digits, [pythonModel]: echo };
