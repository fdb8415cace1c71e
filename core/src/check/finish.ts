import type { Finding } from '../base/finding.ts';
import type { InstanceKind } from '../compat/facts.ts';
import { compatibilityFindings } from '../compat/judge.ts';
import type { Target } from '../compat/target.ts';
import { type ModelReport, verdictOf } from '../model/check-model.ts';
import type { Conditions } from '../model/conditions.ts';

/** A warning that somebody silenced, and why. */
export type Silenced = { readonly code: string; readonly reason: string; readonly says: string };

export type FinishedReport = ModelReport & { readonly silenced: readonly Silenced[] };

/** Adds what the target itself refuses, and takes out the warnings that the configuration allows with a reason. */
export function finish(report: ModelReport, target: Target, conditions: Conditions): FinishedReport {
  return silence(withTarget(report, target, conditions));
}

function withTarget(report: ModelReport, target: Target, { backends, onnxRuntime, onnxRuntimeLeast }: Conditions): ModelReport {
  const { backend, kinds, onnx, tensorRt, configPath } = report.runtime;
  if (backends !== 'judged' || backend === '') return report;
  const facts = {
    place: { file: configPath },
    backend,
    kinds: kinds.filter((kind): kind is InstanceKind => /^KIND_(AUTO|GPU|CPU|MODEL)$/.test(kind)),
    // Where something is known of its ONNX Runtime, the model file itself was judged by that already.
    ...(onnx && onnxRuntime === undefined && onnxRuntimeLeast === undefined ? { onnx } : {}),
    ...(tensorRt ? { tensorRt } : {}),
  };
  const { findings, needs } = compatibilityFindings(facts, target);
  const said = [...report.findings, ...findings];
  // Both ask for the GPU; the model's own words say why.
  const asked = report.needs.some((need) => need.startsWith('a GPU:'))
    ? needs.filter((need) => !need.startsWith('the GPU of the target'))
    : needs;
  const wanted = [...new Set([...report.needs, ...asked])];
  return { ...report, findings: said, needs: wanted, verdict: verdictOf(said, wanted) };
}

/** Errors cannot be silenced: Triton does not read comments. */
function silence(report: ModelReport): FinishedReport {
  const { allowances, findings } = report;
  if (allowances.length === 0) return { ...report, silenced: [] };
  const silenced: Silenced[] = [];
  const kept: Finding[] = [];
  for (const finding of findings) {
    const allowed = finding.severity === 'warning' ? allowances.find(({ code }) => code === finding.code) : undefined;
    if (allowed && allowed.reason !== '') silenced.push({ code: finding.code, reason: allowed.reason, says: finding.says });
    else kept.push(finding);
  }
  for (const { code, reason, line } of allowances) {
    const place = { file: report.runtime.configPath, line, column: 1 };
    if (reason === '') {
      const says = `it allows ${code} without a reason, so nothing is silenced`;
      kept.push({ code: 'advice/allow-without-reason', severity: 'warning', place, says, fix: `write # conch: allow ${code}: and why` });
    } else if (!findings.some((finding) => finding.code === code && finding.severity === 'warning')) {
      const isError = findings.some((finding) => finding.code === code);
      const says = isError ? `${code} is an error, and errors cannot be silenced` : `it allows ${code}, and there is no such warning`;
      kept.push({ code: 'advice/allow-unused', severity: 'warning', place, says, fix: 'take the comment out' });
    }
  }
  return { ...report, findings: kept, silenced };
}
