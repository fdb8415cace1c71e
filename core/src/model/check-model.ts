import type { Finding } from '../base/finding.ts';
import type { EnsembleStepJson } from '../pbtxt/model-config.ts';
import { isUnseen, type Unseen } from '../base/asking.ts';
import { advice, atLoad, atPoll, atStart, first, ofName, ofRepository, ofTensors } from './rules/all.ts';
import type { OnnxFacts } from '../model-file/onnx.ts';
import { type Allowance, allowancesIn } from './allowances.ts';
import type { PlanFacts } from './model-file-facts.ts';
import { isStray } from './rules/identity.ts';
import { agreementExplains, type Composing, judgeAgreement } from './rules/ensemble-agreement.ts';
import { judgeFlow, starvingExplains } from './rules/advice/starving-step.ts';
import { Pen, type Rule } from './rules/rule.ts';
import type { Subject } from './subject.ts';

/** What was found about one model. The first error is the one that Triton gives. */
export type ModelReport = {
  readonly path: string;
  readonly name: string;
  readonly verdict: 'accept' | 'reject' | 'unknown';
  /** What would have to be seen or run to say more. */
  readonly needs: readonly string[];
  readonly findings: readonly Finding[];
  /** Where the first error shows: when the configuration is read, when ensembles are put together, or when a version loads. */
  readonly failedAt: 'poll' | 'graph' | 'load' | undefined;
  /** What of the model decides where it can run. */
  readonly runtime: RuntimeNeeds;
  /** Whether an ensemble streams, since a model that it runs does. */
  readonly isDecoupled: boolean;
  /** Models that the steps of an ensemble run, and those that these run in turn. */
  readonly runs: readonly string[];
  readonly allowances: readonly Allowance[];
};

export type RuntimeNeeds = {
  readonly configPath: string;
  readonly backend: string;
  readonly kinds: readonly string[];
  readonly onnx?: Pick<OnnxFacts, 'irVersion' | 'opsets'> | undefined;
  readonly tensorRt?: PlanFacts | undefined;
};

/** What an ensemble's judgement needs of the models that its steps run. */
export type Steps = {
  readonly composing: (step: EnsembleStepJson) => Composing;
  readonly findings: readonly Finding[];
  readonly needs: readonly string[];
};

/** Judges one model that was found: rules in the order of Triton's own stages, so that its first error is the first here too. */
export function judgeModel(subject: Subject, steps: Steps): ModelReport {
  const judged = new Judging(subject);
  judged.run([ofRepository]);
  judged.read();
  if (!judged.hasErrors) {
    judged.run([...first, ...atPoll, ...(subject.conditions.server.autoComplete ? [] : ofTensors), ofName]);
    judged.endStage('poll');
    judged.add(steps);
    const isDecoupled = judged.judgeEnsemble(steps.composing);
    judged.endStage('graph');
    judged.run(atLoad);
    judged.judgeCompleted(isDecoupled);
    judged.run(atStart);
    if (subject.conditions.backends === 'judged' && !isStray(subject.text, subject.entries)) {
      judged.run(advice);
      judged.add({ findings: [...judgeFlow(subject.config, steps.composing, new Pen(subject, starvingExplains))], needs: [] });
    }
  }
  return judged.report();
}

/** Gathers findings stage by stage. */
class Judging {
  readonly #subject: Subject;
  readonly #findings: Finding[] = [];
  readonly #needs: string[] = [];
  #failedAt: ModelReport['failedAt'];
  #isDecoupled = false;

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  get hasErrors(): boolean {
    return this.#findings.some(isError);
  }

  /** A configuration that cannot be read says nothing further; what a half of it would say is guessed. */
  read(): void {
    const { text, configPath, conditions } = this.#subject;
    if (text === 'absent') {
      if (!conditions.server.autoComplete) this.#findings.push(missingConfig(configPath));
    } else if (isUnseen(text)) this.#findings.push(unreadable(configPath, text));
    else this.#findings.push(...text.findings);
    this.endStage('poll');
  }

  run(rules: readonly Rule[]): void {
    for (const rule of rules) {
      this.#findings.push(...rule.judge(this.#subject, new Pen(this.#subject, rule.explains)));
      this.#needs.push(...(rule.needs?.(this.#subject) ?? []));
    }
  }

  add({ findings, needs }: Pick<Steps, 'findings' | 'needs'>): void {
    this.#findings.push(...findings);
    this.#needs.push(...needs);
  }

  endStage(stage: NonNullable<ModelReport['failedAt']>): void {
    if (this.hasErrors) this.#failedAt ??= stage;
  }

  /** Whether an ensemble turns out to be decoupled, as Triton then writes into its configuration. */
  judgeEnsemble(composing: Steps['composing']): boolean {
    if (!this.#subject.config.ensemble_scheduling || this.hasErrors) return false;
    const { isDecoupled, ...agreement } = judgeAgreement(this.#subject, composing, new Pen(this.#subject, agreementExplains));
    this.add(agreement);
    this.#isDecoupled = isDecoupled === true;
    return this.#isDecoupled;
  }

  /** A backend, or the steps of an ensemble, may have changed the configuration, so it is judged again; nothing is minded twice. */
  judgeCompleted(isDecoupled: boolean): void {
    const { config, completed, conditions } = this.#subject;
    if (completed === 'unknown') return;
    const now = isDecoupled ? { ...completed, model_transaction_policy: { decoupled: true } } : completed;
    const rules = [...(now === config ? [] : atPoll), ...(conditions.server.autoComplete ? ofTensors : [])];
    const minded = new Set(this.#findings.map(keyOf));
    const subject = { ...this.#subject, config: now };
    for (const rule of rules) {
      const found = [...rule.judge(subject, new Pen(subject, rule.explains))];
      this.#findings.push(...found.filter((finding) => !minded.has(keyOf(finding))));
    }
  }

  report(): ModelReport {
    this.endStage('load');
    const { text, config, configPath, folder, model, served } = this.#subject;
    const needs = [...new Set(this.#needs)];
    const { onnx, tensorRt } = served[0]?.file ?? {};
    return {
      path: folder,
      name: model,
      verdict: verdictOf(this.#findings, needs),
      needs,
      findings: this.#findings,
      failedAt: this.#failedAt,
      isDecoupled: this.#isDecoupled,
      runtime: {
        configPath,
        backend: config.backend ?? '',
        kinds: (config.instance_group ?? []).map(({ kind = 'KIND_AUTO' }) => kind),
        onnx: onnx && { irVersion: onnx.irVersion, opsets: onnx.opsets },
        tensorRt,
      },
      runs: (config.ensemble_scheduling?.step ?? []).map(({ model_name: name = '' }) => name),
      allowances: typeof text === 'object' && 'root' in text ? allowancesIn(text.text) : [],
    };
  }
}

const keyOf = ({ code, place }: Finding): string => `${code} ${place.line}:${place.column}`;

const isError = ({ severity }: Finding): boolean => severity === 'error';

export const verdictOf = (findings: readonly Finding[], needs: readonly string[]): ModelReport['verdict'] =>
  findings.some(isError) ? 'reject' : needs.length > 0 ? 'unknown' : 'accept';

const missingConfig = (file: string): Finding => ({
  code: 'layout/config-missing',
  severity: 'error',
  place: { file },
  says: `failed to open text file for read ${file}: No such file or directory`,
  fix: 'write it, or let conch config write it',
});

const unreadable = (file: string, { unseen }: Unseen): Finding => ({
  code: 'layout/config-unreadable',
  severity: 'error',
  place: { file },
  says: `it cannot be read: ${unseen}`,
});
