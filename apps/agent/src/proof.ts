import { Fault, wordsOf } from '#core/base/fault.ts';
import { formatFinding } from '#core/base/finding.ts';
import { type Reason, reason } from '#core/base/reason.ts';
import { differences } from '#core/model/differences.ts';
import { normalForm } from '#core/model/normal-form.ts';
import { readConfig } from '#core/pbtxt/read-config.ts';
import type { AgentWorld } from '#core/ports/agent.ts';
import type { GoldenCase } from '#core/release/golden.ts';
import { requestOf, wrongIn } from '#core/release/judge-golden.ts';
import type { Observed } from '#core/rollout/known.ts';
import type { Subject } from './load.ts';
import type { AgentSettings } from './settings.ts';
import { sideBySide } from './waiting.ts';

/** What a proof comes to. `unanswered` says nothing about the model: someone was slow, or out of reach. */
export type Proof =
  | { readonly is: 'right'; readonly observed: Observed }
  | { readonly is: 'wrong'; readonly why: Reason }
  | { readonly is: 'unanswered'; readonly why: Reason };

export type Prover = {
  readonly world: Pick<AgentWorld, 'triton' | 'artifacts'>;
  readonly settings: AgentSettings;
  readonly signal: AbortSignal;
  /** Called for each inference request that the server has had from us. */
  readonly probed: () => void;
};

/** The whole proof: expected versions ready, configuration as packed, bytes on disk as released, every golden answer right. */
export async function prove(subject: Subject, prover: Prover): Promise<Proof> {
  try {
    const { parts } = subject.materialised;
    for (const step of [versionsOf, driftOf, goldenOf]) {
      const why = await step(subject, prover);
      if (why !== 'none') return { is: 'wrong', why };
    }
    const { name, version } = await prover.world.triton.metadata(subject.running.http);
    const { artifact, processing, engine, versions } = await prover.world.artifacts.observe(subject.target);
    return { is: 'right', observed: { artifact, config: parts.config, runtime: { name, version }, engine, processing, versions } };
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    if (thrown.code === 'artifact/corrupt') return { is: 'wrong', why: reason(thrown.code, wordsOf(thrown)) };
    return { is: 'unanswered', why: reason(thrown.code, `the proof could not be made: ${wordsOf(thrown)}`) };
  }
}

/**
 * One light look at a server that was proven: is its version still there, and when it had nothing else to do, is one golden answer
 * right. Says what un-proves it; no answer, or a late one, never does.
 */
export async function freshen(subject: Subject, look: { number: number; isIdle: boolean }, prover: Prover): Promise<Reason | 'none'> {
  const { cases } = subject.materialised.golden;
  const golden = cases[look.number % cases.length];
  try {
    const lost = await versionsOf(subject, prover);
    if (lost !== 'none') return lost;
    if (look.number % prover.settings.driftEvery === 0) {
      const drift = await driftOf(subject, prover);
      if (drift !== 'none') return drift;
    }
    return look.isIdle && golden ? await answerTo(golden, subject, prover) : 'none';
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    return thrown.code === 'artifact/corrupt' ? reason(thrown.code, wordsOf(thrown)) : 'none';
  }
}

async function versionsOf({ target, materialised, running }: Subject, { world }: Prover): Promise<Reason | 'none'> {
  for (const version of materialised.parts.versions) {
    if (!(await world.triton.isModelReady(running.http, target.model, version))) {
      return reason('proof/version', `version ${version} of ${target.model} is not ready`);
    }
  }
  return 'none';
}

/** Intent, disk and the server's effective configuration, compared. */
async function driftOf({ target, materialised, running }: Subject, { world }: Prover): Promise<Reason | 'none'> {
  const { parts, configTexts } = materialised;
  const seen = await world.artifacts.observe(target);
  for (const part of ['artifact', 'engine', 'processing'] as const) {
    if (seen[part] !== parts[part]) return reason('proof/bytes', `${part} on disk is ${seen[part]}, released was ${parts[part]}`);
  }
  for (const [model, text] of Object.entries(configTexts)) {
    const about = model === target.model ? '' : `${model}: `;
    const packed = readConfig(text, 'config.pbtxt');
    if ('findings' in packed) {
      const says = packed.findings.map(formatFinding)[0] ?? 'it cannot be read';
      return reason('proof/config', `${about}config.pbtxt as packed has no normal form: ${says}`);
    }
    const options = { model, gpuClass: target.gpuClass };
    const effective = await world.triton.config(running.http, model);
    const [first, ...more] = differences(normalForm(packed.config, options), normalForm(effective, options));
    if (!first) continue;
    const others = more.length > 0 ? ` (and ${more.length} more differences)` : '';
    const says = `${first.path} is ${JSON.stringify(first.got)}, packed was ${JSON.stringify(first.expected)}${others}`;
    return reason('proof/config', `${about}${says}`);
  }
  return 'none';
}

async function goldenOf(subject: Subject, prover: Prover): Promise<Reason | 'none'> {
  const { cases } = subject.materialised.golden;
  if (cases.length === 0) return reason('proof/golden', 'the golden set is empty: nothing proves that this is the right model');
  const wrong: Reason[] = [];
  await sideBySide(cases, prover.settings.proofConcurrency, async (golden) => {
    if (prover.signal.aborted || wrong.length > 0) return;
    const why = await answerTo(golden, subject, prover);
    if (why !== 'none') wrong.push(why);
  });
  return wrong[0] ?? 'none';
}

async function answerTo(golden: GoldenCase, { target, materialised, running }: Subject, prover: Prover): Promise<Reason | 'none'> {
  const { world, settings, probed } = prover;
  const answer = await world.triton.infer(running.http, target.model, requestOf(golden), settings.proofPatienceMs);
  probed();
  if ('error' in answer) {
    if (isBusy(answer.status)) throw new Fault('triton/busy', answer.error, { isRetryable: true });
    return reason('proof/golden', `golden case ${golden.id}: answered ${answer.status}: ${answer.error}`);
  }
  const says = wrongIn(materialised.golden, golden, answer.response);
  return says === 'none' ? 'none' : reason('proof/golden', says);
}

/** A server that has too much to do says nothing about its model. */
const isBusy = (status: number): boolean => status === 429 || status === 503 || status === 504;
