import type { Finding } from '../base/finding.ts';
import type { EnsembleStepJson } from '../pbtxt/model-config.ts';
import { isUnseen, type Unseen } from './asking.ts';
import { advice, atLoad, atPoll, atStart, first, ofName, ofTensors } from './rules/all.ts';
import { agreementExplains, type Composing, judgeAgreement } from './rules/ensemble-agreement.ts';
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
};

/** Judges one model that was found; `composing` gives the models of an ensemble's steps. */
export function judgeModel(
  subject: Subject,
  composing: (step: EnsembleStepJson) => Composing,
  steps: { readonly findings: readonly Finding[]; readonly needs: readonly string[] },
): ModelReport {
  const findings: Finding[] = [];
  const needs: string[] = [];
  const { text, config, conditions, configPath } = subject;
  if (text === 'absent') {
    if (!conditions.server.autoComplete) findings.push(missingConfig(configPath));
  } else if (isUnseen(text)) findings.push(unreadable(configPath, text));
  else findings.push(...text.findings);

  // A configuration that cannot be read says nothing further; what a half of it would say is guessed.
  if (!findings.some(isError)) {
    const run = (rules: readonly Rule[]): void => {
      for (const rule of rules) {
        findings.push(...rule.judge(subject, new Pen(subject, rule.explains)));
        needs.push(...(rule.needs?.(subject) ?? []));
      }
    };
    run(first);
    run(atPoll);
    if (!conditions.server.autoComplete) run(ofTensors);
    run([ofName]);
    findings.push(...steps.findings);
    needs.push(...steps.needs);
    if (config.ensemble_scheduling && !findings.some(isError)) {
      const pen = new Pen(subject, agreementExplains);
      const agreement = judgeAgreement(config, composing, pen);
      findings.push(...agreement.findings);
      needs.push(...agreement.needs);
    }
    run(atLoad);
    if (conditions.server.autoComplete) {
      // A backend may have changed what was judged before, so it is judged again; what was minded is not minded twice.
      const { completed } = subject;
      const again = completed === 'unknown' || completed === config ? [] : [...atPoll, ...ofTensors];
      const minded = new Set(findings.map(({ code, place }) => `${code} ${place.line}:${place.column}`));
      for (const rule of completed === config ? ofTensors : again) {
        const judged = { ...subject, config: completed === 'unknown' ? config : completed };
        const more = [...rule.judge(judged, new Pen(judged, rule.explains))];
        findings.push(...more.filter(({ code, place }) => !minded.has(`${code} ${place.line}:${place.column}`)));
      }
    }
    run(atStart);
    if (conditions.backends === 'judged') run(advice);
  }
  return { path: subject.folder, name: subject.model, verdict: verdictOf(findings, needs), needs, findings };
}

const isError = ({ severity }: Finding): boolean => severity === 'error';

const verdictOf = (findings: readonly Finding[], needs: readonly string[]): ModelReport['verdict'] =>
  findings.some(isError) ? 'reject' : needs.length > 0 ? 'unknown' : 'accept';

const missingConfig = (file: string): Finding => ({
  code: 'layout/config-missing',
  severity: 'error',
  place: { file },
  says: `there is no ${file.split('/').at(-1)}, and with auto-complete off Triton needs one`,
  fix: 'write it, or let conch config write it',
});

const unreadable = (file: string, { unseen }: Unseen): Finding => ({
  code: 'layout/config-unreadable',
  severity: 'error',
  place: { file },
  says: `it cannot be read: ${unseen}`,
});
